"""Unwritten code: continued as a file of its repository first, then asked for."""

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Verdict
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.events import CandidateStarted, ProposalReady
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

STUB = "def half(n):\n    pass\n"
RIGHT = "def half(n):\n    return n / 2\n"
WRONG = "def half(n):\n    return n * 2\n"
BODY, WRONG_BODY = "    return n / 2\n", "    return n * 2\n"
FILES = {"calc.py": STUB, "NOTES.md": "half(4) is 2.\n"}
SELECTION = (Selected("calc.py"), Selected("NOTES.md"))
TASK = "Implement half"


def run(world, **options):
    events = list(edit(world.workspace, TaskRequest(TASK, SELECTION, **options), Cancel()))
    assert isinstance(events[-1], ProposalReady)
    return events[-1].proposal, events


def test_the_model_continues_the_file(make_world) -> None:
    world = make_world([[BODY]], files=FILES, can_continue=True)
    proposal, _ = run(world, candidates=1)
    assert proposal.best.changes[0].new == RIGHT.encode()
    assert proposal.best.from_words
    (asked,) = world.engine.requests
    assert asked.messages == ()
    paths = [file.path for file in asked.files]
    assert paths == ["NOTES.md", "TASK.md", "calc.py"]
    assert asked.opening == "def half(n):\n"


def test_without_a_judge_the_continuation_is_enough(make_world) -> None:
    """The first draft stays first, even when the others agree on something else."""
    world = make_world([[BODY, WRONG_BODY, WRONG_BODY]], files=FILES, can_continue=True)
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == RIGHT.encode()
    assert len(world.engine.requests) == 1


def test_when_no_continuation_is_usable_the_model_is_asked(make_world) -> None:
    world = make_world([["    pass\n"] * 3, [RIGHT] * 3], files=FILES, can_continue=True)
    proposal, events = run(world)
    assert proposal.best.changes[0].new == RIGHT.encode()
    _, asked = world.engine.requests
    assert asked.files == ()
    assert "Implement half" in asked.messages[-1].content
    ids = [event.candidate for event in events if isinstance(event, CandidateStarted)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_a_failing_check_wants_drafts_of_both_prompts(make_world) -> None:
    files = FILES | {"test_calc.py": "from calc import half\n\nassert half(4) == 2\n"}
    script = [[WRONG_BODY, WRONG_BODY], [RIGHT, WRONG]]
    world = make_world(script, files=files, can_continue=True)
    proposal, _ = run(world, candidates=2, check=parse_command("python test_calc.py"))
    assert proposal.best.verdict is Verdict.VERIFIED
    assert proposal.best.changes[0].new == RIGHT.encode()


@pytest.mark.parametrize(
    ("files", "able"),
    [
        pytest.param(FILES, False, id="a model without file tokens"),
        pytest.param(FILES | {"calc.py": WRONG}, True, id="code with a body"),
        pytest.param(FILES | {"NOTES.md": "word " * 3000}, True, id="a long context"),
    ],
)
def test_otherwise_the_model_is_asked(make_world, files, able) -> None:
    world = make_world([[RIGHT]], files=files, can_continue=able)
    run(world, candidates=1)
    assert [request.files for request in world.engine.requests] == [()]
