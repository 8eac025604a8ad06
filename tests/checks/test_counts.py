"""Summaries of test runners are counted."""

import shlex

import pytest

from assistant.checks.counts import Counts, count_tests
from assistant.checks.results import CommandResult


def counted(output: str, command: str = "make test") -> tuple[int, int, int] | None:
    found = count_tests(CommandResult(tuple(shlex.split(command)), 0, output, 0.1))
    return None if found is None else (found.passed, found.failed, found.skipped)


@pytest.mark.parametrize(
    ("output", "counts"),
    [
        ("2 failed, 1 passed, 1 skipped, 1 xfailed in 3.71s\n", (1, 2, 2)),
        ("====== 2 skipped, 3 warnings in 4.03s ======\n", (0, 0, 2)),
        ("\x1b[32m\x1b[1m4 passed\x1b[0m, \x1b[31m1 error\x1b[0m in 75.20s (0:01:15)\n", (4, 0, 0)),
        ("1 failed, 2 passed, 3 subtests passed in 0.1s\n", (2, 1, 0)),
        ("\n5 deselected in 2.98s\n", (0, 0, 0)),
        ("\nno tests ran in 0.01s\n", None),
        ("xs.FF                                     [100%]\n", (1, 2, 2)),
        ("...s [ 4/20]\n..FE [ 8/20]\n", (5, 1, 1)),
        (".s                                 [100%]\n1 passed, 1 skipped in 0.1s\n", (1, 0, 1)),
        ("Ran 3 tests in 0.000s\n\nOK\n", (3, 0, 0)),
        ("Ran 3 tests in 0.000s\n\nOK (skipped=3)\n", (0, 0, 3)),
        ("Ran 0 tests in 0.000s\n\nNO TESTS RAN (skipped=2)\n", (0, 0, 2)),
        ("Ran 5 tests in 0.011s\n\nFAILED (failures=1, skipped=1, expected failures=1, "
         "unexpected successes=1)\n", (1, 2, 2)),
        ("Ran 1 test in 0.009s\n\nFAILED (failures=3, errors=1)\n", (0, 1, 0)),
        ("1 passed and 0 failed.\nTest passed.\n", (1, 0, 0)),
        ("0 tests in 1 items.\n0 passed and 0 failed.\nTest passed.\n", (0, 0, 0)),
        ("4 passed.\nTest passed.\n", (4, 0, 0)),
        ("ok  \tshop/price\t0.01s\n?   \tshop\t[no test files]\n", (1, 0, 0)),
        ("ok  \tshop\t0.002s [no tests to run]\n", None),
        ("ok  \tshop\t(cached)\tcoverage: 80.0% of statements\n", (1, 0, 0)),
        ("--- FAIL: TestA (0.00s)\nFAIL\nFAIL\tshop\t0.01s\nFAIL\tshop/b [build failed]\nFAIL\n",
         (0, 2, 0)),
        ("=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n--- SKIP: TestB (0.00s)\n"
         "PASS\nok  \tshop\t0.01s\n", (1, 0, 1)),
        ("test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\n"
         "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured\n", (3, 1, 1)),
        ("Test Suites: 1 passed, 1 total\nTests:       1 skipped, 1 todo, 1 passed, 3 total\n",
         (1, 0, 2)),
        ("Test Suites: 1 skipped, 0 of 1 total\nTests:       2 skipped, 2 total\n", (0, 0, 2)),
        (" Test Files  1 failed (1)\n      Tests  2 failed | 1 passed (3)\n", (1, 2, 0)),
        ("\x1b[2m      Tests \x1b[22m \x1b[33m2 skipped\x1b[39m\x1b[90m (2)\x1b[39m\n", (0, 0, 2)),
        ("\n  0 passing (19ms)\n  2 pending\n", (0, 0, 2)),
        ("\n  4 passing (19ms)\n  1 failing\n", (4, 1, 0)),
        ("# tests 4\n# suites 0\n# pass 1\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 1\n",
         (1, 1, 2)),
        ("ℹ tests 2\nℹ pass 0\nℹ fail 0\nℹ cancelled 0\nℹ skipped 1\nℹ todo 1\n", (0, 0, 2)),
        ("# TOTAL: 3\n# PASS:  1\n# SKIP:  1\n# XFAIL: 0\n# FAIL:  1\n# XPASS: 0\n# ERROR: 0\n",
         (1, 1, 1)),
        ("All checks passed!\n", None),
        ("Success: no issues found in 3 source files\n", None),
        ("1 passed the gate\n# 3 apples\n", None),
        ("", None),
    ],
)  # fmt: skip
def test_summaries_are_counted(output, counts) -> None:
    assert counted(output) == counts


def test_of_a_runner_the_last_summary_counts_and_of_other_commands_all_of_them() -> None:
    output = "captured: \n9 passed in 0.1s\n\n1 failed, 2 passed in 0.2s\n"
    assert counted(output, "python -m pytest") == (2, 1, 0)
    assert counted(output, "tox") == (11, 1, 0)


def test_errors_outside_of_tests_are_told_apart() -> None:
    found = count_tests(CommandResult(("pytest",), 1, "1 passed, 2 skipped, 3 errors in 1s\n", 1.0))
    assert found == Counts(1, 0, 2, 3)
    assert (found.ran, found.reported) == (1, 6)
