"""Targets that the words of an edit and the code in view leave no choice about."""

import pytest

from assistant.context.bundle import ContextFile
from assistant.intent.reading import read_intent
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.solving.values import TargetKind
from assistant.tasks.certain import WHOLE_CLASS_LINES, certain
from assistant.tasks.locate import together
from assistant.tasks.requested import alternatives, insertion

TWO = """class Stack:
    def push(self, item):
        self.items.append(item)

    def size(self):
        return len(self.items)

    def __repr__(self):
        return "Stack"


class Queue:
    def put(self, item):
        self.items.append(item)

    def peek(self):
        return self.items[0]
"""
TWO_TS = """export class Stack {
  push(item: number): void {
    this.items.push(item);
  }
  size(): number {
    return this.items.length;
  }
}

export class Queue {
  put(item: number): void {
    this.items.push(item);
  }
}
"""
TWO_GO = """package shop

type Stack struct{ items []int }

func (s *Stack) Size() int { return len(s.items) }

type Queue struct{ items []int }

func (q *Queue) Put(x int) { q.items = append(q.items, x) }
"""
PADDING = "\n\n".join(f"def pad{n}():\n    return {n}\n" for n in range(400))


def view(**files):
    shown = []
    for name, text in files.items():
        path = name.replace("__", "/").replace("_", ".")
        units = units_of(text_file(path, text.encode()))
        shown.append(ContextFile(path, text, units, len(text) // 3))
    return shown


def found(task, files):
    return [
        f"{'+' if each.kind in (TargetKind.MEMBER, TargetKind.ADDITION) else ''}{each.label}"
        for each in certain(read_intent(task), files)
    ]


OWNED = [
    "Add a method size() to Queue.",
    "Add a `size` method to the class Queue",
    "Füge der Klasse Queue eine Methode size() hinzu",
    "Añade un método size() a la clase Queue",
    "给 Queue 类添加方法 size",
    "Queue クラスに size メソッドを追加してください",
]


@pytest.mark.parametrize("task", OWNED)
@pytest.mark.parametrize(("name", "text"), [("a_py", TWO), ("a_ts", TWO_TS)], ids=["py", "ts"])
def test_a_method_that_another_type_has_is_added_to_the_named_one(task, name, text) -> None:
    assert found(task, view(**{name: text})) == [f"+{name.replace('_', '.')}::Queue"]


def test_the_type_of_a_go_method_is_its_receiver() -> None:
    assert found("Add a method Size() to Queue", view(a_go=TWO_GO)) == ["+a.go::Queue"]


def test_a_method_that_the_named_type_has_is_changed() -> None:
    assert found("Implement the method `size` in Stack", view(a_py=TWO)) == ["a.py::Stack.size"]


def test_a_function_that_an_added_method_calls_is_not_the_target() -> None:
    intent = read_intent("Add a method flush() that calls `put`")
    files = view(a_py=TWO)
    assert certain(intent, files) == ()
    assert [each.label for each in alternatives(intent, files)] == ["a.py::Stack", "a.py::Queue"]


def test_without_a_named_type_the_model_also_sees_the_method_that_exists() -> None:
    intent = read_intent("Add a method size()")
    files = view(a_py=TWO)
    assert certain(intent, files) == ()
    labels = [each.label for each in alternatives(intent, files)]
    assert labels == ["a.py::Queue", "a.py::Stack.size"]


def test_a_name_in_two_places_is_ambiguous_at_the_top_of_a_file_too() -> None:
    text = f"def size():\n    return 1\n\n\n{TWO}\n\n{PADDING}"
    assert found("Speed up `size`", view(a_py=text)) == []


ONE = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("Add a function `dump` to catalog.py", []),
        ("Add a function `dump` to log.py.", ["+log.py"]),
        ("Add a function `dump` to pkg/a/utils.py", ["+pkg/a/utils.py"]),
        ("Add a function `dump` to ./pkg/a/utils.py", ["+pkg/a/utils.py"]),
        ("In b/utils.py, add a function `dump`", ["+pkg/b/utils.py"]),
        ("Add a function `dump` to utils.py", []),
        ("Füge in pkg/b/utils.py eine Funktion `dump` hinzu", ["+pkg/b/utils.py"]),
        ("在pkg/b/utils.py中添加函数 dump", ["+pkg/b/utils.py"]),
        ("log.pyに関数dumpを追加する", ["+log.py"]),
    ],
)
def test_a_function_goes_to_the_file_that_the_task_names(task, expected) -> None:
    files = view(log_py=ONE, main_py=ONE, pkg__a__utils_py=ONE, pkg__b__utils_py=ONE)
    assert found(task, files) == expected


@pytest.mark.parametrize(
    ("sentence", "inserts"),
    [
        ("Fix the off-by-one in pop", False),
        ("Make `pop` raise IndexError", False),
        ("Add a method `pop`", True),
        ("Ergänze die Methode pop", True),
    ],
)
def test_a_step_inserts_only_what_its_words_add(sentence, inserts) -> None:
    (file,) = view(a_py=TWO)
    target = insertion(read_intent(sentence), file, "Stack.pop")
    assert (target is not None and target.kind is TargetKind.MEMBER) is inserts


