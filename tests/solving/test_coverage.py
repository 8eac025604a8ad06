"""A passing check counts only where it runs what a candidate changes."""

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import CommandResult, Verdict
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.proposal.changes import Change
from assistant.solving.baseline import Baseline, Patience
from assistant.solving.coverage import Coverage
from assistant.solving.request import TaskRequest
from assistant.solving.values import Candidate
from assistant.tasks.edit import edit
from tests.worlds import CALC, TEST_CALC

RIGHT = CALC.replace("a - b", "a + b")
MEAN = RIGHT.replace("sum(values)", "sum(list(values))")
ADD = RIGHT.replace("a + b", "b + a")
CONSTANT = RIGHT.replace('"""Sums."""', '"""Sums."""\n\nLIMIT = 3')
MORE = RIGHT + "\n\ndef total(values):\n    return sum(values)\n"
UNITTEST = "python -m unittest -q"
EMPTY = "import unittest\n"


@pytest.mark.parametrize(
    ("answer", "command", "tests", "verdict", "said"),
    [
        (ADD, UNITTEST, TEST_CALC, Verdict.TESTS_PASS, "passes now, as before"),
        (MEAN, UNITTEST, TEST_CALC, Verdict.NOT_TESTED, "runs none of the changed code"),
        (MORE, UNITTEST, TEST_CALC, Verdict.NOT_TESTED, "runs none of the changed code"),
        (CONSTANT, UNITTEST, TEST_CALC, Verdict.TESTS_PASS, "passes now, as before"),
        (
            ADD,
            "python -m py_compile calc.py",
            TEST_CALC,
            Verdict.NOT_TESTED,
            "shows no test that passes",
        ),
        (
            ADD,
            "python -c \"print('Ran 0 tests in 0s')\"",
            EMPTY,
            Verdict.NOT_TESTED,
            "shows no test that passes",
        ),
    ],
)
def test_tests_pass_only_where_they_run_the_change(
    make_world, answer, command, tests, verdict, said
) -> None:
    world = make_world(
        lambda request: [answer] * len(request.samplings),
        files={"calc.py": RIGHT, "test_calc.py": tests},
    )
    if not world.workspace.runner.isolates:
        pytest.skip("no full sandbox on this machine")
    check = parse_command(command)
    request = TaskRequest("Change it", (Selected("calc.py"),), candidates=1, check=check)
    best = list(edit(world.workspace, request, Cancel()))[-1].proposal.best
    found = best.found("tests")
    assert best.verdict is verdict
    assert found is not None
    assert said in found.detail


TESTED = Change("test_calc.py", TEST_CALC.encode(), TEST_CALC.upper().encode())
NEW_TEST = Change("tests/test_fresh.py", None, b"")
README = Change("docs/index.md", b"a\n", b"b\n")
FRESH = Change("pkg/fresh.py", None, b"X = 1\n")
OUTSIDE = Change("calc.py", RIGHT.encode(), CONSTANT.encode())


@pytest.mark.parametrize(
    ("changes", "misses"),
    [
        ((README,), True),
        ((Change("CHANGES", b"", b"b"),), True),
        ((FRESH,), True),
        ((FRESH, README), True),
        ((FRESH, NEW_TEST), False),
        ((FRESH, OUTSIDE), False),
        ((TESTED,), False),
        ((Change("data.json", b"1", b"2"),), False),
    ],
)
def test_documents_and_new_files_are_not_run(make_world, monkeypatch, changes, misses) -> None:
    """Known without running the check."""
    world = make_world([])
    monkeypatch.setattr(type(world.workspace.runner), "run", lambda *args, **more: 1 / 0)
    before = CommandResult(("python",), 0, "", 1.0)
    baseline = Baseline(parse_command(UNITTEST), before, Patience.after(before))
    coverage = Coverage(world.workspace, baseline, Cancel())
    assert coverage.misses(Candidate(1, changes)) is misses
