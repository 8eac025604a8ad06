"""Which targets an edit chooses, and how several of them become one change."""

import contextlib
from dataclasses import replace

import pytest

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.engine.scripted import Answer
from assistant.errors import ProposalError
from assistant.proposal.diff import hunks_of
from assistant.solving.events import (
    ProposalReady,
    Step,
    UnitsChosen,
    Verb,
)
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit
from tests.worlds import CALC

SELECTION = (Selected("calc.py"),)


def the_proposal(events):
    (ready,) = (event for event in events if isinstance(event, ProposalReady))
    return ready.proposal


def test_the_model_chooses_among_many_units(make_world) -> None:
    many = "\n\n".join(f"def work_{n}(value):\n" + "    value += 1\n" * 60 for n in range(6))
    answer = "def work_3(value):\n    return value\n"

    def scores(request, labels):
        text = request.messages[-1].content
        wanted = next(
            line[0] for line in text.splitlines() if line[1:3] == ". " and "::work_3" in line
        )
        return [0.0 if label == wanted else -4.0 for label in labels]

    world = make_world([answer], files={"many.py": many}, scores=scores)
    request = TaskRequest("Make it return", (Selected("many.py"),), candidates=1)
    events = list(edit(world.workspace, request, Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels == ("many.py::work_3",)
    assert chosen.considered[0] == "many.py::work_3"
    assert len(chosen.considered) > len(chosen.labels), (
        "it also lists what was weighed and not chosen"
    )
    assert "chosen by the model with 9" in chosen.reasons[0]


def test_a_model_that_does_not_know_leaves_the_choice_to_the_evidence(make_world) -> None:
    many = "\n\n".join(f"def work_{n}(value):\n" + "    value += 1\n" * 60 for n in range(6))
    many += "\n\ndef total_weight(boxes):\n" + "    boxes += 1\n" * 60

    world = make_world(
        ["def total_weight(boxes):\n    return 1\n"],
        files={"many.py": many},
        scores=lambda request, labels: [-1.2 if label == "C" else -2.2 for label in labels],
    )
    request = TaskRequest("Total the weight", (Selected("many.py"),), candidates=1)
    events = list(edit(world.workspace, request, Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels == ("many.py::total_weight",)
    assert "chosen by the model" not in chosen.reasons[0]


def test_a_choice_without_log_probabilities_is_shown_without_a_share(
    make_world, monkeypatch
) -> None:
    many = "\n\n".join(f"def work_{n}(value):\n" + "    value += 1\n" * 60 for n in range(6))
    world = make_world(["def work_0(value):\n    return value\n"], files={"many.py": many})
    untold = replace(world.engine.info(), tells_logprobs=False)
    monkeypatch.setattr(world.engine, "info", lambda: untold)
    request = TaskRequest("Make it return", (Selected("many.py"),), candidates=1)
    events = list(edit(world.workspace, request, Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert "ranked by the model" in chosen.reasons[0]
    assert "%" not in chosen.reasons[0]


MANY = "\n\n".join(f"def work_{n}(value):\n" + "    value += 1\n" * 60 for n in range(6))


def choosing(words):
    def scores(request, labels):
        lines = request.messages[-1].content.splitlines()
        wanted = next(line[0] for line in lines if line[1:3] == ". " and words in line)
        return [0.0 if label == wanted else -4.0 for label in labels]

    return scores


def test_new_code_is_inserted_after_the_last_definition(make_world) -> None:
    text = MANY + "\n\nprint(work_0(1))\n"
    answer = "import math\n\ndef root(value):\n    return math.sqrt(value)\n\nprint(root(4))\n"
    world = make_world([answer], files={"many.py": text}, scores=choosing("not there yet"))
    request = TaskRequest("Add a square root", (Selected("many.py"),), candidates=1)
    change = the_proposal(list(edit(world.workspace, request, Cancel()))).best.changes[0]
    new = change.new.decode()
    assert new.startswith("import math\n")
    assert new.index("def work_5") < new.index("def root") < new.index("print(work_0(1))")
    assert "print(root(4))" not in new


def test_a_step_on_a_large_file_chooses_a_unit_of_it(make_world) -> None:
    files = {"many.py": MANY, "other.py": "def other():\n    return 1\n"}
    answer = "def work_3(value):\n    return value\n"
    world = make_world([answer], files=files, scores=choosing("::work_3"))
    step = Step(1, Verb.EDIT, "many.py", "", "Return the value.")
    selection = (Selected("other.py"), Selected("many.py"))
    request = TaskRequest("Make it return", selection, candidates=1, step=step)
    events = list(edit(world.workspace, request, Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels == ("many.py::work_3",)


@pytest.mark.parametrize("task", ["Let `mean` be robust", "mean() must be robust"])
def test_only_units_that_the_task_names_are_rewritten(make_world, task) -> None:
    world = make_world(["def mean(values):\n    return sum(values) / max(len(values), 1)\n"])
    request = TaskRequest(task, SELECTION, candidates=1)
    events = list(edit(world.workspace, request, Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels == ("calc.py::mean",)
    assert b"max(len(values), 1)" in the_proposal(events).best.changes[0].new


def test_two_named_units_are_changed_in_one_proposal(make_world) -> None:
    add = "def add(a, b):\n    return a + b\n"
    mean = "def mean(values):\n    return sum(values) / max(len(values), 1)\n"
    files = {"calc.py": CALC + "\n\ndef third():\n    return 3\n"}
    world = make_world([add, mean], files=files)
    request = TaskRequest("Correct `add` and `mean`", SELECTION, candidates=1)
    best = the_proposal(list(edit(world.workspace, request, Cancel()))).best
    change = best.changes[0]
    assert b"a + b" in change.new
    assert b"max(len(values), 1)" in change.new
    assert b"def third" in change.new
    assert all(hunk.confidence for hunk in hunks_of(change, best.tokens.lines)), "of both drafts"


def test_a_partial_change_is_proposed_and_says_what_is_missing(make_world) -> None:
    add = "def add(a, b):\n    return a + b\n"
    files = {"calc.py": CALC + "\n\ndef third():\n    return 3\n"}
    world = make_world([add, "def mean(values:\n"], files=files)
    request = TaskRequest("Correct `add` and `mean`", SELECTION, candidates=1)
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    assert proposal.reason.startswith("calc.py::mean is not changed: The candidate does not parse")
    assert b"a + b" in proposal.best.changes[0].new
    assert b"sum(values) / len(values)" in proposal.best.changes[0].new


SHOP = """class Stack:
    def push(self):
        return 1


class Queue:
    def put(self):
        return 2
"""


PEEK, TOP = "def peek(self):\n    return 3\n", "def top(self):\n    return 4\n"


def test_methods_of_two_types_are_one_change(make_world) -> None:
    world = make_world([[PEEK], [TOP]], files={"shop.py": SHOP})
    task = "Add a method peek to Stack and a method top to Queue"
    events = list(edit(world.workspace, TaskRequest(task, candidates=1), Cancel()))
    (change,) = events[-1].proposal.best.changes
    expected = SHOP.replace("return 1\n", "return 1\n\n    def peek(self):\n        return 3\n")
    assert change.new == f"{expected}\n    def top(self):\n        return 4\n".encode()


def test_a_target_of_several_that_could_not_be_written_is_reported(make_world) -> None:
    def script(request):
        return TOP if "`Queue`" in request.messages[-1].content else "I cannot do that."

    world = make_world(script, files={"shop.py": SHOP})
    task = "Add a method peek to Stack and a method top to Queue"
    events = list(edit(world.workspace, TaskRequest(task, candidates=1), Cancel()))
    proposal = events[-1].proposal
    assert b"def top" in proposal.best.changes[0].new
    assert "shop.py::Stack is not changed: " in proposal.reason
    assert "the task adds top to Queue" in proposal.reason
    assert "the task adds peek to Stack" not in proposal.reason


def test_statements_that_define_a_name_of_the_task_can_be_the_target(make_world) -> None:
    body = "".join(f"def f{n}(value):\n    return value < LIMIT + {n}\n\n\n" for n in range(120))
    world = make_world(["LIMIT = 20"], files={"a.py": f"LIMIT = 10\n\n\n{body}"})
    request = TaskRequest("Raise `LIMIT` to 20", (Selected("a.py"),), candidates=1)
    events = list(edit(world.workspace, request, Cancel()))
    assert next(each for each in events if isinstance(each, UnitsChosen)).labels == ("a.py::LIMIT",)
    assert the_proposal(events).best.changes[0].new == f"LIMIT = 20\n\n\n{body}".encode()


def test_where_the_task_names_code_its_prose_names_none(make_world) -> None:
    """`missing` is code, and "copy" is what it lacks."""
    text = MANY + "\n\nmissing = object()\n\n\ndef copy(value):\n    return value\n"
    scores = {"A": -0.5, "B": -1.0}
    world = make_world([["missing = [object()]"]], files={"a.py": text}, scores=scores)
    request = TaskRequest("Fix copy support for the `missing` singleton", (Selected("a.py"),))
    events = list(edit(world.workspace, request, Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels == ("a.py::missing",)
    assert "a.py::copy" in chosen.considered


def test_where_the_chosen_target_is_only_copied_the_next_one_is_tried(make_world) -> None:
    """The proposal says for which target it is."""
    chosen = MANY[: MANY.index("\n\ndef work_1")]
    other = "def work_1(value):\n    return value\n"

    def script(request):
        second = "`work_1`" in request.messages[-1].content
        return [other if second else chosen] * len(request.samplings)

    world = make_world(script, files={"a.py": MANY}, scores={"A": -0.1, "B": -1.0, "C": -2.0})
    request = TaskRequest("Return the value", (Selected("a.py"),), candidates=1)
    last = list(edit(world.workspace, request, Cancel()))[-1]
    assert isinstance(last, ProposalReady)
    assert b"def work_1(value):\n    return value\n" in last.proposal.best.changes[0].new
    assert last.proposal.reason.startswith("a.py::work_1")


def test_what_is_added_goes_to_one_place(make_world) -> None:
    """A constructor function of JavaScript is no type, so the model chooses among the functions."""
    body = "  step();\n" * 300
    code = "".join(
        f"View.prototype.{name} = function {name}() {{\n{body}}};\n\n"
        for name in ("lookup", "render", "resolve")
    )
    view = "function View(name) {\n  this.path = name;\n}\n\n"
    world = make_world([[view]], files={"view.js": view + code}, scores={"B": -0.1})
    request = TaskRequest("Add a method exists() to View", (Selected("view.js"),), candidates=1)
    chosen = None
    with contextlib.suppress(ProposalError):
        for event in edit(world.workspace, request, Cancel()):
            chosen = event if isinstance(event, UnitsChosen) else chosen
    assert chosen is not None
    assert len(chosen.labels) == 1


def test_of_an_answer_for_statements_that_goes_on_and_is_cut_they_count(make_world) -> None:
    body = "".join(f"def f{n}(value):\n    return value < LIMIT + {n}\n\n\n" for n in range(120))
    answer = Answer(f"LIMIT = 20\n\n\n{body[:60]}", reason="length")
    world = make_world([answer], files={"a.py": f"LIMIT = 10\n\n\n{body}"})
    request = TaskRequest("Raise `LIMIT` to 20", (Selected("a.py"),), candidates=1)
    change = the_proposal(list(edit(world.workspace, request, Cancel()))).best.changes[0]
    assert change.new == f"LIMIT = 20\n\n\n{body}".encode()


def test_statements_may_be_answered_with_imports_and_what_stands_around_them(make_world) -> None:
    """As in a file that begins with an import from the future, which cannot stand further down."""
    work = "def work(value):\n    return LOCKS.get(value)\n"
    code = f"from __future__ import annotations\n\nimport sys\n\n\nLOCKS = {{}}\n\n\n{work}"
    new = "LOCKS = WeakKeyDictionary()"
    answer = (
        "from __future__ import annotations\n\nfrom weakref import WeakKeyDictionary\n\n\n"
        f"{new}\n\n\n{work}"
    )
    body = "".join(f"\n\ndef f{n}(value):\n    return value < {n}\n" for n in range(150))
    world = make_world([answer], files={"a.py": code + body})
    request = TaskRequest("Use weak keys in `LOCKS`", (Selected("a.py"),), candidates=1)
    change = the_proposal(list(edit(world.workspace, request, Cancel()))).best.changes[0]
    assert change.new is not None
    wanted = code.replace("LOCKS = {}", new).replace(
        "import sys\n", "import sys\nfrom weakref import WeakKeyDictionary\n"
    )
    assert change.new.decode() == wanted + body
