"""What a task adds, where it says to add it, and what it adds to something that exists."""

import pytest

from assistant.intent.additions import is_after, is_owner
from assistant.intent.reading import read_intent

ADDED = [
    ("add a method rewind() to the class Reader", ["METHOD rewind"]),
    ("give X a method y", ["METHOD y"]),
    ("add a field z to struct X", ["FIELD z"]),
    ("Add methods `first` and `last` to Deque", ["METHOD first", "METHOD last"]),
    ("add two methods, first() and last(), to Deque", ["METHOD first", "METHOD last"]),
    ("Add has(id) to PriorityQueue", ["METHOD has"]),
    ("add an enum variant Blue to Color", ["CASE Blue"]),
    ("Füge der Klasse Stack eine Methode peek() hinzu", ["METHOD peek"]),
    ("Ergänze in der Klasse Stack die Methode `peek`", ["METHOD peek"]),
    ("Añade un método `peek` a la clase Stack", ["METHOD peek"]),
    ("为类 Stack 添加一个方法 peek()", ["METHOD peek"]),
    ("Stack クラスに peek メソッドを追加してください", ["METHOD peek"]),
    ("add a docstring to the function foo", []),
    ("Add logging to method run()", []),
    ("Add an argument `timeout` to the method get()", []),
    ("Add error handling to the function load_file", []),
    ("Add a function computing the mean", []),
]
OWNERS = [
    ("Add a method peek to the class Stack that returns a Queue", "Stack", True),
    ("Add a method peek to the class Stack that returns a Queue", "Queue", False),
    ("In Stack, add a method peek", "Stack", True),
    ("Give Stack a method peek", "Stack", True),
    ("Füge der Klasse Stack eine Methode peek hinzu", "Stack", True),
    ("给 Stack 添加方法 peek", "Stack", True),
    ("Stack クラスに peek を追加", "Stack", True),
]


@pytest.mark.parametrize(("task", "added"), ADDED)
def test_a_task_adds_what_it_names_first(task: str, added: list[str]) -> None:
    assert [f"{each.kind.name} {each.name}" for each in read_intent(task).additions] == added


@pytest.mark.parametrize(("task", "name", "owns"), OWNERS)
def test_the_owner_is_told_from_other_types(task: str, name: str, owns: bool) -> None:
    assert is_owner(task, name) is owns


@pytest.mark.parametrize(
    "task",
    ["add x after push", "add x right after the method `push`", "x nach push", "在 push 之后"],
)
def test_a_sibling_may_be_named(task: str) -> None:
    assert is_after(task, "push")
    assert not is_after(task, "pus")
