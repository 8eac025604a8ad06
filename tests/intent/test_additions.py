"""Which definitions a task says to add."""

import pytest

from assistant.intent.reading import read_intent

SENTENCES = [
    ("In the class Reader, add a method rewind() that goes to the beginning", "METHOD rewind"),
    ("add a method has(id)", "METHOD has"),
    ("Add a method `peek` to Stack that returns the last item.", "METHOD peek"),
    ("Implement the method area in Circle", "METHOD area"),
    ("add a static method fromJSON to Order", "METHOD fromJSON"),
    ("Add a getter isEmpty to the Queue class", "METHOD isEmpty"),
    ("Add a `value` property to Cell", "METHOD value"),
    ("Add a method test() to Runner", "METHOD test"),
    ("Add a `name` attribute to ByteWriter", "FIELD name"),
    ("Add name attribute to ByteWriter", "FIELD name"),
    ("Add a close method to the class Pool", "METHOD close"),
    ("add __order_key__ attribute to Node", "FIELD __order_key__"),
    ("Add a field createdAt to the struct Order", "FIELD createdAt"),
    ("Add a function chunked_by(iterable, n) after chunked", "FUNCTION chunked_by"),
    ("Add a helper function named clamp", "FUNCTION clamp"),
    ("Add a variant Yellow to the enum Color", "CASE Yellow"),
    ("Add a getter method size to Queue", "METHOD size"),
    ("Introduce an exception class RetryError", "TYPE RetryError"),
    ("Añade un método peek a la clase Stack", "METHOD peek"),
    ("Ergänze eine Methode peek in Stack", "METHOD peek"),
    ("给Stack类添加方法peek", "METHOD peek"),
    ("在 Stack 类中添加一个 peek 方法", "METHOD peek"),
    ("クラスStackにメソッドpeekを追加する", "METHOD peek"),
]
NOTHING = [
    "add a parameter timeout to fetch() and pass it through",
    "Add a keyword parameter strip_zeros to format_size",
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
    "Add a property test for parse",
    "Write tests for the method parse",
    "Update the README and add a section about the method parse",
    "",
]


@pytest.mark.parametrize(("task", "added"), SENTENCES)
def test_a_task_names_what_it_adds(task: str, added: str) -> None:
    found = [f"{each.kind.name} {each.name}" for each in read_intent(task).additions]
    assert added in found


@pytest.mark.parametrize("task", NOTHING)
def test_other_tasks_add_nothing_by_name(task: str) -> None:
    assert read_intent(task).additions == ()


CLAUSES = [
    ("Write a function fib(n) and a function fact(n)", [("fib", ""), ("fact", "")]),
    (
        "Add a method save to User and a method load to Config",
        [("save", "User"), ("load", "Config")],
    ),
    (
        "Add a method push2() to Stack. Add a method pop() to Queue.",
        [("push2", "Stack"), ("pop", "Queue")],
    ),
    ("Add push2() to Stack and pop() to Queue", [("push2", "Stack"), ("pop", "Queue")]),
    ("Add `push2()` to Stack, `pop()` to Queue", [("push2", "Stack"), ("pop", "Queue")]),
    (
        "In Stack, add a method peek, and in Queue, add a method top",
        [("peek", "Stack"), ("top", "Queue")],
    ),
    (
        "Add a method `save` that writes it and a method `load` that reads it",
        [("save", ""), ("load", "")],
    ),
    ("Add a field x to Stack and a method y to Stack", [("x", "Stack"), ("y", "Stack")]),
    (
        "Add a method peek to Stack and write a function drain that empties it",
        [("peek", "Stack"), ("drain", "")],
    ),
    ("Add a method find that takes a key and a field name", [("find", "")]),
    ("Add a method find that takes a function `f` and a field `g`", [("find", "")]),
    ("Add a method peek to Stack that pops an item and adds a field x to it", [("peek", "Stack")]),
    (
        "Füge der Klasse Stack eine Methode peek hinzu und der Klasse Queue eine Methode top",
        [("peek", "Stack"), ("top", "Queue")],
    ),
    (
        "Añade un método peek a la clase Stack y un método top a la clase Queue",
        [("peek", "Stack"), ("top", "Queue")],
    ),
    ("给 Stack 添加方法 peek，给 Queue 添加方法 top。", [("peek", "Stack"), ("top", "Queue")]),
    (
        "给Stack添加peek方法。给Queue添加top和pop方法。",
        [("peek", "Stack"), ("top", "Queue"), ("pop", "Queue")],
    ),
    ("在 Stack 类中，添加方法 peek 和 top", [("peek", "Stack"), ("top", "Stack")]),
    (
        "Stack に peek メソッドを追加し、Queue に top メソッドを追加する",
        [("peek", "Stack"), ("top", "Queue")],
    ),
    ("Stack クラスに peek と top メソッドを追加", [("peek", "Stack"), ("top", "Stack")]),
    ("Stack クラスに peek メソッドと top メソッドを追加", [("peek", "Stack"), ("top", "Stack")]),
]


@pytest.mark.parametrize(("task", "expected"), CLAUSES)
def test_each_addition_comes_with_the_clause_that_says_where_it_goes(task, expected) -> None:
    found = read_intent(task).additions
    assert [each.name for each in found] == [name for name, _ in expected]
    for addition, (_, owner) in zip(found, expected, strict=True):
        other = "Queue" if owner == "Stack" else "Stack"
        assert owner in addition.said[0]
        assert not owner or other not in addition.said[0]


LISTS = [
    ("api: add first_key and last_key properties", ["first_key", "last_key"]),
    ("add `first`, `last` and `size` properties to Queue", ["first", "last", "size"]),
    ("Implement the __len__ and __iter__ methods for Bag", ["__len__", "__iter__"]),
    ("Add methods push, pop and peek to Stack", ["push", "pop", "peek"]),
    ("Add methods push and pop and make it faster", ["push", "pop"]),
    ("Add the constants MAX_SIZE & MIN_SIZE", ["MAX_SIZE", "MIN_SIZE"]),
    ("Füge die Methoden push und pop hinzu", ["push", "pop"]),
    ("Add a method area to Circle, Square and Triangle", ["area"]),
]


@pytest.mark.parametrize(("task", "names"), LISTS)
def test_a_plural_is_followed_or_preceded_by_all_its_names(task: str, names: list[str]) -> None:
    assert [each.name for each in read_intent(task).additions] == names


CALLED = [
    ("Add a stop condition stop_after(n) in shop/stop.py and export it", ["stop_after"]),
    ("Introduce an exponential back-off policy grow(base, most)", ["grow"]),
    ("Add clear() tests for the cache", []),
    ("Add a parameter like limit() to search", []),
    ("Add a warning to close()", []),
    ("Add support for close()", []),
]


@pytest.mark.parametrize(("task", "names"), CALLED)
def test_a_name_that_is_called_needs_no_known_kind_of_thing(task: str, names: list[str]) -> None:
    assert [each.name for each in read_intent(task).additions] == names
