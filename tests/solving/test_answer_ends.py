"""An answer ends where its code ends, not at the first fence."""

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.engine.scripted import Answer
from assistant.solving.events import ProposalReady
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit
from tests.worlds import CALC

REQUEST = TaskRequest("Document add", (Selected("calc.py"),), candidates=1)
FENCED = CALC.replace('"""The sum."""', '"""The sum.\n\n```\nadd(1, 2)\n```\n"""')


def proposed(world) -> bytes | None:
    events = list(edit(world.workspace, REQUEST, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    return events[-1].proposal.best.changes[0].new


def test_a_fence_in_a_docstring_does_not_cut_the_answer(make_world) -> None:
    first, second, third = FENCED.split("\n```")
    world = make_world([f"{first}\n```", f"{second}\n```", third])
    assert proposed(world) == FENCED.encode()


def test_prose_after_the_code_is_no_part_of_it(make_world) -> None:
    right = CALC.replace("The sum.", "The sum of two.")
    world = make_world([Answer(f"{right}\nThis function now says more.\n", reason="length")])
    assert proposed(world) == right.encode()
