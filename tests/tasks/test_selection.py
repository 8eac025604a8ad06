"""Tasks on files that do not fit: what is read, what can be changed, and what is told."""

from dataclasses import replace

import pytest

from assistant.checks.commands import parse_command
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.settings import Settings
from assistant.solving.events import ContextRead, Step, Verb
from assistant.solving.request import TaskRequest
from assistant.tasks.ask import ask
from assistant.tasks.edit import edit
from assistant.tasks.fix import fix
from assistant.tasks.gathering import context_budget, gather_context
from assistant.tasks.plan import plan
from assistant.tasks.reading import read_ahead


def function(name: str, body: str = "total += first * second", lines: int = 12) -> str:
    return f"def {name}(first, second):\n    total = 0\n" + f"    {body}\n" * lines + "\n\n"


ENORMOUS = function("enormous", "total = 1 - 1 - 1 - 1", lines=100)
"""More than is shown of a large file, but little enough to be rewritten."""

HUGE = "".join(function(f"filler_{n}") for n in range(200)) + (
    "def add(a, b):\n    return a - b\n\n\n"
    + "".join(function(f"other_{n}") for n in range(200))
    + ENORMOUS
)
SELECTION = (Selected("huge.py"),)
ADD = "def add(a, b):\n    return a + b\n"


def told(events):
    return next(event.context for event in events if isinstance(event, ContextRead))


def test_an_edit_in_a_huge_file_reads_and_changes_the_named_function(make_world) -> None:
    world = make_world([ADD], files={"huge.py": HUGE})
    request = TaskRequest("`add` must add", SELECTION, candidates=1)
    events = list(edit(world.workspace, request, Cancel()))
    (file,) = told(events).files
    assert "add" in file.shown
    assert "def add(a, b):\n    return a - b\n" in world.engine.requests[0].messages[-1].content
    change = events[-1].proposal.best.changes[0]
    assert change.new == HUGE.replace("a - b", "a + b").encode()


def test_a_unit_too_large_to_show_can_still_be_changed(make_world) -> None:
    world = make_world(
        ["def enormous(first, second):\n    return 1\n"],
        files={"huge.py": HUGE},
        settings=Settings(context_tokens=2400),
    )
    request = TaskRequest("`enormous` can return 1", SELECTION, candidates=1)
    events = list(edit(world.workspace, request, Cancel()))
    assert "enormous" not in told(events).files[0].shown
    asked = world.engine.requests[0].messages[-1].content
    assert ENORMOUS.rstrip() in asked
    change = events[-1].proposal.best.changes[0]
    assert change.new.startswith(HUGE.partition("def enormous")[0].encode())


@pytest.mark.parametrize("selection", [SELECTION, (), (Selected("src"),), (Selected("src/x.py"),)])
def test_the_target_of_a_step_is_read_wherever_it_is(make_world, selection) -> None:
    world = make_world([], files={"huge.py": HUGE, "src/x.py": "X = 1\n"})
    step = Step(1, Verb.EDIT, "huge.py", "other_77", "Change it.")
    request = TaskRequest("Add with more speed", selection, step=step)
    file = gather_context(world.workspace, request).file("huge.py")
    assert file is not None
    assert "other_77" in file.shown


def test_a_fix_reads_what_the_failing_test_runs_of_a_selected_file(make_world) -> None:
    test = (
        "import unittest\nfrom huge import add\n\n\nclass AddTest(unittest.TestCase):\n"
        "    def test_it(self):\n        self.assertEqual(add(2, 3), sum((2, 3)))\n"
    )
    world = make_world([], files={"huge.py": HUGE, "test_huge.py": test})
    check = parse_command("python -m unittest -q")
    request = TaskRequest("", SELECTION, 1, check=check)
    assert "add" in told(fix(world.workspace, request, Cancel())).files[0].shown


def test_a_question_and_a_plan_tell_what_they_read(make_world) -> None:
    world = make_world([], files={"huge.py": HUGE})
    request = TaskRequest("What does `add` do?", SELECTION)
    for task in (ask, plan):
        assert "add" in told(task(world.workspace, request, Cancel())).files[0].shown


def test_what_is_read_ahead_of_a_huge_file_begins_the_prompt(make_world) -> None:
    world = make_world(["It adds."], files={"huge.py": HUGE})
    assert list(read_ahead(world.workspace, SELECTION, Cancel()))
    list(ask(world.workspace, TaskRequest("What does `add` do?", SELECTION), Cancel()))
    ahead, asked = world.engine.warmed[0].messages, world.engine.requests[0].messages
    assert "huge.py\n  def filler_0(first, second)" in ahead[1].content
    assert asked[1].content.startswith(ahead[1].content.rstrip())


def test_a_larger_window_is_for_the_selection_and_not_for_what_is_read_unasked(make_world) -> None:
    modules = {
        f"part_{n}.py": "".join(function(f"add_{n}_{m}") for m in range(15)) for n in range(9)
    }
    world = make_world([], files=modules)
    selection = tuple(Selected(path) for path in modules)
    task = TaskRequest("add must check first and second")

    def read(window: int, *selected: Selected) -> int:
        settings = replace(world.workspace.settings, context_tokens=window)
        workspace = replace(world.workspace, settings=settings)
        return gather_context(workspace, replace(task, selection=selected)).tokens

    small, large = read(8192), read(100_000)
    assert small == large
    assert read(4000) < small
    assert read(100_000, *selection) > context_budget(8192) > read(8192, *selection)


def test_a_selection_over_the_window_is_narrowed_and_says_so(make_world) -> None:
    world = make_world([], files={"huge.py": HUGE}, settings=Settings(context_tokens=4000))
    context = gather_context(world.workspace, TaskRequest("`add` must add", SELECTION))
    assert context.tokens <= context.budget == context_budget(4000)
    assert not context.files[0].whole
