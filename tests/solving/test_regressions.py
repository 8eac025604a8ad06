"""A fix is verified only where the tests around the failing one stay green."""

from dataclasses import replace

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Status, Verdict
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.events import CheckFinished
from assistant.solving.judges import regressions
from assistant.solving.request import TaskRequest
from assistant.tasks.fix import fix
from tests.worlds import CALC

ADD = 'def add(a, b):\n    """The sum."""\n    return {}\n'
LAZY, RIGHT = ADD.format("len((a, b)) + 3"), ADD.format("b + a")
"""One gives what the failing test wants and nothing else; the other is right."""

HEAD = "import unittest\n\nimport calc\n\n\nclass AddTest(unittest.TestCase):\n"
FAILING = "    def test_add(self):\n        self.assertEqual(calc.add(2, 3), sum((2, 3)))\n"
ZERO = "\n    def test_zero(self):\n        self.assertEqual(calc.add(int(), int()), int())\n"
BROKEN = "\n    def test_old(self):\n        self.assertEqual(calc.add(int(), int()), 'no')\n"
OTHER = HEAD + ZERO
INDIRECT = HEAD.replace("import calc", "import pick") + (
    "\n    def test_pick(self):\n        self.assertEqual(pick.it()(int(), int()), int())\n"
)
PICK = "import calc\n\n\ndef it():\n    return getattr(calc, 'ad' + 'd')\n"
CHECK = "python -m unittest test_calc.AddTest.test_add"


def fixed(make_world, files: dict[str, str], *, check: str = CHECK, answers=(LAZY, RIGHT)):
    left = list(answers)
    world = make_world(
        lambda request: [left.pop(0) if left else RIGHT for _ in request.samplings],
        files={"calc.py": CALC, **files},
        scores={"A": 0.0},
    )
    request = TaskRequest("", (Selected("calc.py"),), candidates=2, check=parse_command(check))
    workspace = replace(world.workspace, without=("infill",))
    events = list(fix(workspace, request, Cancel()))
    return events, {each.id: each for each in events[-1].proposal.candidates}


@pytest.mark.parametrize(
    ("files", "check", "what"),
    [
        ({"test_calc.py": HEAD + FAILING + ZERO}, CHECK, "the rest of its file"),
        (
            {"test_calc.py": HEAD + FAILING + ZERO + BROKEN},
            "python -m unittest -k test_add test_calc",
            "the rest of its file",
        ),
        (
            {"test_calc.py": HEAD + FAILING, "test_more.py": OTHER},
            "python -m unittest test_calc",
            "test_more.py",
        ),
        (
            {"test_calc.py": HEAD + FAILING, "test_more.py": OTHER},
            "python -m pytest -q test_calc.py::AddTest::test_add",
            "the rest of its file and test_more.py",
        ),
    ],
    ids=["its file", "failures of before do not count", "another file", "pytest"],
)
def test_what_breaks_other_tests_has_failed_and_the_search_goes_on(
    make_world, files, check, what
) -> None:
    events, candidates = fixed(make_world, files, check=check)
    best = events[-1].proposal.best
    assert b"b + a" in best.changes[0].new
    assert best.verdict is Verdict.VERIFIED
    found = best.found("regressions")
    assert found is not None
    assert found.detail == f"nothing breaks in {what}"
    lazy = candidates[1].found("regressions")
    assert candidates[1].verdict is Verdict.FAILED
    assert lazy is not None
    assert "test_zero" in lazy.detail
    assert "test_old" not in lazy.detail


def test_all_tests_decide_last_and_the_next_candidate_moves_up(make_world) -> None:
    files = {"test_calc.py": HEAD + FAILING, "pick.py": PICK, "test_pick.py": INDIRECT}
    check = "python -m unittest test_calc"
    events, _ = fixed(make_world, files, check=check, answers=(LAZY, RIGHT, LAZY, LAZY))
    best = events[-1].proposal.best
    ran = [e.check for e in events if isinstance(e, CheckFinished) and e.check.judge == "all tests"]
    assert [each.status for each in ran][:1] == [Status.FAILED]
    assert "test_pick" in ran[0].detail
    assert best.verdict is not Verdict.VERIFIED or b"b + a" in best.changes[0].new


def test_what_cannot_be_run_to_its_end_is_not_verified(make_world, monkeypatch) -> None:
    monkeypatch.setattr(regressions, "FILE_SECONDS", 0.0)
    events, _ = fixed(make_world, {"test_calc.py": HEAD + FAILING + ZERO}, answers=(RIGHT,))
    best = events[-1].proposal.best
    found = best.found("regressions")
    assert best.verdict is Verdict.TESTS_PASS
    assert found is not None
    assert found.status is Status.DISPUTED
    assert "the rest of its file takes longer" in found.detail


def test_a_check_that_runs_everything_needs_no_wider_one(make_world) -> None:
    files = {"test_calc.py": HEAD + FAILING + ZERO}
    events, _ = fixed(make_world, files, check="python -m unittest", answers=(RIGHT,))
    best = events[-1].proposal.best
    assert best.verdict is Verdict.VERIFIED
    assert best.found("regressions") is None
    assert best.found("all tests") is None


NOTHING = ADD.format("None")
SKIPPING = (
    HEAD.replace("class", "@unittest.skipIf(calc.add(int(), int()) is None, 'no sum')\nclass")
    + FAILING
)
OTHERS = "\n\ndef test_others():\n    assert calc.mean([2, 4]) == sum([3])\n"


@pytest.mark.parametrize(
    ("tests", "check"),
    [
        (SKIPPING, "python -m unittest test_calc"),
        (SKIPPING + OTHERS, "python -m pytest -q test_calc.py"),
    ],
    ids=["alone", "among others"],
)
def test_what_has_the_failing_test_skipped_does_not_pass(make_world, tests, check) -> None:
    events, candidates = fixed(
        make_world, {"test_calc.py": tests}, check=check, answers=(NOTHING, RIGHT)
    )
    assert b"b + a" in events[-1].proposal.best.changes[0].new
    skipping = next(each for each in candidates.values() if b"None" in each.changes[0].new)
    found = skipping.found("tests")
    assert found is not None
    assert found.detail == "passes now, but tests that ran before are skipped or gone"
    assert (skipping.verdict, skipping.passes) == (Verdict.FAILED, False)


def test_nothing_runs_again_where_the_check_has_run_every_test(make_world) -> None:
    files = {"test_calc.py": HEAD + FAILING}
    events, _ = fixed(make_world, files, check="python -m pytest -q -x test_calc.py")
    best = events[-1].proposal.best
    assert best.verdict is Verdict.VERIFIED
    assert best.found("regressions") is None
    assert best.found("all tests") is None
