"""An answer ends where its code ends, not at the first fence."""

import pytest

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.engine.scripted import Answer
from assistant.errors import ProposalError
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


STACK = "class Stack:\n    def push(self, item):\n        self.items.append(item)\n"


@pytest.mark.parametrize(
    "answer",
    [
        "class Stack:\n    def peek(self):\n        return 1\n\n    def push(self, item):\n"
        "        self.items.append(item)\n        self.",
        "def peek(self):\n    return 1\n\ndef size(self):\n    n = len(self.items)\n    return",
    ],
    ids=["a class", "members"],
)
def test_of_an_insertion_that_is_cut_what_is_complete_counts(make_world, answer) -> None:
    """The member in which it was cut does not, even where its beginning would parse."""
    world = make_world([Answer(answer, reason="length")], files={"a.py": STACK})
    request = TaskRequest("Add a method peek to Stack", (Selected("a.py"),), candidates=1)
    events = list(edit(world.workspace, request, Cancel()))
    new = events[-1].proposal.best.changes[0].new.decode()
    assert new == f"{STACK}\n    def peek(self):\n        return 1\n"


def test_an_insertion_that_is_cut_in_its_only_member_is_none(make_world) -> None:
    cut = Answer("def peek(self):\n    first = 1\n    second =", reason="length")
    world = make_world([cut], files={"a.py": STACK})
    request = TaskRequest("Add a method peek to Stack", (Selected("a.py"),), candidates=1)
    with pytest.raises(ProposalError, match="cut at the token limit"):
        list(edit(world.workspace, request, Cancel()))
