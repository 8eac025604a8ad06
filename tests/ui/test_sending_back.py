"""A hunk is sent back with a reason."""

import threading

import pytest
from textual import events
from textual.widgets import Static

from assistant.errors import EngineError
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision
from assistant.solving.values import Candidate, Proposal
from assistant.ui.controllers.sessions import LAST
from assistant.ui.preparing import prepare
from assistant.ui.screens.reason import ReasonDialog
from assistant.ui.widgets.editor import Editor
from tests.ui.redrawstage import DECIDED, DISCOUNTED, Script
from tests.ui.shop import CART, CART_FIXED


@pytest.fixture
def script(shop, state, until):
    return lambda *answers, **options: Script(shop, state, until, list(answers), **options)


async def test_only_the_hunk_that_was_sent_back_changes(script, shop) -> None:
    told = script(DISCOUNTED)
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await told.decide(pilot)
        before = told.review.review
        await told.send_back(pilot, "no error here")
        await told.until(pilot, lambda: told.review.review is not before)
        after = told.review.review
        assert "no error here" in told.engine.requests[0].messages[-1].content
        assert tuple(after.decisions.values()) == DECIDED
        assert [after.hunks[0], after.hunks[2]] == [before.hunks[0], before.hunks[2]]
        assert after.hunks[1].new == tuple(
            line.encode() + b"\n" for line in DISCOUNTED.splitlines()[2:]
        )
        assert told.review.diff.current == after.hunks[1].id
        await pilot.press("a", "w")
        fixed = (shop / "shop/cart.py").read_text
        await told.until(pilot, lambda: fixed() != CART)
        assert DISCOUNTED in fixed()
        assert "item.price * item.quantity" in fixed(), "accepted before"
        assert "return len(self.items)" in fixed(), "rejected before"


async def test_what_was_there_stays_as_an_alternative_with_its_decisions(script) -> None:
    told = script(DISCOUNTED)
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await told.decide(pilot)
        before, count = told.review.review, len(told.review.proposal.candidates)
        await told.send_back(pilot, "no error here")
        await told.until(pilot, lambda: told.review.review is not before)
        assert len(told.review.proposal.candidates) == count + 1
        await pilot.press("right_square_bracket")
        assert told.review.review is before


async def test_a_redrawn_review_is_open_again_in_a_later_session(script) -> None:
    told = script(DISCOUNTED)
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await pilot.press("g", "r", "G", "a", "g", "n")
        before = told.review.review
        await told.send_back(pilot, "no error here")
        await told.until(pilot, lambda: told.review.review is not before)
        told.review.edited(before.hunks[2].id, (b"        return 0  # mine\n",))
        await told.idle(pilot)
        left = told.review.reviews
        await pilot.press("ctrl+q")
        await pilot.press("y")
        await told.until(pilot, lambda: told.app._exit)
    assert list(left[0].decisions.values())[::2] == [Decision.REJECTED, Decision.EDITED]

    later = script(DISCOUNTED.replace("percent / 100", "0.01 * percent"), reopen=LAST)
    async with later.app.run_test(size=(120, 40)) as pilot:
        await later.until(pilot, lambda: later.review.proposal is not None)
        assert later.review.reviews == left
        assert later.review.candidate == 0
        await pilot.press("g", "n")
        await later.send_back(pilot, "other words")
        await later.until(pilot, lambda: len(later.review.reviews) == len(left) + 1)
        asked = later.engine.requests[0].messages[-1].content
        assert later.review.proposal.title in asked, "all that is known of the task"
        assert "return 0  # mine" in asked


@pytest.mark.parametrize("leave", [["escape"], [*"why", "escape"], ["tab", "enter"]])
async def test_leaving_the_dialog_keeps_everything(script, leave) -> None:
    told = script()
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await told.decide(pilot)
        before = told.review.review
        await pilot.press("s")
        await told.until(pilot, lambda: isinstance(told.app.screen, ReasonDialog))
        await pilot.press(*leave)
        await told.until(pilot, lambda: not isinstance(told.app.screen, ReasonDialog))
        assert told.review.review is before
        assert told.app.screen.phase == "idle"
        assert told.engine.requests == []


async def test_a_reason_is_needed(script) -> None:
    told = script()
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await pilot.press("s")
        await told.until(pilot, lambda: isinstance(told.app.screen, ReasonDialog))
        await pilot.press("space", "ctrl+s")
        problem = told.app.screen.query_one(".problem", Static)
        await told.until(pilot, lambda: "Say what is wrong" in str(problem.content))
        assert isinstance(told.app.screen, ReasonDialog)


async def test_a_reason_typed_in_a_burst_is_sent_whole(script) -> None:
    told = script(DISCOUNTED)
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await pilot.press("g", "n", "s")
        await told.until(pilot, lambda: isinstance(told.app.screen, ReasonDialog))
        for key in (*"noo", "backspace", "ctrl+s"):
            told.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await told.until(pilot, lambda: told.engine.requests)
        assert "not right: no\n" in told.engine.requests[0].messages[-1].content
        await told.idle(pilot)


