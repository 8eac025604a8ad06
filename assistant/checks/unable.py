"""Tells a check that could not run, or ran no test, from a check that failed or passed.

Matches the error messages of shells, interpreters and test runners. A test may print the same text:
use it only when no failure can be parsed from the output.
"""

import re

from assistant.checks.counts import count_tests
from assistant.checks.results import CommandResult
from assistant.checks.testing import names_tests

# Printed by the interpreter for a missing -m module. A failing import prints a traceback instead.
_NO_MODULE = re.compile(r"^((?:\S*/)?python[\d.]*: No module named \S+.*)$", re.MULTILINE)
_NO_PROGRAM = re.compile(
    r"^(?:make: )?(.*\S: (?:(?:command )?not found|No such file or directory|Permission denied))$",
    re.MULTILINE,
)
_NO_TARGET = re.compile(
    r"^(?:make: \*\*\* )?(No rule to make target .*)$|^npm \S+ (Missing script: .*)$", re.MULTILINE
)
_NO_FILE = re.compile(r"^ERROR: (file or directory not found: .*|not found: .*)$", re.MULTILINE)
_NO_TESTS = re.compile(r"^(?:=+ )?(no tests ran) in .*$|^(Ran 0 tests) in .*$", re.MULTILINE)
_NONE_RAN = re.compile(
    r"no tests ran in |^Ran 0 tests in |\[no test files\]|^running 0 tests$|"
    r"no tests to run|no tests collected|No tests? (?:files )?found",
    re.MULTILINE | re.IGNORECASE,
)
_USAGE = re.compile(r"^(?:ERROR: )?usage: .*\n(?:.*\n){0,40}?(\S.*: error: .*)$", re.MULTILINE)
_SHELL_CODES = frozenset({126, 127})
_USAGE_CODES = frozenset({2, 4, 64})
"""Of argparse and make, of pytest, and of sysexits."""


def why_unable(result: CommandResult) -> str:
    """The message that says why a failed check could not run; empty when it ran."""
    if result.passed or result.timed_out:
        return ""
    patterns = [_NO_MODULE, _NO_TARGET]
    if result.exit_code in _SHELL_CODES or " Error 12" in result.output:
        patterns.append(_NO_PROGRAM)
    if result.exit_code in _USAGE_CODES:
        patterns.append(_USAGE)
    return _first(patterns, result.output)


def why_nothing_ran(result: CommandResult) -> str:
    """The message that says why a failed check ran no tests; empty when it ran some."""
    if result.passed or result.timed_out:
        return ""
    return _first([_NO_FILE, _NO_TESTS], result.output)


def ran_tests(result: CommandResult) -> bool:
    """Whether a check that passed ran a test that passed, as far as its output and command tell.

    Where the output counts no tests, as that of scripts, the command must be one that tests.
    """
    if (counts := count_tests(result)) is not None:
        return counts.passed > 0
    return names_tests(result.argv) and not _NONE_RAN.search(result.output)


def fewer_pass(before: CommandResult, after: CommandResult) -> bool:
    """Whether tests that passed or failed before are skipped or gone in a check that passes.

    False also where one of the outputs counts no tests.
    """
    old, new = count_tests(before), count_tests(after)
    if old is None or new is None or before.timed_out:
        return False
    # A file that could not be loaded counts as one error, and may hold several tests.
    skips = new.skipped > old.skipped and new.reported <= old.reported
    return skips or new.passed < old.ran


def _first(patterns: list[re.Pattern[str]], output: str) -> str:
    for pattern in patterns:
        if found := pattern.search(output):
            return next(text for text in found.groups() if text)
    return ""
