"""The order of sources in a fix, and second opinions that confirm or dispute the first proof."""

from dataclasses import replace

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import CommandResult, Verdict
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.baseline import HANG_SECONDS, UNHUNG_SECONDS, Patience
from assistant.solving.events import Phase, PhaseStarted
from assistant.solving.policies import MOST_OPINIONS
from assistant.solving.request import TaskRequest
from assistant.tasks.fix import fix
from tests.worlds import CALC

CHECK = parse_command("python -m unittest -q")
ADD = '```python\ndef add(a, b):\n    """The sum."""\n    return {}\n'


def hides_the_body(request) -> bool:
    return "a - b" not in request.messages[-1].content


def run(world, **options):
    request = TaskRequest("", (Selected("calc.py"),), candidates=1, check=CHECK, **options)
    return list(fix(world.workspace, request, Cancel()))


def test_code_that_is_only_copied_is_written_again_without_its_body(make_world) -> None:
    def script(request):
        return ADD.format("a + b" if hides_the_body(request) else "a - b")

    world = make_world(script, scores={"A": 0.0})
    best = run(world)[-1].proposal.best
    assert best.verdict is Verdict.VERIFIED
    assert best.changes[0].new == CALC.replace("a - b", "a + b").encode()
    hidden = next(each for each in world.engine.requests if hides_the_body(each))
    assert "assertEqual(add(2, 3), sum((2, 3)))" in hidden.messages[-1].content


def test_a_second_opinion_that_behaves_alike_ends_the_search(make_world) -> None:
    world = make_world([ADD.format("a + b"), ADD.format("(a + b)")], scores={"A": 0.0})
    events = run(world)
    best = events[-1].proposal.best
    assert best.verdict is Verdict.VERIFIED
    assert best.found("consensus").detail == "2 behave alike"
    assert len(world.engine.requests) == 2
    assert hides_the_body(world.engine.requests[1])
    writing = [e for e in events if isinstance(e, PhaseStarted) and e.phase is Phase.WRITING]
    assert len(writing) == 2, "of the rewrite and of the second opinion"


def test_what_passes_by_chance_is_outvoted(make_world) -> None:
    opinions = [ADD.format(body) for body in ("a + b", "b + a", "(a, b)[0] + b")]
    world = make_world([ADD.format("5"), opinions], scores={"A": 0.0})
    proposal = run(world)[-1].proposal
    assert b"return a + b" in proposal.best.changes[0].new
    verdicts = [each.verdict for each in proposal.candidates]
    assert verdicts == [Verdict.VERIFIED] * 3 + [Verdict.TESTS_PASS]
    assert "another candidate passes too: add(" in proposal.candidates[3].evidence[-1].detail


@pytest.mark.parametrize("other", ["a * b", "5 if a else 0"])
def test_opinions_that_fail_or_never_agree_come_to_an_end(make_world, other) -> None:
    replies = [ADD.format("a + b"), *[ADD.format(other)] * MOST_OPINIONS]
    world = make_world(replies, scores={"A": 0.0})
    run(world)
    assert len(world.engine.requests) <= 1 + MOST_OPINIONS


def test_second_opinions_are_about_the_proved_target_only(make_world) -> None:
    """Also where the tests call the other target with literals, so that it could be compared."""
    code = f"{CALC}\n\ndef less(a, b):\n    return b - a\n"
    tests = "import unittest\nfrom calc import add, less\n\n\nclass T(unittest.TestCase):\n"
    tests += "    def test_add(self):\n        self.assertEqual(add(2, 3), sum((2, 3)))\n\n"
    tests += "    def test_less(self):\n        self.assertEqual(less(2, 3), 1)\n"

    def script(request):
        return ADD.format("0" if hides_the_body(request) else "a + b")

    files = {"calc.py": code, "test_calc.py": tests}
    world = make_world(script, files=files, scores={"A": 0.0})
    events = run(world)
    opinions = [each for each in world.engine.requests if hides_the_body(each)]
    assert 0 < sum(len(each.samplings) for each in opinions) <= MOST_OPINIONS
    assert all("def add" in each.opening for each in world.engine.requests)
    places = {each.detail for each in events if isinstance(each, PhaseStarted)}
    assert "calc.py::less" not in places


