"""Definitions that a task does nothing but remove, in repositories where others have the name."""

import pytest

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.request import TaskRequest
from assistant.tasks.gathering import gather_context
from assistant.tasks.removed import removed

QUEUE = """class Queue:
    def peek(self):
        return 1

    def size(self):
        return 2


class Bag:
    def size(self):
        return 3
"""
UTIL = """def helper():
    return 1


def alone():
    return 2
"""
UTIL_TS = """export function join(): number {
  return 1;
}

function apart(): number {
  return 2;
}
"""
FILES = {
    "queue_.py": QUEUE,
    "util.py": UTIL,
    "main.py": "from util import helper\n\nprint(helper())\n\n\ndef show(it):\n    it.size()\n",
    "web/util.ts": UTIL_TS,
    "web/main.ts": 'import { join } from "./util";\n\nconsole.log(join());\n',
}


def step_for(world, task, path):
    request = TaskRequest(task, (Selected(path),))
    context = gather_context(world.workspace, request)
    found = removed(world.workspace, request, context, Cancel())
    return (found[0].target, found[1]) if found else None


@pytest.fixture
def world(make_world):
    return make_world([], files=FILES)


@pytest.mark.parametrize(
    "task",
    [
        "Remove the method Stack.peek",
        "Remove the method peek from class Stack",
        "Remove the function peek from stack.py",
        "Lösche die Methode peek aus der Klasse Stack",
        "Elimina el método peek de la clase Stack",
        "删除 Stack 类的 peek 方法",
        "Stack クラスの peek メソッドを削除する",
    ],
)
def test_a_definition_elsewhere_is_not_removed(world, task) -> None:
    assert step_for(world, task, "queue_.py") is None
    target, _ = step_for(
        world, task.replace("Stack", "Queue").replace("stack", "queue_"), "queue_.py"
    )
    assert target == "queue_.py::Queue.peek"


@pytest.mark.parametrize(
    ("path", "used", "alone"), [("util.py", "helper", "alone"), ("web/util.ts", "join", "apart")]
)
def test_code_in_files_that_are_not_selected_counts_as_a_use(world, path, used, alone) -> None:
    assert step_for(world, f"Remove the function {used}", path) is None
    target, reason = step_for(world, f"Remove the function {alone}", path)
    assert target == f"{path}::{alone}"
    assert reason == "the task removes it, and no other code is known to use it"


def test_uses_that_may_mean_another_definition_are_reported(world) -> None:
    target, reason = step_for(world, "Remove the method Queue.size", "queue_.py")
    assert target == "queue_.py::Queue.size"
    assert reason.endswith("; places that may mean it: 1 (main.py:7)")
