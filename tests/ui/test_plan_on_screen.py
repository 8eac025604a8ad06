"""Which step enter runs, and how the key line announces it."""

import threading

import pytest

from assistant.solving.events import StepState
from assistant.ui.app import AssistantApp
from assistant.ui.widgets.keys import KeyLine
from tests.ui.stage import Player, make_services


def enter_does(screen) -> str:
    shown = screen.query_one(KeyLine).keys()
    return next((what for key, _, what in shown if key == "enter"), "")


@pytest.fixture
def planned(shop, state, until):
    """Runs the app until a plan of four steps has the focus."""
    player = Player(shop)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))

    async def run(pilot):
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"totals", "enter")
        await until(pilot, lambda: len(screen.plan.steps) == 4 and screen.phase == "idle")
        return screen

    yield app, player, run
    if player.hold is not None:
        player.hold.set()


async def ran(pilot, until, screen) -> int:
    """Presses enter and returns the id of the step under review."""
    await pilot.press("enter")
    await until(pilot, lambda: screen.review.proposal is not None)
    return next(s.id for s in screen.plan.steps if s.state is StepState.REVIEW)


@pytest.mark.parametrize(
    ("keys", "said", "number"),
    [
        ("", "accept and run step 1", 1),
        ("j", "accept and run step 2", 2),
        ("a", "run step 1", 1),
        ("ja", "run step 2", 2),
        ("jak", "run step 2", 2),
        ("jajj", "run step 2", 2),
        ("ajajj", "run step 1", 1),
        ("jaja", "run step 3", 3),
        ("jar", "", 0),
        ("rj", "accept and run step 2", 2),
        ("aa", "accept and run step 1", 1),
    ],
)
async def test_enter_runs_the_accepted_step(planned, until, keys, said, number) -> None:
    app, _, run = planned
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await run(pilot)
        await pilot.press(*keys)
        assert enter_does(screen) == said
        if number:
            assert await ran(pilot, until, screen) == number


async def test_the_next_accepted_step_follows(planned, until) -> None:
    app, _, run = planned
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await run(pilot)
        await pilot.press("a", "j", "j", "a", "k", "k")
        assert await ran(pilot, until, screen) == 1
        await pilot.press("A", "w")
        await until(pilot, lambda: screen.review.proposal is None)
        assert screen.plan.list.cursor == 2
        assert enter_does(screen) == "run step 3"


async def test_a_done_step_is_run_again_only_if_no_step_waits(planned, until) -> None:
    app, _, run = planned
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await run(pilot)
        for step in screen.plan.steps:
            screen.plan.set_state(step.id, StepState.DONE)
        await pilot.pause()
        assert enter_does(screen) == "run step 1 again"
        screen.plan.set_state(3, StepState.ACCEPTED)
        await pilot.pause()
        assert enter_does(screen) == "run step 3"


async def test_no_step_can_be_run_while_another_runs(planned, until) -> None:
    app, player, run = planned
    player.hold = threading.Event()
    player.hold.set()
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await run(pilot)
        player.hold.clear()
        await pilot.press("enter")
        await until(pilot, lambda: screen.plan.steps[0].state is StepState.RUNNING)
        await pilot.press("2", "j", "a")
        assert enter_does(screen) == ""
        assert "greater_than_sign" not in screen.active_bindings
        await pilot.press("enter")
        assert len(player.requests) == 2, "the plan and one step"
        player.hold.set()


async def test_a_step_is_run_with_the_task_of_its_plan(planned, until) -> None:
    app, player, run = planned
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await run(pilot)
        assert await ran(pilot, until, screen) == 1
        asked = player.requests[-1]
        assert (asked.task, asked.step.sentence) == ("totals", screen.plan.steps[0].sentence)


async def test_a_step_is_edited_from_the_end_of_its_text(planned, until) -> None:
    app, _, run = planned
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await run(pilot)
        before = screen.plan.steps[0].sentence
        await pilot.press("e")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press("!", "ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        assert screen.plan.steps[0].sentence == f"{before}!"
