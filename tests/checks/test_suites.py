"""Runs tests of real repositories in the sandbox and counts what they show."""

import subprocess
import sys
from pathlib import Path

import pytest

from assistant.checks.commands import CheckCommand
from assistant.checks.discovery import ProjectTests, Runner, find_tests
from assistant.checks.runner import CheckRunner
from assistant.checks.suites import SuiteRun, run_tests
from tests.checks.running import Flag

PYTEST = """\
import pytest

from shop import price


@pytest.fixture
def half():
    return 0.5


@pytest.mark.parametrize("count", [1, 2, 3])
def test_price(count, half):
    assert price(count) == count * half


def test_skipped():
    pytest.skip("not here")
"""
UNITTEST = """\
import unittest

from shop import price


class PriceTest(unittest.TestCase):
    def test_one(self):
        self.assertEqual(price(1), 0.5)

    def test_two(self):
        self.assertEqual(price(2), 1)
"""
RIGHT, WRONG = "def price(count):\n    return count / 2\n", "def price(count):\n    return 0.5\n"


@pytest.fixture
def run(tmp_path: Path):
    """Runs the tests of a repository with these files, optionally with an overlay."""
    root = tmp_path / "repo"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / ".gitignore").write_text(".venv/\n")

    def run(
        files: dict[str, str],
        *tests: str,
        overlay: dict[str, bytes] | None = None,
        limit: float = 60,
    ) -> SuiteRun:
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        found = find_tests(root, "shop.py")
        assert isinstance(found, ProjectTests)
        runner = CheckRunner(root)
        command = found.on(tests, ("shop.py",))
        try:
            return run_tests(runner, found, command, overlay or {}, Flag(), timeout=limit)
        finally:
            runner.close()

    return run


@pytest.mark.parametrize(
    ("text", "passed", "failed"),
    [
        (
            PYTEST,
            3,
            {"test_shop.py::test_price[2]", "test_shop.py::test_price[3]"},
        ),
        (UNITTEST, 2, {"test_two (test_shop.PriceTest.test_two)"}),
    ],
)
def test_failing_tests_are_named_and_passing_ones_counted(run, text, passed, failed) -> None:
    files = {"shop.py": RIGHT, "test_shop.py": text}
    before = run(files, "test_shop.py")
    assert (before.passed, before.failed, before.problem) == (passed, (), "")
    after = run(files, "test_shop.py", overlay={"shop.py": WRONG.encode()})
    assert (after.passed, set(after.failed)) == (1, failed)


def test_a_file_that_cannot_be_imported_has_failed(run) -> None:
    files = {"shop.py": RIGHT, "test_shop.py": PYTEST}
    broken = run(files, "test_shop.py", overlay={"shop.py": b"import nowhere\n"})
    assert (broken.passed, broken.failed) == (0, ("test_shop.py",))


def test_a_file_that_cannot_be_imported_does_not_stop_the_others(run) -> None:
    files = {"shop.py": RIGHT, "test_shop.py": PYTEST, "test_other.py": "import nowhere\n"}
    found = run(files, "test_shop.py", "test_other.py")
    assert (found.passed, found.failed, found.problem) == (3, ("test_other.py",), "")


def test_sources_come_before_what_is_installed(run) -> None:
    files = {"src/shop.py": RIGHT, "tests/test_shop.py": PYTEST, "pytest.ini": "[pytest]\n"}
    assert run(files, "tests/test_shop.py").passed == 3


def test_options_of_missing_plugins_are_left_out(run) -> None:
    files = {"shop.py": RIGHT, "test_shop.py": PYTEST}
    files["pytest.ini"] = "[pytest]\naddopts = --no-such-option\n"
    assert run(files, "test_shop.py").passed == 3


def test_an_environment_without_pytest_says_so(run, tmp_path) -> None:
    files = {"shop.py": RIGHT, "test_shop.py": PYTEST, "pytest.ini": "[pytest]\n"}
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "repo" / ".venv")],
        check=True,
    )
    found = run(files, "test_shop.py")
    assert found.problem == "pytest is not installed in .venv/bin/python; install it there"


