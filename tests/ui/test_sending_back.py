"""A hunk is sent back with a reason, and what is accepted is checked before it is written."""

import threading

import pytest
from textual import events
from textual.widgets import Static

from assistant.checks.commands import parse_command
from assistant.checks.results import Status, Verdict
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import EngineError
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision
from assistant.solving.values import Candidate, Proposal
from assistant.ui.app import AssistantApp
from assistant.ui.controllers.sessions import LAST
from assistant.ui.preparing import prepare
from assistant.ui.screens.reason import ReasonDialog
from assistant.ui.widgets.editor import Editor
from tests.ui.shop import CART, CART_FIXED
from tests.ui.stage import make_services

DISCOUNTED = '''    def discounted(self, percent: float) -> float:
        """The total after a discount."""
        return round_money(self.total() * (1 - percent / 100))
'''
DECIDED = (Decision.ACCEPTED, Decision.UNDECIDED, Decision.REJECTED)


class Script:
    """An app with a proposal of three hunks under review, and what the model answers to it."""

    def __init__(self, shop, state, until, answers, reopen="", **options) -> None:
        self.engine = ScriptedEngine(answers, **options)
        self.app = AssistantApp(make_services(shop, state, engine=self.engine), reopen=reopen)
        self.until = until

    @property
    def review(self):
        return self.app.screen_stack[0].review

    async def propose(self, pilot) -> None:
        await self.until(pilot, lambda: self.app.screen.session)
        await pilot.press(*"/candidates 1", "enter", *"/edit totals", "enter")
        await self.until(pilot, lambda: self.review.proposal is not None)

    async def decide(self, pilot) -> None:
        """Accepts the first hunk, rejects the last, and leaves the cursor on the second."""
        await pilot.press("g", "a", "G", "r", "g", "n")
        assert tuple(self.review.review.decisions.values()) == DECIDED

    async def send_back(self, pilot, reason: str) -> None:
        await pilot.press("s")
        await self.until(pilot, lambda: isinstance(self.app.screen, ReasonDialog))
        await pilot.press(*reason, "ctrl+s")
        await self.until(pilot, lambda: not isinstance(self.app.screen, ReasonDialog))

    async def idle(self, pilot) -> None:
        await self.until(pilot, lambda: self.app.screen_stack[0].phase == "idle")

    def shown(self) -> str:
        return self.app.export_screenshot().replace("&#160;", " ")

    def log(self) -> str:
        return "\n".join(text for _, text in self.app.screen_stack[0].log_view.entries)


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


@pytest.mark.parametrize("leave", [["escape"], [*"a reason", "escape"], ["tab", "enter"]])
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


async def test_checking_a_part_runs_on_exactly_what_is_accepted(script, shop) -> None:
    told = script()
    async with told.app.run_test(size=(170, 40)) as pilot:
        await told.propose(pilot)
        await told.decide(pilot)
        told.app.screen.session.check = parse_command("python -m unittest discover -s tests")
        await told.until(pilot, lambda: "○ part not checked" in told.shown())
        await pilot.press("x")
        await told.until(pilot, lambda: told.review.part is not None)
        part = told.review.part
        assert part.numbers == (1,)
        expected = CART.replace("total += item.price\n", "total += item.price * item.quantity\n")
        expected = expected.replace("        return total\n", "        return round_money(total)\n")
        assert part.changes == (Change("shop/cart.py", CART.encode(), expected.encode()),)
        assert (shop / "shop/cart.py").read_text() == CART, "nothing is written"
        assert told.app.screen.panes.active == "checks"
        await told.until(pilot, lambda: "Accepted part: hunk 1 of 3" in told.shown())
        assert " part: ○ not tested" in told.shown() or " part: ✗ failed" in told.shown()
        assert "not what is accepted now; x checks that" in told.shown()


async def test_a_failing_part_is_not_shown_with_the_verdict_of_the_whole(script, shop) -> None:
    told = script()
    async with told.app.run_test(size=(170, 40)) as pilot:
        await told.propose(pilot)
        code = "import sys; sys.exit('percentage:' not in open('shop/cart.py').read())"
        told.app.screen.session.check = parse_command(f'python -c "{code}"')
        await pilot.press("g", "a", "n", "r", "x")
        await told.until(pilot, lambda: told.review.part is not None)
        assert told.review.part.verdict is Verdict.FAILED
        failed = [each for each in told.review.part.evidence if each.status is Status.FAILED]
        assert [each.judge for each in failed] == ["tests"]
        assert told.review.proposal.best.verdict is not Verdict.FAILED


async def test_a_part_holds_only_for_the_decisions_it_was_checked_with(script) -> None:
    told = script()
    async with told.app.run_test(size=(170, 40)) as pilot:
        await told.propose(pilot)
        await told.decide(pilot)
        await pilot.press("x")
        await told.until(pilot, lambda: told.review.part is not None)
        assert "decisions have changed" not in told.shown()
        await pilot.press("3", "g", "n", "a")
        await told.until(pilot, lambda: "decisions have changed" in told.shown())
        assert "○ part not checked" in told.shown()


async def test_with_nothing_accepted_there_is_nothing_to_check(script) -> None:
    told = script()
    async with told.app.run_test(size=(120, 40)) as pilot:
        await told.propose(pilot)
        await pilot.press("x")
        await told.until(pilot, lambda: told.app.screen.problem.error is not None)
        assert told.app.screen.problem.error.message.startswith("No hunk is accepted")


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
