"""Which definitions a task says to add."""

import pytest

from assistant.intent.reading import read_intent

SENTENCES = [
    ("In the class seekable, add a method rewind() that seeks to the beginning", "METHOD rewind"),
    ("add a method has(id)", "METHOD has"),
    ("Add a method `peek` to Stack that returns the last item.", "METHOD peek"),
    ("Implement the method area in Circle", "METHOD area"),
    ("add a static method fromJSON to Order", "METHOD fromJSON"),
    ("dev: add event_key and timestamp_key properties", "METHOD timestamp_key"),
    ("Add a getter isEmpty to the Queue class", "METHOD isEmpty"),
    ("Add a `name` attribute to BytesLogger", "FIELD name"),
    ("Add name attribute to BytesLogger", "FIELD name"),
    ("Add a close method to the class Pool", "METHOD close"),
    ("add __match_args__ attribute to Tree", "FIELD __match_args__"),
    ("Add a field createdAt to the struct Order", "FIELD createdAt"),
    ("Add a function chunked_by(iterable, n) after chunked", "FUNCTION chunked_by"),
    ("Add a helper function named clamp", "FUNCTION clamp"),
    ("Add a variant Yellow to the enum Color", "CASE Yellow"),
    ("Introduce an exception class RetryError", "TYPE RetryError"),
    ("Añade un método peek a la clase Stack", "METHOD peek"),
    ("Ergänze eine Methode peek in Stack", "METHOD peek"),
    ("给Stack类添加方法peek", "METHOD peek"),
    ("在 Stack 类中添加一个 peek 方法", "METHOD peek"),
    ("クラスStackにメソッドpeekを追加する", "METHOD peek"),
]
NOTHING = [
    "add a parameter timeout to fetch() and pass it through",
    "Add a keyword parameter strip_zeros to naturalsize",
    "Add a docstring to every function",
    "Write a function that returns the sum",
    "Add a method that returns the length",
    "Add a new method to the class",
    "Add a missing method to Pool",
    "Add an optional attribute to Pool",
    "Add logging method to Pool",
    "Add timeout handling to Pool",
    "Fix the function add so that it adds",
    "Rename the method peek to top",
    "Expose converter as a decorator",
    "",
]


@pytest.mark.parametrize(("task", "added"), SENTENCES)
def test_a_task_names_what_it_adds(task: str, added: str) -> None:
    found = [f"{each.kind.name} {each.name}" for each in read_intent(task).additions]
    assert added in found


@pytest.mark.parametrize("task", NOTHING)
def test_other_tasks_add_nothing_by_name(task: str) -> None:
    assert read_intent(task).additions == ()