def test_a_program_that_is_missing_is_a_problem_with_a_hint(run, tmp_path) -> None:
    root = tmp_path / "repo"
    tests = ProjectTests(CheckCommand(("vitest", "run"), "package.json"), Runner.VITEST)
    found = run_tests(CheckRunner(root), tests, tests.command, {}, Flag(), timeout=5)
    assert "'vitest'" in found.problem
    assert found.problem.endswith("Install it, or use another command.")


def test_tests_that_do_not_end_are_a_problem(run) -> None:
    files = {"shop.py": RIGHT, "test_shop.py": "def test_long():\n    while True:\n        pass\n"}
    found = run(files, "test_shop.py", limit=3)
    assert found.timed_out
    assert "longer than 3 s" in found.problem


def test_tests_in_a_tox_environment_are_run_with_its_python(run, tmp_path) -> None:
    """The scratch copy shows environments that git ignores."""
    root = tmp_path / "repo"
    (root / ".gitignore").write_text(".tox/\n")
    folder = root / ".tox" / "py"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    package = next(folder.glob("lib/python*/site-packages")) / "pytest"
    package.mkdir()
    (package / "__main__.py").write_text("print('the pytest of tox')\n")
    found = run({"shop.py": RIGHT, "pytest.ini": "[pytest]\n"}, "test_shop.py")
    assert found.problem == "the pytest of tox"


@pytest.mark.parametrize(
    ("output", "passed"),
    [
        ("Tests:       1 failed, 4 passed, 5 total\n", 4),
        (" Tests  7 passed (7)\n", 7),
        ("  12 passing (31ms)\n", 12),
        ("# pass 3\n", 3),
        ("test result: ok. 2 passed; 0 failed;\ntest result: ok. 1 passed; 0 failed;\n", 3),
        ("ok  \tshop/price\t0.01s\n?   \tshop\t[no test files]\n", 1),
        ("ok  \tshop\t0.01s [no tests to run]\n", 0),
    ],
)
def test_what_passes_is_counted_for_other_runners(tmp_path, output, passed) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "output.txt").write_text(output)
    runner = CheckRunner(tmp_path)
    tests = ProjectTests(CheckCommand(("cat", "output.txt"), "given"), Runner.SCRIPT)
    found = run_tests(runner, tests, tests.command, {}, Flag(), timeout=10)
    runner.close()
    assert (found.passed, found.problem) == (passed, "")


def _recorded(tmp_path, output: str, code: int = 1) -> SuiteRun:
    """What is read from a runner that prints this."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "output.txt").write_text(output)
    (tmp_path / "a_test.go").write_text("package shop\n")
    (tmp_path / "a.test.js").write_text("test()\n" * 9)
    runner = CheckRunner(tmp_path)
    command = CheckCommand(("sh", "-c", f"cat output.txt; exit {code}"), "given")
    tests = ProjectTests(command, Runner.SCRIPT)
    found = run_tests(runner, tests, tests.command, {}, Flag(), timeout=10)
    runner.close()
    return found


GO = """\
--- FAIL: TestBad (0.00s)
--- FAIL: TestOther (0.00s)
    a_test.go:1: wrong
FAIL
FAIL\tshop\t0.01s
FAIL\tshop/price [build failed]
ok  \tshop/list\t0.01s
FAIL
"""
CARGO = """\
running 3 tests
test tests::a ... ok
test tests::b ... FAILED
test tests::c ... FAILED

failures:

---- tests::b stdout ----
Error: "no"

test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out
"""
JEST = """\
  ● b

    wrong

      at Object.toBe (a.test.js:2:29)

Tests:       {} failed, 4 passed, 5 total
"""

VITEST = """\
 FAIL  a.test.js > b
AssertionError: expected 1 to be 2 // Object.is equality
 ❯ a.test.js:3:29

 FAIL  a.test.js > c
{ stacks: [] }

      Tests  2 failed | 1 passed (3)
