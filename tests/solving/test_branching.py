"""Branching off a copy at its low-probability tokens."""

import math

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Verdict
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel, Completion
from assistant.engine.scripted import Answer, ScriptedEngine
from assistant.errors import ProposalError
from assistant.solving.events import CandidateDiscarded
from assistant.solving.request import TaskRequest
from assistant.solving.sources.branching import Branch, Branches
from assistant.solving.sources.rewrite import is_copy
from assistant.tasks.edit import edit
from assistant.tasks.fix import fix
from tests.worlds import CALC, TEST_CALC

CHECK = parse_command("python -m unittest -q")
COPY = '```python\ndef add(a, b):\n    """The sum."""\n    return a - b\n'


def copied(*tokens: tuple[str, float]) -> Completion:
    return Completion(
        text="".join(piece for piece, _ in tokens),
        pieces=[piece for piece, _ in tokens],
        logprobs=[logprob for _, logprob in tokens],
    )


def branches_of(answer: Completion) -> list[tuple[str, tuple[str, ...]]]:
    branches = Branches(answer)
    found = []
    while (following := branches.next()) is not None:
        found.append((following[1].kept, following[1].banned))
    return found


def test_the_least_certain_tokens_come_first_and_the_certain_ones_not_at_all() -> None:
    copy = copied(("return", -0.2), (" a", -0.00001), (" -", -0.9), (" b", -0.01), ("\n", -3.0))
    assert branches_of(copy) == [("return a", (" -",)), ("", ("return",)), ("return a -", (" b",))]


def test_a_position_comes_again_with_the_probability_that_was_not_followed() -> None:
    branches = Branches(copied(("x", math.log(0.2)), ("y", math.log(0.5))))
    at, first = branches.next()
    branches.followed(at, first, copied(("z", math.log(0.1)), ("w", -0.1)))
    again, second = branches.next()
    assert (at, first.banned, again, second.banned) == (0, ("x",), 0, ("x", "z"))
    assert second.mass == pytest.approx(0.7)
    branches.followed(again, second, copied(("v", math.log(0.7))))
    assert branches.next()[1] == Branch("x", ("y",), pytest.approx(0.5))
    branches.followed(1, Branch("x", ("y",), 0.5), copied(("\n", math.log(0.3))))
    assert branches.next() is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("  x = 1\ny = 2\n", True),
        ("x = 1\ny = 2", True),
        ("x = 1  \ny = 2", True),
        ("x = 1\n\ny = 2", False),
        ("x = 2\ny = 2", False),
    ],
)
def test_what_counts_as_a_copy(answer, expected) -> None:
    assert is_copy(answer, "x = 1\ny = 2\n") is expected


def test_a_fix_branches_off_a_copy_where_the_model_was_least_sure(make_world) -> None:
    def answer(request):
        if not request.banned:
            return Answer(COPY, logprob=-0.3)
        return request.opening + (" + b\n" if request.opening.endswith("return a") else "0\n")

    world = make_world(answer)
    request = TaskRequest("", (Selected("calc.py"),), candidates=3, check=CHECK)
    events = list(fix(world.workspace, request, Cancel()))
    proposal = events[-1].proposal
    assert proposal.best.verdict is Verdict.VERIFIED
    assert proposal.best.changes[0].new.count(b"return a + b") == 1
    discarded = [event.candidate for event in events if isinstance(event, CandidateDiscarded)]
    assert discarded[0] == 1
    assert len({candidate.id for candidate in proposal.candidates}) == len(proposal.candidates)


def test_the_first_request_is_closed_before_the_next(make_world, monkeypatch) -> None:
    open_streams = []
    stream = ScriptedEngine.stream

    def watched(self, request, cancel):
        assert not open_streams
        open_streams.append(request)
        try:
            yield from stream(self, request, cancel)
        finally:
            open_streams.pop()

    monkeypatch.setattr(ScriptedEngine, "stream", watched)
    world = make_world(lambda r: Answer(COPY if not r.banned else "0\n", logprob=-0.3))
    request = TaskRequest("", (Selected("calc.py"),), candidates=3, check=CHECK)
    assert list(fix(world.workspace, request, Cancel()))[-1].proposal


def test_without_a_check_nothing_branches_off_a_copy(make_world) -> None:
    world = make_world(lambda request: COPY)
    request = TaskRequest("Speed up `add`", (Selected("calc.py"),), candidates=1)
    with pytest.raises(ProposalError, match="changes nothing"):
        list(edit(world.workspace, request, Cancel()))
    assert all(not each.banned for each in world.engine.requests)


def test_with_one_target_a_fix_branches_off_a_wrong_draft_too(make_world) -> None:
    wrong = COPY.replace("a - b", "a * b")

    def answer(request):
        if not request.banned:
            return Answer(wrong, logprob=-0.3)
        return request.opening + (" + b\n" if request.opening.endswith("return a") else "0\n")

    files = {"calc.py": CALC.partition("\n\n\ndef mean")[0] + "\n", "test_calc.py": TEST_CALC}
    world = make_world(answer, files=files)
    request = TaskRequest("", (Selected("calc.py"),), candidates=2, check=CHECK)
    proposal = list(fix(world.workspace, request, Cancel()))[-1].proposal
    assert proposal.best.verdict is Verdict.VERIFIED
    assert b"return a + b" in proposal.best.changes[0].new
