"""Which definition a task does nothing but remove."""

import pytest

from assistant.intent.removals import Removal, removal

REMOVALS = [
    ("Remove the function add", "add", ()),
    ("delete the unused method Stack.peek() from stack.py.", "peek", ("Stack", "stack.py")),
    ("Drop the `helper` function", "helper", ()),
    ("Remove the function peek from stack.py", "peek", ("stack.py",)),
    (
        "Remove the method `peek` from the class Stack in src/stack.ts",
        "peek",
        ("Stack", "src/stack.ts"),
    ),
    ("Remove the method Stack::peek", "peek", ("Stack",)),
    ("Remove the class Stack.", "Stack", ()),
    ("Delete the property size of Stack", "size", ("Stack",)),
    ("Remove the unused helper parse_date from the utils module", "parse_date", ("utils",)),
    ("Entferne die Funktion add", "add", ()),
    ("Lösche die Methode peek aus der Klasse Stack", "peek", ("Stack",)),
    ("Elimina la función add", "add", ()),
    ("Elimina el método peek de la clase Stack", "peek", ("Stack",)),
    ("删除函数 add", "add", ()),
    ("删除函数add", "add", ()),
    ("请删除 Stack 类的 peek 方法。", "peek", ("Stack",)),
    ("从 stack.py 中删除函数 peek", "peek", ("stack.py",)),
    ("関数 add を削除してください", "add", ()),
    ("Stack クラスの peek メソッドを削除する", "peek", ("Stack",)),
    ("stack.py から関数 peek を削除してください", "peek", ("stack.py",)),
]
OTHERS = [
    "Remove the function add and use sum instead",
    "Remove the call of add from mean",
    "Remove the parameter a from the function add",
    "Add a function add",
    "Remove trailing spaces",
    "删除函数 add 的参数 a",
    "删除 add 中的空格",
    "関数 add の引数 a を削除する",
    "",
]


@pytest.mark.parametrize(("task", "name", "within"), REMOVALS)
def test_a_task_that_only_removes_names_the_definition_and_where(task, name, within) -> None:
    assert removal(task) == Removal(name, within)


@pytest.mark.parametrize("task", OTHERS)
def test_other_tasks_are_no_removal(task: str) -> None:
    assert removal(task) is None
