"""Tests that the model writes for itself: when, what they rank, and that they prove nothing."""

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Status, Verdict
from assistant.checks.sandbox import detect, isolates
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.tasks.edit import edit
from assistant.tasks.events import PhaseStarted, ProposalReady
from assistant.tasks.own_tests import ANSWERS
from assistant.tasks.request import TaskRequest

STUB = "def half(n):\n    pass\n"
RIGHT = "def half(n):\n    return n / 2\n"
WRONG = "def half(n):\n    return n * 2\n"
BROKEN = "def half(n):\n    return n.half\n"
TESTS = "4) == 2\nassert half(6) == 3\nassert half(0) == 0\nassert half(1) == 7"
FILES = {"calc.py": STUB}
SELECTION = (Selected("calc.py"),)
TASK = "Implement half"


@pytest.fixture
def sandbox() -> None:
    if not isolates(detect()):
        pytest.skip("no full sandbox on this machine")


def run(world, **options):
    request = TaskRequest(TASK, SELECTION, **{"own_tests": True} | options)
    events = list(edit(world.workspace, request, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    return events[-1].proposal, events


@pytest.mark.usefixtures("sandbox")
def test_the_answer_that_does_most_of_what_was_expected_is_shown_first(make_world) -> None:
    """Against answers that agree with each other, the greedy one among them."""
    answers = [WRONG, WRONG, BROKEN, RIGHT]
    world = make_world([[TESTS, TESTS], answers], files=FILES)
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == RIGHT.encode()
    assert proposal.best.tried == (True, True, True, False)
    tests, writing = world.engine.requests
    assert tests.opening == "```python\nassert half("
    assert tests.messages[0] == writing.messages[0]
    assert len(writing.samplings) == ANSWERS
    assert tests.all_wanted
    assert writing.all_wanted
    said = proposal.best.checks[-1]
    assert (said.name, said.status, said.detail) == (
        "own tests",
        Status.HINT,
        "passes 3 of 4 tests that the model wrote for itself",
    )


@pytest.mark.usefixtures("sandbox")
def test_what_the_model_wrote_proves_nothing(make_world) -> None:
    world = make_world([["4) == 2", "4) == 2"], [RIGHT] * ANSWERS], files=FILES)
    proposal, _ = run(world)
    assert all(proposal.best.tried)
    assert proposal.best.verdict is Verdict.PARTLY


@pytest.mark.usefixtures("sandbox")
def test_answers_that_do_the_same_end_the_drawing(make_world) -> None:
    same = "def half(n):\n    return n / 2.0\n"
    answers = [RIGHT, same, RIGHT, WRONG]
    world = make_world([[TESTS, TESTS], answers], files=FILES)
    proposal, _ = run(world)
    assert sum(candidate.votes for candidate in proposal.candidates) == 3


@pytest.mark.usefixtures("sandbox")
def test_tests_that_cannot_be_read_leave_everything_as_it_was(make_world) -> None:
    world = make_world([["4", "nonsense ("], [RIGHT, RIGHT, WRONG]], files=FILES)
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == RIGHT.encode()
    assert proposal.best.tried == ()
    assert len(world.engine.requests[1].samplings) == 3


@pytest.mark.parametrize(
    ("files", "options"),
    [
        pytest.param(FILES, {"own_tests": False}, id="no consent"),
        pytest.param({"calc.py": WRONG}, {}, id="code that is written"),
        pytest.param(FILES, {"candidates": 1}, id="nothing to rank"),
        pytest.param(
            FILES, {"check": parse_command("python -c 'import calc'")}, id="a check is there"
        ),
    ],
)
def test_where_they_cannot_help_none_are_written(make_world, files, options) -> None:
    world = make_world([[RIGHT] * 3], files=files)
    proposal, _ = run(world, **options)
    assert proposal.best.changes[0].new == RIGHT.encode()
    assert "assert" not in world.engine.requests[0].opening


def test_without_a_full_sandbox_nothing_runs(make_world) -> None:
    """Limits alone would let the answers read and change files."""
    world = make_world([[RIGHT] * 3], files=FILES)
    world.workspace.runner._confinement = "limits only"
    proposal, events = run(world)
    assert proposal.best.tried == ()
    phases = [event.phase.value for event in events if isinstance(event, PhaseStarted)]
    assert "writing tests" not in phases