def test_without_a_check_one_usable_candidate_is_enough(make_world) -> None:
    world = make_world([ADD.format("a + b")])
    pasted = f'  File "{world.root}/calc.py", line 6, in add\n    return a - b\nTypeError: no\n'
    request = TaskRequest(
        "",
        (Selected("calc.py"),),
        candidates=1,
        pasted=f"Traceback (most recent call last):\n{pasted}",
    )
    proposal = list(fix(world.workspace, request, Cancel()))[-1].proposal
    assert len(proposal.candidates) == len(world.engine.requests) == 1


def test_a_described_error_that_no_test_covers_is_not_repaired_by_rewording(make_world) -> None:
    reworded, other = ADD.format("-(b - a)"), ADD.format("abs(a - b)")
    passing = "import unittest\nfrom calc import add\n\n\nclass T(unittest.TestCase):\n"
    passing += "    def test_add(self):\n        self.assertEqual(add(3, 2), 1)\n"
    world = make_world([[reworded], [other]], files={"calc.py": CALC, "test_calc.py": passing})
    request = TaskRequest("`add` is never negative", (Selected("calc.py"),), 1, check=CHECK)
    proposal = list(fix(world.workspace, request, Cancel()))[-1].proposal
    assert [each.found("consensus").rank for each in proposal.candidates] == [-1, 0]
    assert b"abs(a - b)" in proposal.best.changes[0].new
    assert proposal.best.verdict is Verdict.TESTS_PASS


def test_without_a_failing_test_one_that_calls_the_unit_shows_what_is_expected(make_world) -> None:
    world = make_world([ADD.format("a - b"), ADD.format("a + b")], scores={"A": 0.0})
    pasted = f'  File "{world.root}/calc.py", line 6, in add\n    return a - b\nTypeError: no\n'
    pasted = f"Traceback (most recent call last):\n{pasted}"
    request = TaskRequest("", (Selected("calc.py"),), candidates=1, pasted=pasted)
    proposal = list(fix(world.workspace, request, Cancel()))[-1].proposal
    assert b"a + b" in proposal.best.changes[0].new
    assert "assertEqual(add(2, 3), sum((2, 3)))" in world.engine.requests[1].messages[-1].content


class Clocked:
    """A runner whose first run times out, and that records the time limits."""

    isolates = False

    def __init__(self) -> None:
        self.timeouts: list[float] = []

    def run(self, command, overlay, cancel, *, timeout):
        self.timeouts.append(timeout)
        first = len(self.timeouts) == 1
        return CommandResult(command.argv, -9 if first else 0, "", timeout, timed_out=first)


def test_after_a_check_that_hangs_candidates_get_less_time(make_world) -> None:
    world = make_world(lambda request: ADD.format("a + b"), scores={"A": 0.0})
    runner = Clocked()
    request = TaskRequest("", (Selected("calc.py"),), candidates=1, check=CHECK)
    list(fix(replace(world.workspace, runner=runner), request, Cancel()))
    assert runner.timeouts[:2] == [HANG_SECONDS, UNHUNG_SECONDS]


def _ran(seconds: float, *, hung: bool = False) -> CommandResult:
    return CommandResult(("check",), -9 if hung else 1, "", seconds, timed_out=hung)


@pytest.mark.parametrize(
    ("before", "then", "limits"),
    [
        (_ran(60, hung=True), [_ran(20, hung=True)] * 2, [20, 8, 8]),
        (_ran(60, hung=True), [_ran(20, hung=True), _ran(2), _ran(9, hung=True)], [20, 8, 15, 15]),
        (_ran(1), [_ran(10, hung=True), _ran(0.1)], [10, 10, 10]),
        (_ran(90), [], [120]),
    ],
)
def test_candidates_that_hang_get_less_and_less_time(before, then, limits) -> None:
    patience = Patience.after(before)
    given = [patience.seconds]
    for result in then:
        patience.learn(result)
        given.append(patience.seconds)
    assert given == limits


def test_candidates_are_not_compared_where_the_check_only_reads_the_code(
    make_world, monkeypatch
) -> None:
    monkeypatch.setattr("assistant.solving.questions.probe", None)
    world = make_world([ADD.format("a + b")], scores={"A": 0.0})
    check = parse_command("grep -q 'a + b' calc.py")
    request = TaskRequest("", (Selected("calc.py"),), candidates=1, check=check)
    best = list(fix(world.workspace, request, Cancel()))[-1].proposal.best
    assert best.passes
    assert best.verdict is Verdict.NOT_TESTED
