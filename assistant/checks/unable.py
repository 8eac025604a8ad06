"""Owns telling a check that never got to the code from one that complains about it.

Knows what programs print of themselves. A test may print the same: ask only where no failure can be
read from the output.
"""

import re

from assistant.checks.results import CommandResult

# The interpreter says so of the module after -m; a failing import says it within a traceback.
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
_SHELL_CODES = frozenset({126, 127})


def why_unable(result: CommandResult) -> str:
    """What kept a check that failed from running, in its own words; empty when it ran."""
    if result.passed or result.timed_out:
        return ""
    patterns = [_NO_MODULE, _NO_TARGET]
    if result.exit_code in _SHELL_CODES or " Error 12" in result.output:
        patterns.append(_NO_PROGRAM)
    return _first(patterns, result.output)


def why_nothing_ran(result: CommandResult) -> str:
    """Why a check that failed ran no test at all, in its own words; empty when it ran some."""
    if result.passed or result.timed_out:
        return ""
    return _first([_NO_FILE, _NO_TESTS], result.output)


def _first(patterns: list[re.Pattern[str]], output: str) -> str:
    for pattern in patterns:
        if found := pattern.search(output):
            return next(text for text in found.groups() if text)
    return ""
