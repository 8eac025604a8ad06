"""A command for one test is widened to its file, to other files and to all tests."""

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.widening import RunnerCommand

PYTEST = "python -m pytest -q"
UNITTEST = "python -m unittest"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "tests").mkdir()
    for name in ("tests/test_a.py", "tests/test_b.py", "tests/__init__.py"):
        (tmp_path / name).write_text("import unittest\n\n\nclass A(unittest.TestCase): ...\n")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "rest", "everything"),
    [
        (f"{PYTEST} tests/test_a.py::test_one", f"{PYTEST} tests/test_a.py", PYTEST),
        (f"{PYTEST} tests/test_a.py::T::test_one[1-2] -x", f"{PYTEST} tests/test_a.py", PYTEST),
        (f"{PYTEST} tests/test_a.py::t tests/test_a.py::u", f"{PYTEST} tests/test_a.py", PYTEST),
        (f"{PYTEST} tests/test_a.py", None, PYTEST),
        (f"{PYTEST} tests -k one", f"{PYTEST} tests", PYTEST),
        (f"{PYTEST} -k one", f"{PYTEST} tests/test_b.py", PYTEST),
        (f"{PYTEST} --maxfail=1", f"{PYTEST} tests/test_b.py", PYTEST),
        (f"{PYTEST} -p no:x -W error tests/test_a.py", None, f"{PYTEST} -p no:x -W error"),
        (PYTEST, None, None),
        (
            f"env A=1 {UNITTEST} tests.test_a.A.test_one",
            f"env A=1 {UNITTEST} tests.test_a",
            f"env A=1 {UNITTEST} discover -s tests -t .",
        ),
        (f"{UNITTEST} tests.test_a", None, f"{UNITTEST} discover -s tests -t ."),
        (f"{UNITTEST} -q -k one tests/test_a.py", f"{UNITTEST} -q tests/test_a.py", ...),
        (f"{UNITTEST} discover -s tests", None, None),
    ],
)
def test_a_command_is_widened(root, command, rest, everything) -> None:
    found = RunnerCommand.of(parse_command(command))
    assert found is not None
    wider = found.on(found.rest(root, ("tests/test_b.py",)))
    assert (wider.text if wider else None) == rest
    if everything is not ...:
        all_tests = found.all(root)
        assert (all_tests.text if all_tests else None) == everything


@pytest.mark.parametrize("command", ["make test", "python check.py", "cargo test"])
def test_of_other_commands_nothing_wider_is_known(command) -> None:
    assert RunnerCommand.of(parse_command(command)) is None


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        (PYTEST, True),
        (f"{PYTEST} tests/", True),
        (f"{PYTEST} tests/test_a.py::test_one", True),
        (f"{PYTEST} tests/test_b.py", False),
        (f"{PYTEST} -k one", False),
        (f"{UNITTEST} tests.test_a.A", True),
        (f"{UNITTEST} tests.test_b", False),
    ],
)
def test_what_a_command_names_is_known(root, command, runs) -> None:
    found = RunnerCommand.of(parse_command(command))
    assert found is not None
    assert found.runs("tests/test_a.py", root) is runs
