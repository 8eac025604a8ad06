"""Files for secrets: read when selected, changed only when named."""

import pytest

from assistant.checks.commands import parse_command
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.errors import ContextError
from assistant.solving.events import ContextRead, Step, UnitsChosen, Verb
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit
from assistant.tasks.fix import fix
from assistant.tasks.plan import plan
from tests.worlds import CALC, TEST_CALC

ENV = "PORT=8080\nDB_PASSWORD=hunter2hunter2\n"
FILES = {"calc.py": CALC, "test_calc.py": TEST_CALC, ".env": ENV}
BOTH = (Selected("calc.py"), Selected(".env"))
SUM = '```python\ndef add(a, b):\n    """The sum."""\n    return a + b\n'
CHECK = parse_command("python -m unittest -q")


def targets(events) -> list[str]:
    return [
        label
        for event in events
        if isinstance(event, UnitsChosen)
        for label in (*event.labels, *event.considered)
    ]


def test_a_fix_reads_a_selected_secret_file_and_never_chooses_it(make_world) -> None:
    world = make_world([SUM] * 8, files=FILES)
    request = TaskRequest("", BOTH, candidates=1, check=CHECK)
    events = list(fix(world.workspace, request, Cancel()))
    read = next(event.context for event in events if isinstance(event, ContextRead))
    assert read.file(".env").text == ENV
    assert targets(events)
    assert not any(label.startswith(".env") for label in targets(events))


def test_a_fix_with_nothing_else_selected_says_how(make_world) -> None:
    world = make_world([], files=FILES)
    request = TaskRequest("", (Selected(".env"),), candidates=1, check=CHECK)
    with pytest.raises(ContextError, match="No file in context may be edited") as caught:
        list(fix(world.workspace, request, Cancel()))
    assert "must be named" in caught.value.hint


@pytest.mark.parametrize(
    ("task", "changed"),
    [
        ("Set the port to 9000 in .env", True),
        ("Set the port to 9000", False),
        ("Set the port to 9000, like in .env", False),
    ],
)
def test_an_edit_changes_a_secret_file_that_the_task_names(make_world, task, changed) -> None:
    world = make_world([ENV.replace("8080", "9000")], files=FILES)
    request = TaskRequest(task, (Selected(".env"),), candidates=1)
    if not changed:
        with pytest.raises(ContextError, match="No file in context may be edited"):
            list(edit(world.workspace, request, Cancel()))
        return
    events = list(edit(world.workspace, request, Cancel()))
    assert {label.partition("::")[0] for label in targets(events)} == {".env"}


def test_the_step_of_a_plan_names_its_file(make_world) -> None:
    world = make_world([ENV.replace("8080", "9000")], files=FILES)
    step = Step(1, Verb.EDIT, ".env", "", "Set the port to 9000.")
    request = TaskRequest("Another port", (Selected(".env"),), candidates=1, step=step)
    events = list(edit(world.workspace, request, Cancel()))
    assert {label.partition("::")[0] for label in targets(events)} == {".env"}


def test_a_plan_offers_no_secret_file(make_world) -> None:
    world = make_world([], files=FILES)
    events = list(plan(world.workspace, TaskRequest("Change the port everywhere", BOTH), Cancel()))
    assert [step.path for step in events[-1].plan.steps] == ["calc.py"]


def test_a_traceback_through_a_secret_file_does_not_select_it(make_world) -> None:
    files = {**FILES, "secrets.toml": "a = 1\n"}
    world = make_world([SUM] * 8, files=files)
    pasted = (
        "Traceback (most recent call last):\n"
        '  File "calc.py", line 6, in add\n    return a - b\n'
        '  File "secrets.toml", line 1, in <module>\n    a = 1\n'
        "ValueError: wrong\n"
    )
    request = TaskRequest("", candidates=1, pasted=pasted)
    events = list(fix(world.workspace, request, Cancel()))
    read = next(event.context for event in events if isinstance(event, ContextRead))
    assert [file.path for file in read.files] == ["calc.py"]
