"""Sessions: what was on screen is there again after the program ended."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from assistant.review.decisions import Decision
from assistant.sessions.store import SessionStore
from assistant.solving.events import StepState
from assistant.ui.app import AssistantApp
from assistant.ui.controllers.sessions import LAST, LIST
from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.screens.sessions import ExportDialog, SessionsDialog
from tests.ui.shop import CART, CART_FIXED
from tests.ui.stage import Player, make_services


def make_app(shop: Path, state: Path, reopen: str = "", **options) -> AssistantApp:
    return AssistantApp(make_services(shop, state, **options), reopen=reopen)


async def opened(pilot, until) -> None:
    await until(pilot, lambda: pilot.app.screen.session)


async def submit(pilot, until, text: str) -> None:
    await opened(pilot, until)
    screen = pilot.app.screen
    screen.action_prompt()
    await pilot.press(*text, "enter")
    await until(pilot, lambda: screen.prompt.input.text == "")


def idle(screen):
    return lambda: screen.job is None and screen.phase == "idle"


async def resumed(pilot, until) -> None:
    """Waits until the log says what it said."""
    await opened(pilot, until)
    await until(pilot, lambda: pilot.app.screen.log_view.entries)


async def leave_with_a_review(pilot, until) -> None:
    screen = pilot.app.screen
    await submit(pilot, until, "/edit count quantities in @shop/cart.py ")
    await until(pilot, lambda: screen.review.proposal and screen.job is None)
    await pilot.press("a", "r")
    hunk = screen.review.diff.current
    screen.review.edited(hunk, (b"        return 1  # mine\n",))
    await pilot.press("ctrl+q")


async def test_a_review_is_open_again_with_its_decisions(shop, state, until) -> None:
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        await leave_with_a_review(pilot, until)
        before = app.screen.review.review
        log = app.screen.log_view.entries
        await until(pilot, lambda: app._exit)
    assert list(before.decisions.values())[:2] == [Decision.ACCEPTED, Decision.REJECTED]
    assert list(before.edits.values()) == [(b"        return 1  # mine\n",)]

    app = make_app(shop, state, LAST)
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.review.proposal)
        assert screen.review.review == before
        assert screen.review.diff.review == before
        assert screen.log_view.entries == log
        assert [item.path for item in screen.files.file_tree.selection] == ["shop/cart.py"]
        assert screen.panes.active == "diff"
        assert screen.checks.checks == screen.review.proposal.best.evidence
        await until(pilot, lambda: screen.focused is screen.review.diff)
        assert screen.problem.error is None
        await pilot.press("A", "w")
        await until(pilot, lambda: b"# mine" in (shop / "shop/cart.py").read_bytes())
        await until(pilot, lambda: screen.review.proposal is None)

    app = make_app(shop, state, LAST)
    async with app.run_test() as pilot:
        await resumed(pilot, until)
        assert app.screen.review.proposal is None
        assert app.screen.log_view.entries[-1][1].startswith("Applied: ")


async def test_the_alternative_on_screen_is_shown_again(shop, state, until) -> None:
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        await submit(pilot, until, "/edit count quantities")
        await until(pilot, lambda: app.screen.review.proposal and app.screen.job is None)
        await pilot.press("a", "right_square_bracket", "r")
        reviews = app.screen.review._reviews
        await until(pilot, lambda: Decision.REJECTED in app.screen.review.review.decisions.values())

    app = make_app(shop, state, LAST)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.review.proposal)
        assert app.screen.review.candidate == 1
        assert app.screen.review._reviews == reviews
        assert app.screen.review.diff.review == reviews[1]


async def test_a_plan_has_its_states_and_undo_finds_the_written_step(shop, state, until) -> None:
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/plan count quantities")
        await until(pilot, lambda: len(screen.plan.steps) == 4 and screen.job is None)
        await pilot.press("2", "a", "j", "r", "k", "enter")
        await until(pilot, lambda: screen.review.proposal and screen.job is None)
        await pilot.press("A", "w")
        await until(pilot, lambda: screen.plan.steps[0].state is StepState.DONE)
        steps = screen.plan.steps

    app = make_app(shop, state, LAST)
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.plan.steps)
        assert screen.plan.steps == steps
        assert screen.plan.task_text == "count quantities"
        assert screen.panes.active == "plan"
        await pilot.press("ctrl+z")
        await until(pilot, lambda: screen.plan.steps[0].state is StepState.ACCEPTED)
    assert (shop / "shop/cart.py").read_text() == CART


async def test_answers_and_checks_are_there_again(shop, state, until) -> None:
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/ask why is the total wrong?")
        await until(pilot, lambda: "```" not in screen.log_view._entries[-1].text)
        await until(pilot, idle(screen))
        entries = screen.log_view.entries
    app = make_app(shop, state, LAST)
    async with app.run_test() as pilot:
        await resumed(pilot, until)
        shown = [entry for entry in entries if entry != ("answer", "")]
        assert [e for e in app.screen.log_view.entries if e != ("answer", "")] == shown
        assert any(kind == "code" for kind, _ in shown)
        assert app.screen.panes.active == "log"


async def test_decisions_on_lines_are_there_again(shop, state, until) -> None:
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        await submit(pilot, until, "/edit count quantities")
        await until(pilot, lambda: app.screen.review.proposal and app.screen.job is None)
        await pilot.press("v", "a", "r")
        before = app.screen.review.review
        assert Decision.PARTLY in before.decisions.values()

    app = make_app(shop, state, LAST)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.review.proposal)
        assert app.screen.review.review == before


async def test_a_proposal_is_made_again_on_a_file_that_changed(shop, state, until) -> None:
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        await leave_with_a_review(pilot, until)
        await until(pilot, lambda: app._exit)
    mine = CART.replace("The shopping cart", "My shopping cart")
    (shop / "shop/cart.py").write_text(mine)

    app = make_app(shop, state, LAST)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.problem.error)
        assert "shop/cart.py changed on disk" in screen.problem.error.message
        assert list(screen.review.review.decisions.values())[:2] == [
            Decision.ACCEPTED,
            Decision.REJECTED,
        ]
        title = screen.review.query_one("#review-title")
        assert "stale" not in "".join(text for text, _ in title._right)
        assert (shop / "shop/cart.py").read_text() == mine
        await pilot.press("escape", "A", "w")
        await until(pilot, lambda: screen.review.proposal is None)
        written = (shop / "shop/cart.py").read_text()
        assert "My shopping cart" in written
        assert "# mine" in written


async def test_a_rejected_proposal_does_not_come_back(shop, state, until) -> None:
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        await submit(pilot, until, "/edit count quantities")
        await until(pilot, lambda: app.screen.review.proposal and app.screen.job is None)
        await pilot.press("R", "w")
        await until(pilot, lambda: app.screen.review.proposal is None)
    app = make_app(shop, state, LAST)
    async with app.run_test() as pilot:
        await resumed(pilot, until)
        assert app.screen.review.proposal is None


_CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from assistant.ui.app import AssistantApp
from tests.ui.stage import Player, make_services
import threading

shop, state, ending = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
player = Player(shop)

async def main():
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        async def until(condition):
            while not condition():
                await pilot.pause(0.01)
        await until(lambda: app.screen.session)
        screen = app.screen
        if ending == "plan":
            await pilot.press(*"/plan count quantities", "enter")
            await until(lambda: len(screen.plan.steps) == 4 and screen.job is None)
            player.hold = threading.Event()
            await pilot.press("2", "a", "enter")
            await until(lambda: screen.job is not None and screen.status.value.phase == "checking")
        else:
            await pilot.press(*"/edit count quantities", "enter")
            await until(lambda: screen.review.proposal and screen.job is None)
            await pilot.press("a", "r")
            await until(lambda: screen.review.undecided == 1)
            await pilot.pause()
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def killed(shop: Path, state: Path, ending: str) -> None:
    child = subprocess.run(
        [sys.executable, "-P", "-c", _CHILD, shop, state, ending],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()


async def test_after_a_kill_the_review_is_open_with_its_decisions(shop, state, until) -> None:
    killed(shop, state, "review")
    app = make_app(shop, state, LAST)
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.review.proposal)
        decisions = list(screen.review.review.decisions.values())
        assert decisions == [Decision.ACCEPTED, Decision.REJECTED, Decision.UNDECIDED]
        await pilot.press("A", "w")
        await until(pilot, lambda: (shop / "shop/cart.py").read_text() not in (CART, CART_FIXED))


async def test_after_a_kill_during_a_step_the_step_can_run_again(shop, state, until) -> None:
    killed(shop, state, "plan")
    app = make_app(shop, state, LAST)
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: len(screen.plan.steps) == 4)
        await until(pilot, lambda: "ended while this ran" in screen.log_view.entries[-1][1])
        assert screen.plan.steps[0].state is StepState.ACCEPTED
        await pilot.press("enter")
        await until(pilot, lambda: screen.review.proposal)
    assert SessionStore(state, shop).summaries()[0].state == "proposal open, 0 of 4 steps done"


async def make_sessions(shop, state, until, *tasks: str) -> None:
    for task in tasks:
        app = make_app(shop, state)
        async with app.run_test() as pilot:
            await submit(pilot, until, task)
            await until(pilot, lambda app=app: app.screen.controllers.sessions.recorder.session)
            await until(pilot, lambda app=app: app.screen.job is None)


def titles(dialog: SessionsDialog) -> list[str]:
    return [each.title for each in dialog.list._shown]


async def test_the_list_is_searched_and_enter_resumes(shop, state, until) -> None:
    await make_sessions(shop, state, until, "/ask why is it wrong", "/edit round totals")
    app = make_app(shop, state, LIST)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, SessionsDialog) and titles(app.screen))
        dialog = app.screen
        assert titles(dialog) == ["round totals", "why is it wrong"]
        assert dialog.list._shown[0].state == "proposal open"
        await pilot.press("slash", *"WRONG", "enter")
        await until(pilot, lambda: titles(dialog) == ["why is it wrong"])
        await pilot.press("escape")
        assert app.screen is dialog, "escape ends the search first"
        await until(pilot, lambda: len(titles(dialog)) == 2)
        await pilot.press("j", "enter")
        await until(pilot, lambda: app.screen is not dialog)
        await until(pilot, lambda: ("you", "/ask why is it wrong") in app.screen.log_view.entries)
        assert app.screen.review.proposal is None


async def test_switching_leaves_the_open_session_as_it_was(shop, state, until) -> None:
    await make_sessions(shop, state, until, "/ask why is it wrong")
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/edit round totals")
        await until(pilot, lambda: screen.review.proposal and screen.job is None)
        await submit(pilot, until, "/sessions")
        await until(pilot, lambda: isinstance(app.screen, SessionsDialog) and titles(app.screen))
        await pilot.press("j", "enter")
        await until(pilot, lambda: app.screen is screen and screen.review.proposal is None)
        await submit(pilot, until, "/sessions")
        await until(pilot, lambda: isinstance(app.screen, SessionsDialog) and titles(app.screen))
        at = titles(app.screen).index("round totals")
        app.screen.list.cursor = at
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen and screen.review.proposal is not None)
    states = {
        each.title: (each.tasks, each.state) for each in SessionStore(state, shop).summaries()
    }
    assert states == {"round totals": (1, "proposal open"), "why is it wrong": (1, "")}


async def test_d_deletes_after_asking(shop, state, until) -> None:
    await make_sessions(shop, state, until, "/ask why is it wrong", "/edit round totals")
    store = SessionStore(state, shop)
    app = make_app(shop, state, LIST)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, SessionsDialog) and titles(app.screen))
        dialog = app.screen
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: app.screen is dialog)
        assert len(store.summaries()) == 2
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: titles(dialog) == ["why is it wrong"])
    assert len(store.summaries()) == 1


async def test_the_open_session_is_neither_resumed_nor_deleted(shop, state, until) -> None:
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/ask why is it wrong")
        await until(pilot, idle(screen))
        await submit(pilot, until, "/sessions")
        await until(pilot, lambda: isinstance(app.screen, SessionsDialog) and titles(app.screen))
        dialog = app.screen
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: "is open" in str(dialog._problem.content))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert screen.problem.error is None
    assert len(SessionStore(state, shop).summaries()) == 1


@pytest.mark.parametrize("which", [LAST, "20200101-000000-abcd"])
async def test_without_the_session_the_program_says_so_and_starts_another(
    shop, state, until, which
) -> None:
    app = make_app(shop, state, which)
    async with app.run_test() as pilot:
        await opened(pilot, until)
        await until(pilot, lambda: app.screen.problem.error)
        assert "no" in app.screen.problem.error.message
        await submit(pilot, until, "/ask why")
        await until(pilot, idle(app.screen))
    assert [each.title for each in SessionStore(state, shop).summaries()] == ["why"]


async def test_new_starts_another_session_and_keeps_the_selection(shop, state, until) -> None:
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/edit round totals in @shop/cart.py ")
        await until(pilot, lambda: screen.review.proposal and screen.job is None)
        await submit(pilot, until, "/new")
        await until(pilot, lambda: screen.review.proposal is None)
        assert screen.log_view.entries == ()
        assert [item.path for item in screen.files.file_tree.selection] == ["shop/cart.py"]
        await submit(pilot, until, "/ask why")
        await until(pilot, idle(screen))
    states = {each.title: each.state for each in SessionStore(state, shop).summaries()}
    assert states == {"round totals in @shop/cart.py": "proposal open", "why": ""}


async def test_nothing_is_stored_before_the_first_task(shop, state, until) -> None:
    app = make_app(shop, state)
    async with app.run_test() as pilot:
        await submit(pilot, until, "/refresh")
        await pilot.press("1", "space")
    assert not (state / "sessions").exists()


async def test_a_running_task_is_not_left_for_another_session(shop, state, until) -> None:
    await make_sessions(shop, state, until, "/ask why is it wrong")
    player = Player(shop, hold=threading.Event())
    app = make_app(shop, state, tasks=player.tasks())
    async with app.run_test() as pilot:
        screen = app.screen
        await submit(pilot, until, "/ask another")
        await until(pilot, lambda: screen.job)
        screen.controllers.sessions.resume(LAST)
        await until(pilot, lambda: screen.problem.error)
        assert screen.problem.error.message == "A task is running."
        player.hold.set()
        await until(pilot, idle(screen))


async def test_x_exports(shop, state, until, tmp_path) -> None:
    await make_sessions(shop, state, until, "/edit round totals")
    app = make_app(shop, state, LIST)
    page = tmp_path / "page.html"
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, SessionsDialog) and titles(app.screen))
        dialog = app.screen
        for expected in ("", "exists already"):
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, ExportDialog))
            app.screen.query_one("#path").value = str(page)
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is dialog)
            await until(
                pilot, lambda e=expected: page.exists() and e in str(dialog._problem.content)
            )
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is dialog)
    assert "<!doctype html>" in page.read_text()
