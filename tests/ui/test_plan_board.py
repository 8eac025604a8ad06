"""The plan board: editing, notes, undo, dependencies, and running all accepted steps."""

import pytest
from textual.widgets import Input

from assistant.errors import ProposalError
from assistant.solving.events import StepState
from assistant.ui.app import AssistantApp
from assistant.ui.controllers.sessions import LAST
from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.screens.remark import RemarkDialog
from assistant.ui.screens.steps import SplitDialog, StepDialog
from tests.ui.keys import enter
from tests.ui.seeing import drawn
from tests.ui.stage import PLAN, Player, make_services


@pytest.fixture
def board(shop, state, until):
    """Starts the app on a plan of four steps that has the focus."""
    player = Player(shop)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))

    async def run(pilot):
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await enter(pilot, "totals", "enter")
        await until(pilot, lambda: len(screen.plan.steps) == 4 and screen.phase == "idle")
        return screen

    return app, player, run


def shown(app) -> str:
    return "".join(text for text, _ in drawn(app))


def states(screen) -> list[str]:
    return [step.state.name for step in screen.plan.steps]


async def dialog(pilot, until, kind, text: str, key: str = "ctrl+s") -> None:
    """Replaces the text with the focus in a dialog, and closes it."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, kind))
    await pilot.press("f7")  # selects everything
    await enter(pilot, text, key)
    await until(pilot, lambda: not isinstance(app.screen, kind))


async def test_a_note_is_shown_sent_stored_and_removed(board, shop, state, until) -> None:
    app, player, run = board
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await run(pilot)
        await pilot.press("c")
        await dialog(pilot, until, RemarkDialog, "cents are integers")
        await until(pilot, lambda: "note: cents are integers" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: screen.review.proposal)
        asked = player.requests[-1]
        assert "Note: cents are integers" in asked.text
        assert "cents are integers" not in asked.wanted
        assert screen.plan.steps[0].outcome == "shop/cart.py +6 −4, not tested"

    later = AssistantApp(make_services(shop, state, tasks=player.tasks()), reopen=LAST)
    async with later.run_test(size=(120, 40)) as pilot:
        screen = later.screen
        await until(pilot, lambda: screen.plan.steps and screen.review.proposal)
        assert screen.plan.steps[0].note == "cents are integers"
        await pilot.press("R", "w")
        await until(pilot, lambda: states(screen)[0] == "ACCEPTED")
        await until(pilot, lambda: "discarded: shop/cart.py" in shown(later))
        await pilot.press("c")
        await dialog(pilot, until, RemarkDialog, "")
        assert screen.plan.steps[0].note == ""


async def test_steps_are_split_merged_moved_and_each_change_is_undone(board, until) -> None:
    app, _, run = board
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await run(pilot)
        plan = screen.plan
        await pilot.press("S")
        await until(pilot, lambda: isinstance(app.screen, SplitDialog))
        assert app.screen.query_one("#second").text == "Round the sum to cents."
        await dialog(pilot, until, SplitDialog, "Round it.")
        await until(pilot, lambda: len(plan.steps) == 5)
        assert [step.sentence for step in plan.steps[:2]] == [
            "Multiply each price by its quantity.",
            "Round it.",
        ]
        await pilot.press("m")
        assert len(plan.steps) == 4
        assert plan.steps[0].sentence == "Multiply each price by its quantity; Round it."
        await pilot.press("J")
        assert [step.id for step in plan.steps] == [2, 1, 3, 4]
        await pilot.press("d", "a")
        await pilot.press("u", "u", "u")
        assert [step.id for step in plan.steps] == [1, 2, 3, 4]
        await pilot.press("u", "u")
        assert plan.steps == PLAN
        assert "u" not in app.screen.active_bindings
        await pilot.press("end", "m")
        await until(pilot, lambda: screen.problem.error)
        assert screen.problem.error.message == "There is no step after this one."


async def test_a_title_is_edited_and_keeps_its_note(board, until) -> None:
    app, _, run = board
    async with app.run_test() as pilot:
        screen = await run(pilot)
        screen.controllers.plan._plan.replace_step(PLAN[0])
        await pilot.press("c")
        await dialog(pilot, until, RemarkDialog, "exact")
        await pilot.press("e")
        await dialog(pilot, until, StepDialog, "Say it again.")
        step = screen.plan.steps[0]
        assert (step.sentence, step.note, step.state) == (
            "Say it again.", "exact", StepState.ACCEPTED,
        )  # fmt: skip


async def test_a_step_shows_what_it_comes_after_and_asks_before_it_runs(board, until) -> None:
    app, player, run = board
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await run(pilot)
        await until(pilot, lambda: "open  after 3" in shown(app))
        asked = len(player.requests)
        await pilot.press("end", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "Run step 4 before step 3?" in shown(app)
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        assert len(player.requests) == asked
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: screen.review.proposal)
        assert len(player.requests) == asked + 1


async def test_all_accepted_steps_run_with_a_stop_at_each_proposal(board, until) -> None:
    app, player, run = board
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await run(pilot)
        await pilot.press("a", "j", "r", "j", "a", "greater_than_sign")
        await until(pilot, lambda: screen.review.proposal)
        assert states(screen) == ["REVIEW", "REJECTED", "ACCEPTED", "PROPOSED"]
        await pilot.press("2", "home")
        assert "running all, 1 to come" in shown(app)
        await pilot.press("enter")
        assert screen.panes.active == "diff", "enter shows the proposal"
        await pilot.press("a", "R", "w")
        await until(pilot, lambda: states(screen)[2] == "REVIEW")
        assert states(screen)[0] == "DONE"
        assert screen.plan.steps[0].outcome == "1 of 3 hunks"
        assert [r.step.id for r in player.requests if r.step] == [1, 3]
        await pilot.press("R", "w")
        await until(pilot, lambda: screen.review.proposal is None and screen.phase == "idle")
        assert states(screen) == ["DONE", "REJECTED", "ACCEPTED", "PROPOSED"]
        assert "running all" not in shown(app)


async def test_escape_leaves_the_steps_that_are_to_come(board, until) -> None:
    app, player, run = board
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await run(pilot)
        await pilot.press("a", "j", "a", "greater_than_sign")
        await until(pilot, lambda: screen.review.proposal and screen.phase == "idle")
        await pilot.press("escape", "A", "w")
        await until(pilot, lambda: screen.review.proposal is None)
        await pilot.pause()
        assert [r.step.id for r in player.requests if r.step] == [1]
        assert states(screen)[:2] == ["DONE", "ACCEPTED"]


async def test_a_step_that_fails_says_why_and_ends_the_run_of_all(board, until) -> None:
    app, player, run = board
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await run(pilot)
        player.failure = ProposalError("Nothing usable came.", hint="Say more.")
        await pilot.press("a", "j", "a", "greater_than_sign")
        await until(pilot, lambda: states(screen)[0] == "FAILED" and screen.phase == "idle")
        await until(
            pilot,
            lambda: screen.problem.error and "no other step is run" in screen.problem.error.message,
        )
        assert screen.plan.steps[0].outcome == "Nothing usable came."
        assert [r.step.id for r in player.requests if r.step] == [1]


async def test_the_second_step_of_a_split_needs_a_place(board, until) -> None:
    app, _, run = board
    async with app.run_test() as pilot:
        screen = await run(pilot)
        await pilot.press("S")
        await until(pilot, lambda: isinstance(app.screen, SplitDialog))
        app.screen.query_one("#target", Input).value = " "
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Both steps need" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert screen.plan.steps == PLAN
