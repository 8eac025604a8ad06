"""Inputs for comparing candidates come from the calls that tests make, where none are literals."""

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import CommandResult
from assistant.checks.runner import CheckRunner
from assistant.checks.sandbox import detect, isolates
from assistant.context.bundle import Context, ContextFile
from assistant.engine.base import Cancel
from assistant.intent.values import Intent
from assistant.repo.parsing import units_of
from assistant.solving.baseline import Baseline, Patience
from assistant.solving.judges.consensus import groups
from assistant.solving.observing import observed_inputs
from assistant.solving.pool import Pool
from assistant.solving.request import TaskRequest
from assistant.solving.state import Briefing, Job, State
from assistant.solving.values import Budget, Target

CODE = "def add(a, b):\n    return a - b\n"
TESTS = """\
import pytest

from calc import add


@pytest.mark.parametrize(("one", "other", "total"), [(2, 3, 5), (1, 1, 2)])
def test_add(one, other, total):
    assert add(one, other) == total
"""
FILES = {"calc.py": CODE, "test_calc.py": TESTS, "pytest.ini": "[pytest]\n"}

pytestmark = pytest.mark.skipif(not isolates(detect()), reason="no full sandbox on this machine")


def state_of(world, *, check: str = "", tests: bool = False) -> State:
    """A fix with a check, or an edit without one."""
    workspace, cancel = world.workspace, Cancel()
    baseline = None
    if check:
        command = parse_command(check)
        failing = CommandResult(command.argv, 1, "", 0.1)
        baseline = Baseline(command, failing, Patience.after(failing))
    job = Job(
        workspace,
        TaskRequest("Fix add", tests=tests),
        Context((), "", 0, 0, 100),
        Intent("Fix add"),
        Budget(100.0, cancel),
        cancel,
        baseline,
        Briefing("") if check else None,
    )
    units = units_of(workspace.repository.text("calc.py"))
    target = Target(ContextFile("calc.py", CODE, units, 10), units[0])
    return State(job, (target,), target, Pool(("consensus",)), Cancel(cancel))


@pytest.mark.parametrize(
    "consent", [{"check": "python -m pytest -q test_calc.py"}, {"tests": True}]
)
def test_parametrized_tests_give_inputs(make_world, monkeypatch, consent) -> None:
    """From the check, or from the tests that cover the target. They run once."""
    state = state_of(make_world([], files=FILES), **consent)
    assert observed_inputs(state, "calc.py", "add") == ((2, 3), (1, 1))
    monkeypatch.setattr(CheckRunner, "run", lambda *args, **more: 1 / 0)
    assert observed_inputs(state, "calc.py", "add") == ((2, 3), (1, 1))


def test_without_consent_nothing_runs(make_world, monkeypatch) -> None:
    state = state_of(make_world([], files=FILES))
    monkeypatch.setattr(CheckRunner, "run", lambda *args, **more: 1 / 0)
    assert observed_inputs(state, "calc.py", "add") == ()


def test_candidates_are_compared_on_them(make_world) -> None:
    state = state_of(make_world([], files=FILES), check="python -m pytest -q test_calc.py")
    assert groups(state) == ()
    question = state.memory.questions[state.target.label]
    assert question is not None
    assert question.inputs[:2] == ((2, 3), (1, 1))
    assert len(question.inputs) > 2
