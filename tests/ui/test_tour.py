"""The tour: what it says, when it goes on, and what it does where the model finds nothing."""

from assistant.ui.app import AssistantApp
from assistant.ui.screens.dialogs import ConsentDialog
from assistant.ui.tour import NOTHING_FOUND, STOPS, Seen, Tour, TourLine
from tests.ui.stage import Player, make_services


def test_the_tour_goes_on_only_when_a_step_was_done() -> None:
    tour = Tour()
    assert "/fix python -m unittest -q" in tour.text(Seen())
    assert tour.text(Seen()).startswith("1 of 6")
    assert tour.text(Seen(running=True)).startswith("2 of 6")
    assert tour.text(Seen(proposed=True)).startswith("3 of 6")
    assert tour.text(Seen(proposed=True, accepted=True)).startswith("4 of 6")
    assert tour.text(Seen(proposed=True, written=True)).startswith("5 of 6")
    assert tour.text(Seen(proposed=True, written=True, undone=True)).startswith("6 of 6")
    assert tour.text(Seen()).startswith("6 of 6")


def test_a_model_that_finds_nothing_is_said_to() -> None:
    tour = Tour()
    tour.text(Seen(running=True))
    assert tour.text(Seen()) == NOTHING_FOUND
    assert tour.text(Seen(running=True)).startswith("2 of 6")
    assert tour.text(Seen(proposed=True)).startswith("3 of 6")
    assert STOPS[-1].done(Seen(True, True, True, True, True)) is False


async def test_a_user_who_does_what_it_says_comes_to_the_end(shop, state, until) -> None:
    services = make_services(shop, state, tasks=Player(shop).tasks())
    app = AssistantApp(services, tour=True)
    async with app.run_test(size=(120, 30)) as pilot:
        main = app.screen
        await until(pilot, lambda: main.session)
        line = main.query_one(TourLine)
        assert line.region.y < main.prompt.region.y

        async def at(step: int) -> None:
            await until(pilot, lambda: line.text.startswith(f"{step} of 6"))

        await at(1)
        await pilot.press(*"/fix python -m unittest -q", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConsentDialog))
        await pilot.press("enter", "enter")
        await at(3)
        await until(pilot, lambda: main.job is None)
        await pilot.press("a")
        await at(4)
        await pilot.press("w")
        await at(5)
        await pilot.press("ctrl+z")
        await at(6)


async def test_without_the_tour_there_is_no_line(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        assert not app.screen.query(TourLine)
