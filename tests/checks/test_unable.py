"""Checks that could not run are distinguished from checks that failed."""

import shlex

import pytest

from assistant.checks.results import CommandResult
from assistant.checks.unable import ran_tests, why_nothing_ran, why_unable


def ended(output: str, code: int = 1, *, timed_out: bool = False) -> CommandResult:
    return CommandResult(("check",), code, output, 0.1, timed_out=timed_out)


@pytest.mark.parametrize(
    ("output", "code", "why"),
    [
        ("/bin/python3: No module named pytest\n", 1, "/bin/python3: No module named pytest"),
        ("python -m pytest\n/v/bin/python: No module named pytest\nmake: *** [test] Error 1\n", 2,
         "/v/bin/python: No module named pytest"),
        ("sh: 1: tox: not found\n", 127, "sh: 1: tox: not found"),
        ("bash: tox: command not found\n", 127, "bash: tox: command not found"),
        ("/p/shims/tox: line 12: /p/libexec/p: No such file or directory\n", 127,
         "/p/shims/tox: line 12: /p/libexec/p: No such file or directory"),
        ("sh: 1: ./check: Permission denied\n", 126, "sh: 1: ./check: Permission denied"),
        ("make: tox: No such file or directory\nmake: *** [Makefile:2: test] Error 127\n", 2,
         "tox: No such file or directory"),
        ("make: *** No rule to make target 'test'.  Stop.\n", 2,
         "No rule to make target 'test'.  Stop."),
        ('npm error Missing script: "test"\nnpm error\n', 1, 'Missing script: "test"'),
    ],
)  # fmt: skip
def test_the_message_about_what_is_missing_is_returned(output, code, why) -> None:
    assert why_unable(ended(output, code)) == why


@pytest.mark.parametrize(
    "output",
    [
        "Traceback (most recent call last):\nModuleNotFoundError: No module named 'calc'\n",
        "E   ModuleNotFoundError: No module named 'calc'\n",
        "AssertionError: calc: not found\ncalc: not found\n",
        "",
    ],
)
def test_something_missing_in_the_code_is_an_ordinary_failure(output) -> None:
    assert why_unable(ended(output)) == ""


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ("\nno tests ran in 0.01s\n", "no tests ran"),
        ("===== no tests ran in 0.01s =====\n", "no tests ran"),
        ("no tests ran in 0.2s\nERROR: file or directory not found: t.py\n\n",
         "file or directory not found: t.py"),
        ("-----\nRan 0 tests in 0.000s\n\nNO TESTS RAN\n", "Ran 0 tests"),
        ("Ran 10 tests in 0.1s\n\nFAILED (failures=1)\n", ""),
        ("ERROR tests/test_a.py\n1 error in 0.10s\n", ""),
    ],
)  # fmt: skip
def test_a_run_without_tests_is_distinguished_from_a_failure(output, why) -> None:
    assert why_nothing_ran(ended(output, 5)) == why


def test_a_passed_or_timed_out_check_was_able_to_run() -> None:
    output = "python: No module named x\nno tests ran in 0.01s\n"
    for result in (ended(output, 0), ended(output, -9, timed_out=True)):
        assert why_unable(result) == why_nothing_ran(result) == ""


@pytest.mark.parametrize(
    ("command", "output", "ran"),
    [
        ("python -m pytest -q", "3 passed in 0.1s\n", True),
        ("python -m pytest -q", "\nno tests ran in 0.01s\n", False),
        ("python -m unittest", "Ran 2 tests in 0.0s\n\nOK\n", True),
        ("python -m unittest", "Ran 0 tests in 0.0s\n\nNO TESTS RAN\n", False),
        ("go test ./...", "?   shop [no test files]\n", False),
        ("go test ./...", "?   shop/cmd [no test files]\nok  \tshop\t0.01s\n", True),
        ("cargo test", "running 0 tests\n\ntest result: ok. 0 passed; 0 failed\n", False),
        ("cargo test", "running 0 tests\nrunning 4 tests\ntest result: ok. 4 passed\n", True),
        ("cargo check", "", False),
        ("python test_calc.py", "", True),
        ("python -m pytest tests/black", "1 passed\n", True),
        ("env A=1 uv run ruff check .", "All checks passed!\n", False),
        ("python -m mypy shop", "Success\n", False),
    ],
)
def test_a_check_that_runs_no_test_is_recognized(command, output, ran) -> None:
    assert ran_tests(CommandResult(tuple(shlex.split(command)), 0, output, 0.1)) is ran
