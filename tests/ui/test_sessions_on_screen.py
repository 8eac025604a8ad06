"""Sessions: what was on screen is there again after the program ended."""

import threading

import pytest

from assistant.review.decisions import Decision
from assistant.sessions.store import SessionStore
from assistant.solving.events import StepState
from assistant.ui.controllers.sessions import LAST
from tests.ui.sessionstage import idle, make_app, make_sessions, opened, resumed, submit
from tests.ui.shop import CART
from tests.ui.stage import Player


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