async def test_where_nothing_usable_comes_the_hunk_stays_and_the_user_is_told(script) -> None:
    same = CART_FIXED[CART_FIXED.index("    def discounted") : CART_FIXED.index("    def __len__")]
    told = script(same, same)
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await told.decide(pilot)
        before = told.review.review
        await told.send_back(pilot, "no error here")
        await told.idle(pilot)
        assert told.review.review is before
        problem = told.app.screen.problem
        assert problem.error.message.startswith("Nothing usable came for this hunk, and it stays")
        assert "the same lines again" in problem.error.message


async def test_an_engine_that_fails_leaves_the_review_as_it_was(script) -> None:
    told = script(EngineError("The worker died."))
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        before = told.review.review
        await told.send_back(pilot, "no")
        await told.idle(pilot)
        assert told.app.screen.problem.error.message == "The worker died."
        assert told.review.review is before


async def test_what_is_decided_while_it_is_drawn_counts(script) -> None:
    gate = threading.Event()
    told = script(DISCOUNTED, before=lambda _: gate.wait(10))
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await told.decide(pilot)
        await told.send_back(pilot, "no error here")
        await told.until(pilot, lambda: told.app.screen.phase == "running")
        await pilot.press("g", "r")
        gate.set()
        await told.until(pilot, lambda: len(told.review.proposal.candidates) == 3)
        assert list(told.review.review.decisions.values()) == [
            Decision.REJECTED,
            Decision.UNDECIDED,
            Decision.REJECTED,
        ]


async def test_what_is_drawn_after_the_review_has_ended_is_dropped(script) -> None:
    gate = threading.Event()
    told = script(DISCOUNTED, before=lambda _: gate.wait(10))
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await pilot.press("g", "n")
        await told.send_back(pilot, "no error here")
        await told.until(pilot, lambda: told.app.screen.phase == "running")
        await pilot.press("R", "w")
        await told.until(pilot, lambda: told.review.proposal is None)
        gate.set()
        await told.idle(pilot)
        assert told.review.proposal is None
        await told.until(pilot, lambda: "is dropped" in told.log())


async def test_a_task_that_runs_comes_first(script) -> None:
    gate = threading.Event()
    told = script(DISCOUNTED, before=lambda _: gate.wait(10))
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await pilot.press("g", "n")
        await told.send_back(pilot, "no error here")
        await told.until(pilot, lambda: told.app.screen.phase == "running")
        for key in ("s", "x"):
            await pilot.press(key)
            await told.until(pilot, lambda: told.app.screen.problem.error is not None)
            assert told.app.screen.problem.error.message == "A task is running."
            told.app.screen.problem.close()
        gate.set()
        await told.idle(pilot)


async def test_a_deletion_cannot_be_sent_back(script) -> None:
    told = script()
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.until(pilot, lambda: told.app.screen.session)
        change = Change("shop/cart.py", CART.encode(), None)
        told.review.show(prepare(Proposal("t", (Candidate(1, (change,)),)), frozenset()))
        told.app.screen.action_pane("diff")
        await pilot.press("s")
        await told.until(pilot, lambda: told.app.screen.problem.error is not None)
        assert "A delete cannot be written again" in told.app.screen.problem.error.message


async def test_doubts_are_at_their_lines_after_a_hunk_was_drawn_again(script) -> None:
    told = script(DISCOUNTED.replace("total() *", "total()\\\n            *"))
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await told.decide(pilot)
        before = told.review.review
        doubtful = {each.line for each in told.review.proposal.best.tokens.doubts}
        assert doubtful
        await told.send_back(pilot, "no error here")
        await told.until(pilot, lambda: told.review.review is not before)
        (change,) = told.review.review.changes
        lines = change.new.decode().split("\n")
        kept = [
            each for each in told.review.proposal.best.tokens.doubts if each.probability == 0.72
        ]
        assert [lines[each.line][each.start : each.end] for each in kept] == ["(total"]


async def test_the_keys_are_there_only_with_a_review(script) -> None:
    told = script()
    async with told.app.run_test(size=(200, 40)) as pilot:
        await told.until(pilot, lambda: told.app.screen.session)
        await pilot.press("escape", "3")
        assert not {"s", "x"} & set(told.app.screen.active_bindings)
        await pilot.press("i")
        await told.propose(pilot)
        assert {"s", "x"} <= set(told.app.screen.active_bindings)


async def test_a_long_hunk_is_shown_in_part(script) -> None:
    told = script()
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.until(pilot, lambda: told.app.screen.session)
        new = "".join(f"line {n}\n" for n in range(40))
        change = Change("new.txt", None, new.encode())
        told.review.show(prepare(Proposal("t", (Candidate(1, (change,)),)), frozenset()))
        told.app.screen.action_pane("diff")
        await pilot.press("s")
        await told.until(pilot, lambda: isinstance(told.app.screen, ReasonDialog))
        shown = str(told.app.screen.query_one(".code", Static).content)
        assert shown.endswith("+ line 7\n… 32 more lines")
        assert told.app.focused is told.app.screen.query_one(Editor)
