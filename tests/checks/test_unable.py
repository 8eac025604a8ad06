"""Checks that could not run are distinguished from checks that failed."""

import shlex

import pytest

from assistant.checks.results import CommandResult
from assistant.checks.unable import fewer_pass, ran_tests, why_nothing_ran, why_unable


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
        ("usage: python -m unittest [-h] [-v]\n                          [tests ...]\n"
         "python -m unittest: error: unrecognized arguments: lint\n", 2,
         "python -m unittest: error: unrecognized arguments: lint"),
        ("ERROR: usage: __main__.py [options] [file_or_dir]\n"
         "__main__.py: error: unrecognized arguments: --nonsense\n  rootdir: /r\n", 4,
         "__main__.py: error: unrecognized arguments: --nonsense"),
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
        "usage: tool [-h]\ntool: error: the following arguments are required: name\nF\n1 failed\n",
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
        ("python -m pytest -q", "s             [100%]\n1 skipped in 0.1s\n", False),
        ("python -m pytest -qq", "ss            [100%]\n", False),
        ("python -m pytest -qq", "s.            [100%]\n", True),
        ("python -m unittest", "Ran 2 tests in 0.0s\n\nOK\n", True),
        ("python -m unittest", "Ran 0 tests in 0.0s\n\nNO TESTS RAN\n", False),
        ("python -m unittest", "Ran 3 tests in 0.0s\n\nOK (skipped=3)\n", False),
        ("go test ./...", "?   shop [no test files]\n", False),
        ("go test ./...", "?   shop/cmd [no test files]\nok  \tshop\t0.01s\n", True),
        ("go test -run X ./...", "ok  \tpkg\t0.002s [no tests to run]\n", False),
        ("cargo test", "running 0 tests\n\ntest result: ok. 0 passed; 0 failed\n", False),
        ("cargo test", "running 0 tests\nrunning 4 tests\ntest result: ok. 4 passed\n", True),
        ("npx jest", "No tests found, exiting with code 0\n", False),
        ("npm test", "No test files found, exiting with code 0\n", False),
        ("npx mocha", "\n  0 passing (11ms)\n", False),
        ("npx mocha", "\n  2 passing (11ms)\n", True),
        ("node --test", "# tests 1\n# pass 0\n# fail 0\n# skipped 1\n", False),
        ("node --test", "ℹ tests 1\nℹ pass 1\nℹ fail 0\nℹ skipped 0\n", True),
        ("cargo check", "", False),
        ("python test_calc.py", "", True),
        ("env A=1 uv run --frozen python check.py", "", True),
        ("python -m doctest calc.py", "", True),
        ("python -W error scripts/lint.py", "", False),
        ("python -c 'import calc'", "", True),
        ("node check.js", "", True),
        ("python -m pytest tests/black", "1 passed in 0.1s\n", True),
        ("env A=1 uv run ruff check .", "All checks passed!\n", False),
        ("uv run --frozen mypy .", "Success: no issues found in 3 source files\n", False),
        ("python -m mypy shop", "Success\n", False),
        ("python3.12 -m ruff check .", "All checks passed!\n", False),
        ("python -m py_compile calc.py", "", False),
        ("sh -c 'ruff check .'", "All checks passed!\n", False),
        ("sh -c 'ruff check . && python check.py'", "All checks passed!\n", True),
        ("sh -c 'cd sub; make test'", "", True),
        ("sh -c 'echo \"'", "", False),
        ("npm run lint", "", False),
        ("npm run lint -- tests", "", False),
        ("npm run test:unit", "", True),
        ("npm run test:lint", "", False),
        ("npm test --silent", "", True),
        ("npx eslint tests", "", False),
        ("make -s lint", "", False),
        ("make", "", False),
        ("make -s test", "", True),
        ("./gradlew test", "BUILD SUCCESSFUL in 2s\n", True),
        ("bash run_tests.sh", "", True),
        ("bash deploy.sh", "", False),
        ("go vet ./...", "", False),
        ("tox -e lint", "lint: OK\n", False),
        ("tox -e py311", "3 passed in 0.1s\n", True),
        ("yamllint tests", "", False),
        ("true", "", False),
    ],
)
def test_a_check_that_runs_no_test_is_recognized(command, output, ran) -> None:
    assert ran_tests(CommandResult(tuple(shlex.split(command)), 0, output, 0.1)) is ran


@pytest.mark.parametrize(
    ("before", "after", "fewer"),
    [
        ("1 failed, 4 passed in 1s", "5 passed in 1s", False),
        ("1 failed, 4 passed, 2 skipped in 1s", "5 passed, 2 skipped in 1s", False),
        ("1 failed in 1s", "1 skipped in 1s", True),
        ("1 failed in 1s", "1 xfailed in 1s", True),
        ("1 failed, 4 passed in 1s", "4 passed, 1 skipped in 1s", True),
        ("2 failed, 4 passed in 1s", "5 passed, 1 skipped in 1s", True),
        ("1 failed, 4 passed in 1s", "4 passed in 1s", True),
        ("1 error in 1s", "4 passed, 2 skipped in 1s", False),
        ("4 passed, 1 error in 1s", "4 passed, 1 skipped in 1s", True),
        ("1 error in 1s", "1 skipped in 1s", True),
        ("1 passed, 1 error in 1s", "1 passed in 1s", False),
        ("", "4 passed, 1 skipped in 1s", False),
        ("1 failed in 1s", "", False),
        ("Ran 3 tests in 1s\n\nFAILED (failures=5)", "Ran 3 tests in 1s\n\nOK", False),
        ("Ran 3 tests in 1s\n\nFAILED (errors=1)", "Ran 3 tests in 1s\n\nOK (skipped=1)", True),
        ("# pass 1\n# fail 1", "# pass 1\n# skipped 1", True),
        ("FAIL\ta\t0.1s\nok  \tb\t0.1s", "ok  \ta\t0.1s\nok  \tb\t0.1s", False),
    ],
)
def test_tests_that_ran_before_and_do_not_pass_now_are_noticed(before, after, fewer) -> None:
    assert fewer_pass(ended(f"{before}\n"), ended(f"{after}\n", 0)) is fewer


def test_of_a_run_that_was_stopped_the_counts_say_nothing() -> None:
    before = ended("9 failed, 1 passed in 1s\n", -9, timed_out=True)
    assert not fewer_pass(before, ended("2 passed in 1s\n", 0))
