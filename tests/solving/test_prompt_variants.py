"""What is tried when the model only repeats the code that it should change."""

import pytest

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.settings import Settings
from assistant.solving.events import ProposalReady
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit
from tests.worlds import CALC

RIGHT = CALC.replace("a - b", "a + b")
OTHER = CALC.replace("a - b", "b + a")
SELECTION = (Selected("calc.py"),)


def the_proposal(events):
    assert isinstance(events[-1], ProposalReady)
    return events[-1].proposal


THOUGHT = "It must add, so the minus becomes a plus."


def test_prompt_variants_are_drawn_when_the_model_only_copies(make_world) -> None:
    world = make_world([[CALC, CALC, CALC], THOUGHT, CALC, RIGHT])
    request = TaskRequest("Correct add", SELECTION, candidates=3)
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    assert proposal.best.changes[0].new == RIGHT.encode()
    usual, thinks, reasoned, alone = world.engine.requests
    assert "First say" in thinks.messages[-1].content
    assert thinks.opening == ""
    assert reasoned.opening == f"{THOUGHT}\n\n```python\n"
    assert thinks.messages[0] == usual.messages[0], "the prefix of the prompt is not read again"
    assert "Code Before" in alone.messages[-1].content
    assert CALC.strip() in alone.messages[-1].content
    # The reasoning and the code after it are one candidate.
    assert [each.id for each in proposal.attempts] == list(range(1, len(proposal.attempts) + 1))


@pytest.mark.parametrize(("task", "hidden"), [("`add` is wrong", True), ("Speed `add` up", False)])
def test_the_body_is_hidden_only_when_the_task_calls_it_wrong(make_world, task, hidden) -> None:
    body = "    return a + b"
    copy = 'def add(a, b):\n    """The sum."""\n    return a - b\n'
    world = make_world([copy, body, copy.replace("-", "+")])
    request = TaskRequest(task, SELECTION, candidates=1)
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    assert ("a - b" not in world.engine.requests[1].messages[-1].content) is hidden
    assert proposal.best.changes[0].new == RIGHT.encode()


def test_invisible_white_space_is_not_a_change(make_world) -> None:
    """The file ends with a line of blanks, which every draft leaves out."""
    files = {"calc.py": CALC + "    \n"}
    world = make_world([[CALC, CALC, CALC], THOUGHT, CALC, RIGHT], files=files)
    request = TaskRequest("Correct add", SELECTION, candidates=3)
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    assert len(proposal.candidates) == 1
    assert b"a + b" in (proposal.best.changes[0].new or b"")


def test_white_space_that_the_task_asks_for_is_a_change(make_world) -> None:
    files = {"calc.py": CALC.replace("a - b", "a - b  ") + "    \n"}
    world = make_world([[CALC, CALC, CALC], THOUGHT, CALC, CALC, CALC], files=files)
    request = TaskRequest("Remove trailing white space", SELECTION, candidates=3)
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    assert proposal.best.changes[0].new == CALC.encode()


def test_a_variant_that_does_not_fit_the_context_is_skipped(make_world) -> None:
    world = make_world([CALC, RIGHT], settings=Settings(context_tokens=500))
    request = TaskRequest("Correct add", SELECTION, candidates=1)
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    assert proposal.best.changes[0].new == RIGHT.encode()
    assert "Code Before" in world.engine.requests[1].messages[-1].content


def test_the_first_variant_that_works_is_the_last_one_drawn(make_world) -> None:
    world = make_world([CALC, THOUGHT, RIGHT])
    request = TaskRequest("Correct add", SELECTION, candidates=1)
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    assert proposal.best.changes[0].new == RIGHT.encode()


def test_a_copy_after_a_usable_draft_is_only_discarded(make_world) -> None:
    world = make_world([[RIGHT, CALC, OTHER]])
    request = TaskRequest("Correct add", SELECTION, candidates=3)
    assert len(the_proposal(list(edit(world.workspace, request, Cancel()))).candidates) == 2
