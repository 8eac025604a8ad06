"""Which files a task changes or creates. Tests and documents change only where it says so."""

import pytest

from assistant.intent.reading import read_intent
from assistant.intent.subjects import files_to_come, subjects

PATHS = ("src/cart.py", "tests/test_cart.py", "README.md", "LICENSE", "setup.cfg")


@pytest.mark.parametrize(
    ("task", "also"),
    [
        ("Correct the total.", ""),
        ("Correct the total as described in README.md.", ""),
        ("Correct the total (see `README.md`)", ""),
        ("Implement cart.py, following the file README.md", ""),
        ("Follow the rules in README.md", ""),
        ("Say in README.md how to add.", "README.md"),
        ("Put the year into LICENSE", "LICENSE"),
        ("Mention the total in README.md", "README.md"),
        ("Update the documentation", "README.md"),
        ("Do as the documentation says; it is given in the docs.", ""),
        ("Round as specified in the documentation", ""),
        ("Correct total: test_cart.py fails", ""),
        ("Correct total: its test in test_cart.py fails.", ""),
        ("Make tests/test_cart.py pass", ""),
        ("The test `test_cart.py::test_total` is red", ""),
        ("Add a test and correct the total", "tests/test_cart.py"),
        ("Correct the total, with a test for it", "tests/test_cart.py"),
        ("Write more tests. Correct the total.", "tests/test_cart.py"),
        ("Split the long case in test_cart.py", "tests/test_cart.py"),
        ("Rename total to amount", "tests/test_cart.py README.md"),
        ("Give all callers the tax", "tests/test_cart.py README.md"),
        ("Korrigiere total, wie in README.md beschrieben", ""),
        ("Korrigiere total: test_cart.py schlägt fehl", ""),
        ("Erwähne total in README.md", "README.md"),
        ("Benenne total in amount um", "tests/test_cart.py README.md"),
        ("Corrige total según README.md", ""),
        ("Corrige total: test_cart.py falla", ""),
        ("Menciona total en README.md", "README.md"),
        ("按照README.md修复total", ""),
        ("根据 README.md 的要求实现", ""),
        ("修复total,test_cart.py失败了", ""),
        ("在README.md中说明total", "README.md"),
        ("在test_cart.py中添加一个用例", "tests/test_cart.py"),
        ("README.mdに従ってtotalを実装する", ""),
        ("test_cart.pyが失敗する", ""),
        ("README.mdにtotalの説明を追加する", "README.md"),
    ],
)
def test_a_task_may_change_tests_and_documents(task: str, also: str) -> None:
    expected = {"src/cart.py", "setup.cfg", *also.split()}
    assert set(subjects(read_intent(task), PATHS)) == expected
    assert list(subjects(read_intent(task), PATHS)) == [path for path in PATHS if path in expected]


@pytest.mark.parametrize(
    "task",
    [
        "Add a test for the total.",
        "Write more tests",
        "Schreibe einen Test für total.",
        "Escribe pruebas para total",
        "为 total 添加测试",
        "total のテストを追加する。",
    ],
)
def test_a_task_that_asks_only_for_tests_changes_only_tests(task: str) -> None:
    assert subjects(read_intent(task), PATHS) == ("tests/test_cart.py",)
    assert subjects(read_intent(task), ("src/cart.py", "README.md")) == ("src/cart.py",)


def test_every_file_may_change_where_no_other_is_left() -> None:
    assert subjects(read_intent("Make it friendlier."), ("README.md",)) == ("README.md",)
    assert subjects(read_intent("Make it faster."), ("test_a.py", "notes.txt")) == (
        "test_a.py",
        "notes.txt",
    )


@pytest.mark.parametrize(
    ("task", "come"),
    [
        ("Add a command line in src/cli.py, told in docs/use.md.", "src/cli.py docs/use.md"),
        ("Put add into `b.py`", "b.py"),
        ("It crashes in lib/b.py. Add a check.", ""),
        ("Add a check for the error in lib/b.py", ""),
        ("See www.example.org/b.html", ""),
        ("Add ./b.py", "b.py"),
        ("Make it as described in SPEC.md", ""),
        ("Correct src/a.py", ""),
        ("Write to ../b.py or /tmp/b.py", ""),
        ("Round to 1.5 digits, e.g. 2.25; Tree.total", ""),
        ("Erstelle src/cli.py", "src/cli.py"),
        ("Behebe den Fehler in lib/b.py", ""),
        ("Crea `src/cli.py`", "src/cli.py"),
        ("新建src/cli.py,用于命令行", "src/cli.py"),
        ("修复lib/b.py中的错误", ""),
    ],
)
def test_a_task_names_files_to_create(task: str, come: str) -> None:
    known = ("src/a.py", "src/a.py::add", "src/a.py::Tree.total")
    assert files_to_come(read_intent(task), known) == tuple(come.split())