"""
MOCHA = """\
  x
    ✔ a
    1) b
    2) c


  1 passing (8ms)
  2 failing

  1) x
       b:

      AssertionError [ERR_ASSERTION]: 1 == 2
      at Context.<anonymous> (a.test.js:2:65)

  2) x
       c:
     Error: no
      at Context.<anonymous> (a.test.js:2:122)
"""
NODE = """\
✔ a (1.4ms)
✖ b (1.4ms)
  AssertionError [ERR_ASSERTION]: 1 == 2
      at TestContext.<anonymous> (file:///a.test.js:3:51)
▶ d
  ✖ inner (0.1ms)
▶ d (0.2ms)

✖ failing tests:

test at a.test.js:3:22
✖ b (1.4ms)
  AssertionError [ERR_ASSERTION]: 1 == 2
      at TestContext.<anonymous> (file:///a.test.js:3:51)

ℹ pass 1
ℹ fail 2
"""
TAP = """\
not ok 2 - b
  ---
  error: '1 == 2'
  ...
    # Subtest: inner
    not ok 1 - inner
not ok 3 - d
ok 4 - e # TODO
# pass 1
# fail 3
# todo 1
"""


@pytest.mark.parametrize(
    ("output", "passed", "failed"),
    [
        (GO, 1, ("TestBad", "TestOther", "shop/price")),
        (CARGO, 1, ("tests::b", "tests::c")),
        (JEST.format(1), 4, ("b",)),
        (VITEST, 1, ("b", "c")),
        (MOCHA, 1, ("x b", "x c")),
        (NODE, 1, ("b", "inner")),
        (TAP, 1, ("b", "d", "inner")),
    ],
    ids=["go", "cargo", "jest", "vitest", "mocha", "node", "tap"],
)
def test_failing_tests_of_other_runners_are_named(tmp_path, output, passed, failed) -> None:
    found = _recorded(tmp_path, output)
    assert (found.passed, sorted(found.failed), found.problem) == (passed, sorted(failed), "")


@pytest.mark.parametrize(
    ("output", "failed"),
    [(JEST.format(2), ("b",)), ("Tests:  4 passed, 4 total\n", ("exit code 1",))],
    ids=["some have no name", "none has"],
)
def test_a_run_with_failing_tests_that_have_no_name_is_a_problem(tmp_path, output, failed) -> None:
    found = _recorded(tmp_path, output)
    assert (found.passed, found.failed) == (0, failed)
    assert found.problem == "the output does not name every test that fails"


def test_skipped_tests_of_unittest_do_not_pass(run) -> None:
    skipped = UNITTEST.replace("    def", "    @unittest.skip('not here')\n    def")
    found = run({"shop.py": RIGHT, "test_shop.py": skipped}, "test_shop.py")
    assert (found.passed, found.failed) == (0, ())
    text = UNITTEST + "\n    def test_late(self):\n        self.skipTest('not here')\n"
    assert run({"test_shop.py": text}, "test_shop.py").passed == 2


def test_more_failing_tests_than_are_named_are_a_problem(run) -> None:
    text = (
        "import pytest\n\n\n@pytest.mark.parametrize('count', range(300))\n"
        "def test_count(count):\n    assert count < 0\n\n\ndef test_other():\n    pass\n"
    )
    files = {"shop.py": RIGHT, "test_shop.py": text, "pytest.ini": "[pytest]\n"}
    found = run(files, "test_shop.py")
    assert (found.passed, len(found.failed)) == (0, 200)
    assert found.problem == "300 tests fail, more than are compared"


def test_tests_run_on_after_one_that_fails(run) -> None:
    files = {"shop.py": WRONG, "test_shop.py": PYTEST, "pytest.ini": "[pytest]\naddopts = -x\n"}
    found = run(files, "test_shop.py")
    assert (found.passed, len(found.failed)) == (1, 2)
