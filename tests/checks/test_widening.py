"""A command for one test is widened to its file, to other files and to all tests."""

import subprocess
import sys

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.widening import RunnerCommand

PYTEST = "python -m pytest"
UNITTEST = "python -m unittest"
TO_END = "--maxfail=0"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "tests").mkdir()
    for name in ("tests/test_a.py", "tests/test_b.py", "tests/__init__.py"):
        (tmp_path / name).write_text("import unittest\n\n\nclass A(unittest.TestCase): ...\n")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "rest", "everything"),
    [
        ("-q tests/test_a.py::test_one", "tests/test_a.py -q", "-q"),
        ("tests/test_a.py::T::test_one[1-2] -x", "tests/test_a.py", ""),
        ("tests/test_a.py::t tests/test_a.py::u -q", "tests/test_a.py -q", "-q"),
        ("tests/test_a.py", None, ""),
        ("tests -k one", "tests", ""),
        ("-k one", "tests/test_b.py", ""),
        ("-kone", "tests/test_b.py", ""),
        ("-qk one tests/test_a.py", "tests/test_a.py -q", "-q"),
        ("-qx tests/test_a.py", None, "-q"),
        ("-xvs tests/test_a.py", None, "-vs"),
        ("-vxm slow tests/test_a.py", None, "-vm slow"),
        ("-rxX -n4 tests/test_a.py", None, "-rxX -n4"),
        ("-f tests/test_a.py", None, "-f"),
        ("--maxfail=1", None, None),
        ("--maxfail 1 --nf --sw", "tests/test_b.py", ""),
        ("-p no:x -W error tests/test_a.py", None, "-p no:x -W error"),
        ("tests/test_a.py::t --timeout 30", "tests/test_a.py --timeout 30", "--timeout 30"),
        ("--timeout 30 -j 2 tests/test_a.py", None, "--timeout 30 -j 2"),
        ("--strict tests/test_a.py::t", "tests/test_a.py --strict", "--strict"),
        ("--cov tests tests/test_a.py::t", "tests/test_a.py --cov tests", "--cov tests"),
        ("tests/test_a.py::t --cov", "tests/test_a.py --cov", "--cov"),
        ("--pyargs tests.test_a", None, "--pyargs"),
        ("-q", None, None),
    ],
)
def test_a_command_of_pytest_is_widened(root, command, rest, everything) -> None:
    found = RunnerCommand.of(parse_command(f"{PYTEST} {command}"), root)
    assert found is not None
    wider = found.on(found.rest(root, ("tests/test_b.py",)))
    assert (wider.text if wider else None) == (f"{PYTEST} {rest} {TO_END}" if rest else None)
    if everything is not ...:
        words = None if everything is None else " ".join(f"{PYTEST} {everything}".split())
        all_tests = found.all(root)
        assert (all_tests.text if all_tests else None) == (words and f"{words} {TO_END}")


@pytest.mark.parametrize(
    ("command", "rest", "everything"),
    [
        (
            f"env A=1 {UNITTEST} tests.test_a.A.test_one",
            f"env A=1 {UNITTEST} tests.test_a",
            f"env A=1 {UNITTEST} discover -s tests -t .",
        ),
        (f"{UNITTEST} tests.test_a", None, f"{UNITTEST} discover -s tests -t ."),
        (f"{UNITTEST} -q -k one tests/test_a.py", f"{UNITTEST} tests/test_a.py -q", ...),
        (f"{UNITTEST} -vf tests.test_a.A", f"{UNITTEST} tests.test_a -v", ...),
        (f"{UNITTEST} --failfast tests.test_a", None, ...),
        (f"{UNITTEST} -c tests.test_a", None, ...),
        (f"{UNITTEST} --durations 3 tests.test_a", None, ...),
        (f"{UNITTEST} discover -s tests", None, None),
        (f"{UNITTEST} discover -f -s tests", None, None),
    ],
)
def test_a_command_of_unittest_is_widened(root, command, rest, everything) -> None:
    found = RunnerCommand.of(parse_command(command), root)
    assert found is not None
    wider = found.on(found.rest(root, ("tests/test_b.py",)))
    assert (wider.text if wider else None) == rest
    if everything is not ...:
        all_tests = found.all(root)
        assert (all_tests.text if all_tests else None) == everything


@pytest.mark.parametrize(
    ("options", "settings"),
    [("-qx", ""), ("-q", "[pytest]\naddopts = -x\n"), ("-q --exitfirst", "")],
)
def test_a_widened_command_does_not_stop_at_the_first_failure(tmp_path, options, settings) -> None:
    test = "def test_{}():\n    assert False\n\n\n"
    (tmp_path / "test_a.py").write_text(test.format("one") + test.format("two"))
    if settings:
        (tmp_path / "pytest.ini").write_text(settings)
    command = f"{sys.executable} -m pytest {options} -p no:cacheprovider test_a.py::test_one"
    found = RunnerCommand.of(parse_command(command), tmp_path)
    assert found is not None
    wider = found.on(found.rest(tmp_path, ()))
    assert wider is not None
    ran = subprocess.run(wider.argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 failed" in ran.stdout


@pytest.mark.parametrize("command", ["make test", "python check.py", "cargo test"])
def test_of_other_commands_nothing_wider_is_known(root, command) -> None:
    assert RunnerCommand.of(parse_command(command), root) is None


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
    found = RunnerCommand.of(parse_command(command), root)
    assert found is not None
    assert found.runs("tests/test_a.py", root) is runs


@pytest.mark.parametrize(
    ("command", "whole"),
    [
        (PYTEST, True),
        (f"{PYTEST} -x tests/test_a.py tests/test_b.py", True),
        (f"{PYTEST} tests/test_a.py tests/test_b.py::test_one", False),
        (f"{PYTEST} tests/test_a.py", False),
        (f"{PYTEST} -k one", False),
        (f"{UNITTEST} tests.test_a tests.test_b", True),
    ],
)
def test_a_command_may_name_all_of_the_test_files(root, command, whole) -> None:
    found = RunnerCommand.of(parse_command(command), root)
    assert found is not None
    assert found.names_whole(("tests/test_a.py", "tests/test_b.py"), root) is whole
