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
STILL_PLAIN = [
    "Rename old_name to new_name, update all callers, and the docs",
    "Rename old_name to new_name everywhere, also in comments",
    "Rename old_name to new_name because it reads better.",
    "Rename old_name to new_name. It is confusing.",
    "The name old_name is misleading, so rename old_name to new_name",
    "Could you please rename old_name to new_name and adjust the call sites and imports?",
    "Open src/a.py and rename old_name to new_name",
    "Rename old_name to new_name and fix all references",
    "Rename old_name to new_name, but not in the tests",
    "Refactor: rename old_name to new_name (all files)",
    "Rename old_name to new_name and make sure that all callers are updated",
    "We should rename old_name to new_name",
    "Let's rename old_name to new_name. All tests must still pass.",
    "rename old_name to new_name please",
    "Rename old_name to new_name - it is clearer. Do not change anything else.",
    "Benenne old_name in new_name um und passe alle Aufrufer an",
    "Benenne old_name in new_name um, auch in der Dokumentation.",
    "Renombra old_name a new_name y actualiza todas las llamadas",
    "Renombra old_name a new_name en todo el proyecto",
    "把 old_name 重命名为 new_name，并更新所有调用者",
    "请在整个项目中把 old_name 改名为 new_name",
    "old_name を new_name に改名し、呼び出し元も更新してください",
    "old_name を new_name に改名してください。テストも変更する。",
]
NONE = [
    "Rename `old` to `new2` and sort the result.",
    "Rename `old` to `new2` and move function baz to qux",
    "Rename `old` to `new2` and call sort afterwards",
    "Rename `old` to `new2` and write a test",
    "Rename class old to new2 and its file old.py to new2.py",
    "Rename `old` to `new2` and sort in place",
    "Rename `old` to `new2` and validate its input",
    "Rename `old` to `new2` and log every call",
    "Rename `old` to `new2`, use a dict internally",
    "Rename `old` to `new2`. Sort the result.",
    "Sort the result and rename `old` to `new2`",
    "Rename `old` to `new2`, then simplify it",
    "Rename `old` to `new2` and update the cache",
    "Rename `old` to `new2`. The result should be sorted.",
    "Rename `old` to `new2` and the results are cached from now on",
    "Benenne old in new2 um und sortiere das Ergebnis",
    "Benenne old in new2 um, prüfe die Eingabe",
    "Renombra old a new2 y ordena el resultado",
    "把 old 重命名为 new2，并对结果排序",
    "把 old 重命名为 new2 并校验输入",
    "old を new2 に改名し、結果をソートする",
    "old を new2 に改名して結果をソートする",
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


@pytest.mark.parametrize("task", [*PLAIN, *STILL_PLAIN])
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
    task = "Rename the function foo to bar and the class A to B"
    kinds = [(each.old, each.kind) for each in read_intent(task).renamings]
    assert kinds == [("foo", "function"), ("A", "class")]
    assert pairs("rename foo to bar in a.py, and baz in b.py to qux") == [
        ("foo", "bar"),
        ("baz", "qux"),
    ]
    assert pairs("Benenne foo in bar um und baz in qux um") == [("foo", "bar"), ("baz", "qux")]
    assert pairs("Renombra foo a bar y baz a qux") == [("foo", "bar"), ("baz", "qux")]
    assert pairs("把 foo 重命名为 bar，把 baz 重命名为 qux") == [("foo", "bar"), ("baz", "qux")]
    assert pairs("rename foo to bar, baz to qux") == [("foo", "bar"), ("baz", "qux")]


@pytest.mark.parametrize("task", CALLERS)
def test_a_task_that_asks_for_the_callers(task) -> None:
    assert read_intent(task).asks(Topic.CALLERS)


def test_text_that_mentions_the_name_is_changed_only_on_demand() -> None:
    assert not read_intent("rename old to fresh").wants_mentions
    assert read_intent("rename old to fresh everywhere").wants_mentions
    assert read_intent("rename old to fresh, in the docs too").wants_mentions
