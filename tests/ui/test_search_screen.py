"""The search of the repository, and places in the checks and the log."""

import threading

from assistant.errors import RepositoryError
from assistant.repo.searchoutput import Hit
from assistant.repo.textsearch import TextSearch
from assistant.ui.app import AssistantApp
from assistant.ui.results import FileHits, Result, Results
from assistant.ui.screens.dialogs import ConsentDialog
from assistant.ui.screens.file import FileScreen
from assistant.ui.screens.search import SearchScreen
from tests.ui.keys import enter
from tests.ui.stage import Player, make_services


async def searched(pilot, until, text: str) -> SearchScreen:
    """Opens the search with ctrl+f and enters a text."""
    main = pilot.app.screen
    await until(pilot, lambda: main.session)
    await pilot.press("ctrl+f")
    await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
    await enter(pilot, text)
    return pilot.app.screen


def shown(screen: SearchScreen) -> list[str]:
    return [
        row.path if isinstance(row, FileHits) else f"{row.hit.line}: {row.hit.text.strip()}"
        for row in screen.list.results.rows
    ]


async def test_hits_are_listed_by_file_and_open_at_the_line(app, until) -> None:
    async with app.run_test() as pilot:
        main = app.screen
        screen = await searched(pilot, until, "round_money(")
        await until(pilot, lambda: "shop/prices.py" in shown(screen))
        await until(pilot, lambda: screen.summary._right == [])
        assert shown(screen) == ["shop/prices.py", "4: def round_money(amount: float) -> float:"]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FileScreen))
        file = app.screen
        assert file.file.path == "shop/prices.py"
        await until(pilot, lambda: file.view.selected_text == "round_money(")
        assert file.view.position[0] == 3
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert len(screen.list.results.rows) == 2, "the results are still there"
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is main)


async def test_search_command_searches_at_once(app, until) -> None:
    async with app.run_test() as pilot:
        main = app.screen
        await until(pilot, lambda: main.session)
        await enter(pilot, "/search discounted", "enter")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        screen = app.screen
        assert screen.input.value == "discounted"
        await until(pilot, lambda: screen.list.results.hits >= 2)
        first = screen.list.cursor
        await pilot.press("down", "down", "up")
        assert screen.list.cursor == first + 1


async def test_regular_expressions_on_request(app, until) -> None:
    async with app.run_test() as pilot:
        screen = await searched(pilot, until, "def tot[a-z]+")
        await until(pilot, lambda: screen.summary._right[0][0] == "nothing found ")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: screen.list.results.hits == 1)
        await pilot.press("(")
        await until(pilot, lambda: screen.problem.error)
        assert "no regular expression" in screen.problem.error.message
        await pilot.press("escape")
        assert screen.problem.error is None
        assert app.screen is screen
        await pilot.press("backspace")
        await until(pilot, lambda: screen.list.results.hits == 1)


async def test_the_next_key_ends_the_search_that_runs(app, until, monkeypatch) -> None:
    running: list[TextSearch] = []
    stopped = threading.Event()

    def batches(self):
        running.append(self)
        if self._query.text == "sl":
            yield (Hit("slow.py", 1, 0, "slow"),)
            stopped.wait(20)
            yield (Hit("late.py", 1, 0, "late"),)
        else:
            yield (Hit("fast.py", 1, 0, "fast"),)

    monkeypatch.setattr(TextSearch, "batches", batches)
    monkeypatch.setattr(TextSearch, "stop", lambda self: stopped.set())
    async with app.run_test() as pilot:
        screen = await searched(pilot, until, "sl")
        await until(pilot, lambda: shown(screen)[:1] == ["slow.py"])
        await pilot.press("o")
        assert stopped.is_set()
        await until(pilot, lambda: shown(screen)[:1] == ["fast.py"])
        await pilot.pause()
        assert "late.py" not in shown(screen)
        assert len(running) == 2


async def test_a_search_that_fails_says_why(app, until, monkeypatch) -> None:
    error = RepositoryError("The search failed: x", hint="Look.")

    def batches(self):
        raise error
        yield

    monkeypatch.setattr(TextSearch, "batches", batches)
    async with app.run_test() as pilot:
        screen = await searched(pilot, until, "x")
        await until(pilot, lambda: screen.problem.error is error)
        monkeypatch.setattr(TextSearch, "batches", lambda self: 1 / 0)
        await pilot.press("y")
        await until(pilot, lambda: screen.problem.error not in (None, error))
        assert "ZeroDivisionError" in screen.problem.error.message