@pytest.mark.parametrize(
    "task",
    [
        "Add a method push2() to Stack. Add a method pop() to Queue.",
        "Add a method push2 to Stack and a method pop to Queue",
        "Add a method push2 that pushes twice to the class Stack, and give Queue a method pop",
        "Füge der Klasse Stack eine Methode push2 hinzu und der Klasse Queue eine Methode pop",
        "Añade un método push2 a la clase Stack y un método pop a la clase Queue",
        "给 Stack 添加方法 push2，给 Queue 添加方法 pop。",
        "Stack に push2 メソッドを追加し、Queue に pop メソッドを追加する",
    ],
)
def test_each_addition_goes_to_the_type_of_its_own_clause(task) -> None:
    files = view(a_py=TWO)
    assert found(task, files) == ["+a.py::Stack", "+a.py::Queue"]
    targets = certain(read_intent(task), files)
    assert together(targets, read_intent(task)) == targets


def test_two_functions_go_to_two_files() -> None:
    task = "Add a function `load` to a.py and a function `save` to b.py"
    assert found(task, view(a_py=ONE, b_py=ONE)) == ["+a.py", "+b.py"]


@pytest.mark.parametrize(
    ("task", "changed"),
    [
        ("Add a method `peek` to Stack and make `push` return the index", ["push"]),
        ("Add a method `peek` to Stack. Change push() so that it returns the index.", ["push"]),
        ("Add a method `peek` to Stack and use it in `push` and `size`", ["push", "size"]),
        ("Add a method `peek` to Stack that calls `push` and returns `size`", []),
        ("Add a method `peek` to Stack to call `push`", []),
        ("Ergänze in Stack die Methode `peek` und verwende sie in `push`", ["push"]),
        ("Füge Stack eine Methode `peek` hinzu und ändere `push`, sodass es zählt", ["push"]),
        ("Añade un método `peek` a Stack y haz que `push` devuelva el índice", ["push"]),
        ("给 Stack 添加方法 peek，并让 push 返回索引", ["push"]),
        ("给 Stack 添加方法 peek，并在 push 中使用它", ["push"]),
        ("Stack に peek メソッドを追加し、push がインデックスを返すようにする", ["push"]),
        ("Stack に peek メソッドを追加し、push で使う", ["push"]),
    ],
)
def test_functions_that_the_task_changes_too_stay_targets(task, changed) -> None:
    assert found(task, view(a_py=TWO)) == [
        "+a.py::Stack",
        *(f"a.py::Stack.{each}" for each in changed),
    ]


def test_a_name_that_two_types_share_is_that_of_the_type_that_gets_something() -> None:
    text = TWO.replace("def put(", "def push(")
    task = "Add a method `peek` to Stack and make `push` return the index"
    assert found(task, view(a_py=text)) == ["+a.py::Stack", "a.py::Stack.push"]


COUNTER = """class Counter:
    \"\"\"Counts: from zero.\"\"\"

    STEP = 1

    def __init__(self, start):
        self.start = start

    def up(self):
        self.start += 1


class Plain:
    limit: int = 3

    def __init__(self):
        self.items = []


class Bare:
    def up(self):
        return 1
"""


@pytest.mark.parametrize(
    ("task", "label"),
    [
        ("Add a field `count` to Counter", "a.py::Counter.__init__"),
        ("Ergänze in Counter ein Feld `count`", "a.py::Counter.__init__"),
        ("Añade un campo `count` a Counter", "a.py::Counter.__init__"),
        ("给 Counter 添加字段 count", "a.py::Counter.__init__"),
        ("Counter にフィールド count を追加", "a.py::Counter.__init__"),
        ("Add a field `count` to Plain", "+a.py::Plain"),
        ("Add a field `count` to Bare", "+a.py::Bare"),
        ("Add a method `count` to Counter", "+a.py::Counter"),
    ],
)
def test_a_field_goes_where_the_class_has_its_fields(task, label) -> None:
    assert found(task, view(a_py=COUNTER)) == [label]


RENDERERS = """class KeyRenderer:
    def __init__(self, keys):
        self.keys = keys

    def __call__(self, event):
        return " ".join(event[key] for key in self.keys)


class TextRenderer:
    def render(self, event):
        return event["text"]
"""


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("Add a parameter indent to KeyRenderer that comes before each key", ["KeyRenderer"]),
        ("Give `KeyRenderer` a separator", ["KeyRenderer"]),
        ("KeyRenderer should do as TextRenderer does", []),
        ("TextRenderer cannot render an empty event", []),
        ("Speed up the renderers", []),
    ],
)
def test_a_small_class_that_the_task_names_is_changed_as_a_whole(task, expected) -> None:
    files = view(a_py=f"{RENDERERS}\n\n{PADDING}")
    assert found(task, files) == [f"a.py::{name}" for name in expected]


def test_a_large_class_is_not_rewritten_as_a_whole() -> None:
    lines = "".join(f"        self.field{n} = {n}\n" for n in range(WHOLE_CLASS_LINES))
    text = f"class KeyRenderer:\n    def __init__(self):\n{lines}\n\n{PADDING}"
    assert found("Give KeyRenderer a separator", view(a_py=text)) == []
