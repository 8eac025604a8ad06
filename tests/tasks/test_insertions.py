"""Insertions by one plain sentence, in eight languages: nothing else in the file changes."""

import pytest

from assistant.checks.results import Status
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.events import ProposalReady, Step, UnitsChosen, Verb
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit
from tests.tasks.insertion_cases import CASES
from tests.tasks.insertion_samples import PYTHON


@pytest.mark.parametrize("fence", ["", "```\n"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_added_is_there_and_nothing_else_changed(make_world, case, fence) -> None:
    answer = f"{case.answer}{fence}"
    world = make_world([[answer] * 3] * 3, files={case.path: case.text})
    request = TaskRequest(case.task, (Selected(case.path),), candidates=1)
    events = list(edit(world.workspace, request, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    best = events[-1].proposal.best
    text = case.text.replace(*case.replaced) if case.replaced[0] else case.text
    before, middle, behind = text.partition(case.after) if case.new else ("", "", text)
    expected = f"{before}{middle}{case.new}{behind}"
    assert (best.changes[0].new or b"").decode() == expected
    assert best.found("requested") is None


def test_a_candidate_without_what_is_asked_for_fails(make_world) -> None:
    world = make_world([["def other(self):\n    return 1\n"] * 3] * 3, files={"a.py": PYTHON})
    task = "Add a method peek() to the class Stack"
    events = list(edit(world.workspace, TaskRequest(task, (Selected("a.py"),)), Cancel()))
    found = events[-1].proposal.best.found("requested")
    assert found.status is Status.FAILED
    assert "peek" in found.detail


def test_a_step_for_a_unit_that_does_not_exist_yet_inserts_it(make_world) -> None:
    world = make_world([["def peek(self):\n    return 1\n"] * 3] * 3, files={"a.py": PYTHON})
    step = Step(1, Verb.EDIT, "a.py", "Stack.peek", "Add a method peek for the top")
    request = TaskRequest("Stacks", (Selected("a.py"),), step=step)
    events = list(edit(world.workspace, request, Cancel()))
    new = events[-1].proposal.best.changes[0].new.decode()
    added = "\n    def peek(self):\n        return 1\n"
    after = "        return self.items.pop()\n"
    assert new == PYTHON.replace(after, after + added)


def test_a_file_of_one_function_is_rewritten_whole_as_ever(make_world) -> None:
    text = "def add(a, b):\n    return a + b\n"
    world = make_world(
        [[f"{text}\n\ndef double(a):\n    return a * 2\n"] * 3] * 3, files={"a.py": text}
    )
    request = TaskRequest("Add a function double(a)", (Selected("a.py"),))
    events = list(edit(world.workspace, request, Cancel()))
    assert next(e.labels for e in events if isinstance(e, UnitsChosen)) == ("a.py",)
    prompt = world.engine.requests[0].messages[-1].content
    assert "Write the code to add" not in prompt


def test_a_definition_that_nothing_uses_is_removed_without_the_model(make_world) -> None:
    world = make_world([], files={"a.py": PYTHON})
    request = TaskRequest("Remove the method pop()", (Selected("a.py"),))
    best = list(edit(world.workspace, request, Cancel()))[-1].proposal.best
    gone = "\n    def pop(self):\n        return self.items.pop()\n"
    assert best.changes[0].new.decode() == PYTHON.replace(gone, "")
