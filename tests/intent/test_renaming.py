"""What a task renames, in the words of several languages."""

import pytest

from assistant.intent.reading import read_intent
from assistant.intent.values import Topic

PLAIN = [
    "rename old_name to new_name",
    "Rename `old_name` to `new_name`.",
    "Please rename old_name() to new_name, and all its callers.",
    "Rename old_name in src/a.py to new_name and update all imports and tests",
    "In src/a.py, rename old_name into new_name everywhere",
    "call old_name new_name instead",
    "old_name should be named new_name",
    "old_name should be renamed to new_name.",
    "Change the name of old_name to new_name",
    "old_name -> new_name",
    "rename: old_name → new_name",
    "Benenne old_name in new_name um",
    "old_name zu new_name umbenennen",
    "old_name soll new_name heißen",
    "Renombra old_name a new_name",
    "Cambia el nombre de old_name a new_name",
    "old_name debería llamarse new_name",
    "把 old_name 重命名为 new_name",
    "将old_name改名为new_name",
    "重命名 old_name 为 new_name",
    "old_name を new_name に改名する",
    "old_nameの名前をnew_nameに変更してください",
]
KINDS = [
    ("Rename the function old to new2", "function"),
    ("rename method old of class Tree to new2", "method"),
    ("The class old should be called new2", "class"),
    ("Rename the parameter old of f to new2", "parameter"),
    ("Benenne die Methode old in new2 um", "method"),
    ("Renombra la clase old a new2", "class"),
    ("把函数 old 重命名为 new2", "function"),
    ("関数 old を new2 にリネーム", "function"),
]
NONE = [
    "Rename the columns to match the spec",
    "Rename variables to be more readable",
    "Rename old to new2 and let it return an int",
    "Benenne old in new2 um und füge einen Test hinzu",
    "f(x) -> int",
    "def f() -> int:",
    "Add a function as_seconds",
    "Call close in finish",
]
CALLERS = [
    "Add a parameter timeout to fetch and update all callers",
    "Add timeout to fetch() and pass it through from its callers",
    "Thread the timeout through",
    "Füge fetch einen Parameter timeout hinzu und passe die Aufrufer an",
    "Añade timeout a fetch y actualiza todas las llamadas",
    "给 fetch 添加 timeout 参数，并更新所有调用者",
    "fetch に timeout を追加し、呼び出し元も更新する",
]


@pytest.mark.parametrize("task", PLAIN)
def test_a_task_that_renames(task) -> None:
    found = read_intent(task).renamings
    assert [(each.old, each.new) for each in found] == [("old_name", "new_name")]


@pytest.mark.parametrize(("task", "kind"), KINDS)
def test_the_kind_of_what_is_renamed(task, kind) -> None:
    assert [(each.old, each.new, each.kind) for each in read_intent(task).renamings] == [
        ("old", "new2", kind)
    ]


@pytest.mark.parametrize("task", NONE)
def test_a_task_that_renames_nothing_or_asks_for_more(task) -> None:
    assert read_intent(task).renamings == ()


def test_qualified_names_paths_and_several_pairs() -> None:
    def pairs(task):
        return [(each.old, each.new) for each in read_intent(task).renamings]

    assert pairs("rename Tree.put to add_leaf") == [("Tree.put", "add_leaf")]
    assert pairs("rename src/a.py::put to add") == [("src/a.py::put", "add")]
    assert pairs("rename src/a.py to src/b.py") == [("src/a.py", "src/b.py")]
    assert pairs("rename foo to bar, baz to qux") == [("foo", "bar"), ("baz", "qux")]


@pytest.mark.parametrize("task", CALLERS)
def test_a_task_that_asks_for_the_callers(task) -> None:
    assert read_intent(task).asks(Topic.CALLERS)


def test_text_that_mentions_the_name_is_changed_only_on_demand() -> None:
    assert not read_intent("rename old to fresh").wants_mentions
    assert read_intent("rename old to fresh everywhere").wants_mentions
    assert read_intent("rename old to fresh, in the docs too").wants_mentions
