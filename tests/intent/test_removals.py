"""Which definition a task does nothing but remove."""

import pytest

from assistant.intent.removals import removal

REMOVALS = [
    ("Remove the function add", "add"),
    ("delete the unused method Stack.peek() from stack.py.", "peek"),
    ("Drop the `helper` function", "helper"),
    ("Entferne die Funktion add", "add"),
    ("Elimina la función add", "add"),
    ("删除函数 add", "add"),
    ("関数 add を削除してください", "add"),
]
OTHERS = [
    "Remove the function add and use sum instead",
    "Remove the call of add from mean",
    "Remove the parameter a from the function add",
    "Add a function add",
    "Remove trailing spaces",
    "",
]


@pytest.mark.parametrize(("task", "name"), REMOVALS)
def test_a_task_that_only_removes_names_the_definition(task: str, name: str) -> None:
    assert removal(task) == name


@pytest.mark.parametrize("task", OTHERS)
def test_other_tasks_are_no_removal(task: str) -> None:
    assert removal(task) == ""
