"""A passing check counts only where it runs what a candidate changes."""

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Verdict
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.request import TaskRequest
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
