"""Insertions that a task asks for: where they go, what the model is asked, what stays."""

import pytest

from assistant.checks.results import Status
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.events import ProposalReady, UnitsChosen
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit
from tests.proposal.test_members import CPP, GO, JAVA, JAVASCRIPT, PYTHON, RUBY, RUST, TYPESCRIPT

ROWS = [
    ("a.py", PYTHON, "def peek(self):\n    return self.items[-1]", "append(item)\n"),
    ("a.ts", TYPESCRIPT, "peek(): T {\n  return this.#items[0];\n}", "push(item);\n  }\n"),
    ("a.js", JAVASCRIPT, "peek() {\n\treturn 1;\n}", "push(item);\n\t}\n"),
    ("a.go", GO, "func (s *Stack) peek() int {\n\treturn 1\n}", "append(s.items, x)\n}\n"),
    ("a.rs", RUST, "pub fn peek(&self) -> i32 {\n    1\n}", "self.items.push(x);\n    }\n"),
    ("A.java", JAVA, "public int peek() {\n  return size;\n}", "size++;\n  }\n"),
    ("a.cpp", CPP, "int peek() const {\n  return 1;\n}", "push_back(x);\n  }\n"),
    ("a.rb", RUBY, "def peek\n  @items.last\nend", "@items << item\n    end\n"),
]
FUNCTIONS = [f"def f{n}():\n    return {n}\n" for n in range(300)]


def run(world, task, *paths):
    request = TaskRequest(task, tuple(Selected(path) for path in paths), candidates=1)
    events = list(edit(world.workspace, request, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    return events[-1].proposal, chosen.labels


@pytest.mark.parametrize("task", ["Add a method peek to Stack", "add a method peek()"])
@pytest.mark.parametrize(("path", "text", "code", "after"), ROWS)
def test_a_method_is_added_to_its_type_in_every_language(
    make_world, task, path, text, code, after
) -> None:
    world = make_world([[code]], files={path: text})
    proposal, labels = run(world, task, path)
    new = proposal.best.changes[0].new.decode()
    before, seam, rest = text.partition(after)
    assert new.startswith(before + seam + "\n")
    assert new.endswith(rest)
    middle = new[len(before + seam) : len(new) - len(rest)]
    assert [line.strip() for line in middle.split("\n") if line.strip()] == [
        line.strip() for line in code.split("\n")
    ]
    assert labels[0].endswith("Stack")
    assert "`" + labels[0].partition("::")[2] + "`" in world.engine.requests[0].messages[-1].content


def test_a_method_that_exists_is_changed_instead(make_world) -> None:
    text = "\n\n".join([PYTHON, *FUNCTIONS])
    answer = "    def push(self, item):\n        self.items += [item]\n"
    world = make_world([[answer]], files={"a.py": text})
    proposal, labels = run(world, "In Stack, implement the method `push` with +=", "a.py")
    assert labels == ("a.py::Stack.push",)
    assert b"self.items += [item]" in proposal.best.changes[0].new


def test_the_model_chooses_among_several_types(make_world) -> None:
    text = PYTHON.replace("    pass\n", "    def pop(self):\n        return 1\n")
    world = make_world([["def peek(self):\n    return 1"]], files={"a.py": text}, scores={"B": 0.0})
    _, labels = run(world, "Add a method peek()", "a.py")
    assert labels == ("a.py::Queue",)


def test_a_function_goes_after_the_one_that_the_task_names(make_world) -> None:
    text = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"
    world = make_world([["def half():\n    return 0.5"]], files={"a.py": text})
    proposal, _ = run(world, "Add a function half() after one", "a.py")
    half = "def half():\n    return 0.5\n\n\n"
    assert proposal.best.changes[0].new == text.replace("def two", half + "def two").encode()


def test_a_method_goes_after_the_one_that_the_task_names(make_world) -> None:
    text = PYTHON.replace("Queue(Stack):\n    pass", "Queue(Stack):\n    x = 1").replace(
        "append(item)\n", "append(item)\n\n    def pop(self):\n        return 1\n"
    )
    world = make_world([["def peek(self):\n    return 1"]], files={"a.py": text})
    proposal, _ = run(world, "In Stack, add a method peek() after push", "a.py")
    added = "\n    def peek(self):\n        return 1\n"
    expected = text.replace("append(item)\n", f"append(item)\n{added}")
    assert proposal.best.changes[0].new == expected.encode()


def test_a_candidate_without_the_requested_method_ranks_last(make_world) -> None:
    wrong, right = "def look(self):\n    return 1", "def peek(self):\n    return 1"
    world = make_world([[wrong, wrong, right]], files={"a.py": PYTHON})
    request = TaskRequest("Add a method peek() to Stack", (Selected("a.py"),), candidates=3)
    events = list(edit(world.workspace, request, Cancel()))
    proposal = events[-1].proposal
    assert b"def peek" in proposal.best.changes[0].new
    said = proposal.candidates[1].found("requested")
    assert said.detail == "does not add peek, which the task asks for"


@pytest.mark.parametrize(
    ("task", "status"),
    [
        ("Add a parameter `strip` to norm() that is on", Status.FAILED),
        ("Add a strip parameter to norm()", Status.HINT),
    ],
)
def test_a_candidate_without_the_requested_parameter_ranks_last(make_world, task, status) -> None:
    text = "\n\n".join(["def norm(text):\n    return text.lower()\n", *FUNCTIONS])
    wrong = "def norm(text):\n    return text.lower().lower()\n"
    other = "def norm(text):\n    return text.lstrip()\n"
    right = "def norm(text, strip=True):\n    return text.lower()\n"
    world = make_world([[wrong, other, right]], files={"a.py": text})
    request = TaskRequest(task, (Selected("a.py"),), candidates=3)
    events = list(edit(world.workspace, request, Cancel()))
    proposal = events[-1].proposal
    assert b"strip=True" in proposal.best.changes[0].new
    said = proposal.candidates[1].found("requested")
    assert said.status is status
    assert said.detail == "does not add the parameter strip, which the task asks for"


def test_a_type_that_knows_the_name_is_likelier(make_world) -> None:
    """It wins where the model scores all types alike."""
    other = "class {0}:\n    def run(self):\n        return 1\n"
    owner = "class Owner:\n    def __init__(self):\n        self._event_key = 1\n"
    text = "\n\n".join([other.format("First"), owner, other.format("Last")])
    world = make_world(
        [["@property\ndef event_key(self):\n    return self._event_key"]], files={"a.py": text}
    )
    _, labels = run(world, "add an event_key property", "a.py")
    assert labels == ("a.py::Owner",)


def test_a_function_is_added_to_a_longer_file_of_one_function(make_world) -> None:
    lines = "".join(f"    value_{n} = {n} + {n} * {n} - {n}\n" for n in range(60))
    text = f"def only():\n{lines}    return value_1\n"
    world = make_world([["def more():\n    return 1"]], files={"a.py": text})
    proposal, labels = run(world, "Add a function more() that returns 1", "a.py")
    assert labels == ("a.py",)
    assert proposal.best.changes[0].new.decode() == f"{text}\n\ndef more():\n    return 1\n"
