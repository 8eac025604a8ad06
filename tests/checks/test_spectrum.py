"""Records which functions the failing and the passing tests run."""

import subprocess
from pathlib import Path

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.runner import CheckRunner
from assistant.checks.spectrum import RunFunction, Spectrum, take_spectrum
from assistant.engine.base import Cancel

CODE = """def helper(n):
    return n + 1


def wrong(n):
    return helper(n) * 3


def right(n):
    return helper(n)


class Box:
    @property
    def size(self):
        return wrong(2)


def never():
    return 0
"""
PYTEST = """import shop


def test_wrong():
    assert shop.wrong(1) == 4


def test_size():
    assert shop.Box().size == 6


def test_right():
    assert shop.right(1) == 2
"""
UNITTEST = """import unittest

import shop


class ShopTest(unittest.TestCase):
    def test_wrong(self):
        self.assertEqual(shop.wrong(1), 4)

    def test_size(self):
        with self.subTest("two"):
            self.assertEqual(shop.Box().size, 6)

    def test_right(self):
        self.assertEqual(shop.right(1), 2)
"""
PLAIN = "import shop\n\nassert shop.right(1) == 2\nassert shop.wrong(1) == 4\n"


def spectrum(root: Path, files: dict[str, str], command: str) -> Spectrum | None:
    for path, text in {"shop.py": CODE, **files}.items():
        (root / path).write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    runner = CheckRunner(root)
    try:
        return take_spectrum(runner, parse_command(command), Cancel(), timeout=60)
    finally:
        runner.close()


def of_code(found: Spectrum | None) -> dict[int, tuple[int, int]]:
    assert found is not None
    functions = [each for each in found.functions if each.path == "shop.py"]
    return {each.line: (each.failing, each.passing) for each in functions}


@pytest.mark.parametrize(
    ("test", "command"),
    [
        pytest.param(PYTEST, "python -m pytest -q", id="pytest"),
        pytest.param(UNITTEST, "python -m pytest -q", id="unittest under pytest"),
        pytest.param(UNITTEST, "python -m unittest", id="unittest"),
    ],
)
def test_failing_and_passing_tests_are_counted_separately(tmp_path, test, command) -> None:
    found = spectrum(tmp_path, {"test_shop.py": test}, command)
    assert of_code(found) == {1: (2, 1), 5: (2, 0), 9: (0, 1), 14: (1, 0)}
    assert found is not None
    assert (found.failed, found.passed) == (2, 1)
    score = {each.line: found.suspicion(each) for each in found.functions if each.path == "shop.py"}
    assert max(score, key=score.__getitem__) == 5
    assert score[9] == 0


def test_a_script_counts_as_one_failed_test(tmp_path) -> None:
    found = spectrum(tmp_path, {"check.py": PLAIN}, "python check.py")
    assert of_code(found) == {1: (1, 0), 9: (1, 0), 5: (1, 0)}
    assert found is not None
    assert (found.failed, found.passed) == (1, 0)


def test_a_program_started_by_the_tests_does_not_report(tmp_path) -> None:
    """Its output is often what the tests check."""
    (tmp_path / "hello.py").write_text("import shop\nprint(shop.right(1))\n")
    test = (
        "import subprocess, sys\n\nimport shop\n\n\ndef test_hello():\n"
        "    out = subprocess.run([sys.executable, 'hello.py'], capture_output=True, text=True)\n"
        "    assert out.stdout == '2\\n', out\n    assert shop.wrong(1) == 4\n"
    )
    found = spectrum(tmp_path, {"test_shop.py": test}, "python -m pytest -q")
    assert of_code(found) == {1: (1, 0), 5: (1, 0)}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("ruff check .", id="a linter runs no code"),
        pytest.param("tox", id="a wrapper has an environment of its own"),
        pytest.param("python -I check.py", id="an isolated Python loads nothing"),
        pytest.param("no-such-program pytest", id="a missing program"),
    ],
)
def test_a_run_that_cannot_be_traced_has_no_spectrum(tmp_path, command) -> None:
    assert spectrum(tmp_path, {"check.py": PLAIN}, command) is None


def test_a_run_in_which_nothing_fails_is_traced_too(tmp_path) -> None:
    files = {"test_right.py": "import shop\n\n\ndef test_right():\n    assert shop.right(1) == 2\n"}
    found = spectrum(tmp_path, files, "python -m pytest -q test_right.py")
    assert found is not None
    assert (found.failed, found.passed, found.is_complete) == (0, 1, True)
    assert of_code(found) == {1: (0, 1), 9: (0, 1)}


FORGER = """import os, sys

mark = sys.modules["sitecustomize"].MARK
print("\\n" + mark + %r, flush=True)
os._exit(1)
"""


@pytest.mark.parametrize(
    ("report", "accepted"),
    [
        ('[[1, 0], [["shop.py", 5, 1, 0]]]', True),
        ('[[1, 0], [["shop.py"]]]', False),
        ('[[1, 0], [["shop.py", 5, 1, -9]]]', False),
        ('[[1, 0], [["shop.py", 5, 2, 0]]]', False),
        ('[[1, 1e400], [["shop.py", 5, 1, 0]]]', False),
        (f'[[1{"0" * 400}, 0], [["shop.py", 5, 1, 0]]]', False),
        ('[[1, 0], [[["shop.py"], 5, 1, 0]]]', False),
        ('[[0, 3], [["shop.py", 5, 0, 1]]]', True),
        ('[[0, 0], [["shop.py", 5, 0, 0]]]', False),
        ("[" * 50_000, False),
        ('{"a": 1}', False),
    ],
)
def test_a_forged_report_must_be_plausible(tmp_path, report, accepted) -> None:
    found = spectrum(tmp_path, {"forger.py": FORGER % report}, "python forger.py")
    assert (found is not None) is accepted


def test_suspicion_is_the_ochiai_measure() -> None:
    found = Spectrum((), failed=4, passed=9)
    assert found.suspicion(RunFunction("a.py", 1, 4, 0)) == 1
    assert found.suspicion(RunFunction("a.py", 1, 4, 12)) == 0.5
    assert found.suspicion(RunFunction("a.py", 1, 0, 3)) == 0


def test_the_repository_is_left_unchanged(tmp_path) -> None:
    spectrum(tmp_path, {"check.py": PLAIN}, "python check.py")
    assert sorted(each.name for each in tmp_path.iterdir()) == [".git", "check.py", "shop.py"]