async def test_more_hits_than_are_shown_are_said(app, shop, until) -> None:
    (shop / "many.txt").write_text("many\n" * 5_000)
    async with app.run_test() as pilot:
        screen = await searched(pilot, until, "many")
        await until(
            pilot,
            lambda: screen.summary._right == [("there are more ", screen.summary._right[0][1])],
        )
        assert screen.list.results.hits == 200


async def test_a_hit_that_is_gone_is_said(app, shop, until) -> None:
    async with app.run_test() as pilot:
        screen = await searched(pilot, until, "round_money(")
        await until(pilot, lambda: screen.list.results.hits)
        (shop / "shop/prices.py").unlink()
        await pilot.press("enter")
        await until(pilot, lambda: screen.problem.error)
        assert screen.problem.error.message == "shop/prices.py does not exist."


async def test_a_unit_of_a_hit_can_be_sent_to_the_task(app, until) -> None:
    async with app.run_test() as pilot:
        main = app.screen
        screen = await searched(pilot, until, "return amount")
        screen.input.value = ""
        await enter(pilot, "total += ")
        await until(pilot, lambda: screen.list.results.hits == 1)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FileScreen))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: app.screen is main)
        assert [i.unit for i in main.files.file_tree.selection] == ["Cart.total"]


async def test_search_before_the_repository_is_open_says_so(shop, state, until) -> None:
    error = RepositoryError("This is not a git repository.", hint="Run git init.")
    app = AssistantApp(make_services(shop, state, failure=error))
    async with app.run_test() as pilot:
        main = app.screen
        await until(pilot, lambda: main.problem.error is error)
        await pilot.press("ctrl+f")
        await until(pilot, lambda: main.problem.error is not error)
        assert main.problem.error.message == "The repository is not open yet."
        assert main.status.value.phase != "ready"


async def test_enter_on_a_place_in_the_checks_opens_it(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state, tasks=Player(shop).tasks()))
    async with app.run_test(size=(140, 40)) as pilot:
        main = app.screen
        await until(pilot, lambda: main.session)
        await enter(pilot, "/fix", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConsentDialog))
        app.screen.query_one("#once").press()
        await until(pilot, lambda: main.review.proposal and main.job is None)
        await pilot.press("4", "home", "j", "j", "enter")
        places = [stop.place for stop in main.checks._stops if stop.place]
        assert [(p.path, p.line) for p in places] == [
            ("tests/test_cart.py", 7),
            ("shop/cart.py", 31),
        ]
        assert main.checks.describe_key("fold") == ""
        await pilot.press("j", "j")
        assert main.checks.describe_key("fold") == "open the file"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FileScreen))
        assert app.screen.file.path == "shop/cart.py"
        assert app.screen.view.position[0] == 30


async def test_places_in_the_log_can_be_chosen_and_opened(app, until) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        main = app.screen
        await until(pilot, lambda: main.session and not main.status.value.running)
        main.log_view.add("note", "see shop/cart.py:9 first")
        main.log_view.add("note", "nothing here")
        main.log_view.add("note", "and /elsewhere/absent.py:3")
        main.log_view.add("note", "then tests/test_cart.py:2")
        await pilot.press("escape", "5", "enter")
        assert "test_cart" in main.log_view._lines[main.log_view._chosen][1]
        await pilot.press("p", "enter")
        await until(pilot, lambda: main.problem.error)
        assert "no file of this repository" in main.problem.error.message
        await pilot.press("escape", "p", "enter")
        await until(pilot, lambda: isinstance(app.screen, FileScreen))
        assert app.screen.file.path == "shop/cart.py"
        assert app.screen.view.position[0] == 8
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is main)
        await pilot.press("n", "n", "n")
        assert "cart.py:9" in main.log_view._lines[main.log_view._chosen][1]


def test_results_are_grouped_by_file() -> None:
    hits = [Hit("a", 1, 0, "x"), Hit("a", 2, 0, "x"), Hit("b", 1, 0, "x"), Hit("b", 5, 0, "x")]
    results = Results()
    assert results.add(map(Result, hits[:1])) == 0
    assert results.add(map(Result, hits[1:3])) == 0
    assert results.add(map(Result, hits[3:])) == 3
    assert [r.count if isinstance(r, FileHits) else r.hit.line for r in results.rows] == [
        2, 1, 2, 2, 1, 5,
    ]  # fmt: skip
    assert (results.hits, results.files) == (4, 2)
    assert results.hit(0) == hits[0]
    assert results.hit(6) is None
