"""Tells a check that could not run, or ran no test, from a check that failed or passed.

Matches the error messages of shells, interpreters and test runners. A test may print the same text:
use it only when no failure can be parsed from the output.
"""

import re
from pathlib import PurePosixPath

from assistant.checks.results import CommandResult

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
_SOME_RAN = re.compile(
    r"[1-9]\d* passed|^Ran [1-9]\d* test|^ok\s+\S+\s+[\d.(]|^# pass [1-9]", re.MULTILINE
)
_NONE_RAN = re.compile(
    r"no tests ran in |^Ran 0 tests in |\[no test files\]|^running 0 tests$|^# tests 0$|"
    r"no tests to run|no tests collected",
    re.MULTILINE | re.IGNORECASE,
)
_READERS = frozenset(
    """ruff flake8 pylint pyflakes black isort mypy pyright basedpyright pyre bandit vulture
    eslint tsc prettier biome oxlint golint golangci-lint gofmt rustfmt shellcheck rubocop javac
    py_compile compileall""".split()  # noqa: SIM905  # a list of strings is longer to read
)
"""Programs that read code and run none of it."""
_READING = frozenset(
    (program, command)
    for program in ("cargo", "go")
    for command in ("check", "clippy", "fmt", "build", "vet")
)
_LAUNCHERS = frozenset("env python python3 -m uv uvx run poetry npx pnpm exec yarn bundle".split())  # noqa: SIM905
"""Words before the program that a command is about."""
_SHELL_CODES = frozenset({126, 127})


def why_unable(result: CommandResult) -> str:
    """The message that says why a failed check could not run; empty when it ran."""
    if result.passed or result.timed_out:
        return ""
    patterns = [_NO_MODULE, _NO_TARGET]
    if result.exit_code in _SHELL_CODES or " Error 12" in result.output:
        patterns.append(_NO_PROGRAM)
    return _first(patterns, result.output)


def why_nothing_ran(result: CommandResult) -> str:
    """The message that says why a failed check ran no tests; empty when it ran some."""
    if result.passed or result.timed_out:
        return ""
    return _first([_NO_FILE, _NO_TESTS], result.output)


def ran_tests(result: CommandResult) -> bool:
    """Whether a check that passed ran code to test it, as far as its command and output tell.

    Linters, formatters, type checkers and compilers only read it.
    """
    words = [PurePosixPath(word).name for word in result.argv]
    named = [word for word in words if word not in _LAUNCHERS and "=" not in word]
    if not _READERS.isdisjoint(named[:1]) or tuple(named[:2]) in _READING:
        return False
    return bool(_SOME_RAN.search(result.output)) or not _NONE_RAN.search(result.output)


def _first(patterns: list[re.Pattern[str]], output: str) -> str:
    for pattern in patterns:
        if found := pattern.search(output):
            return next(text for text in found.groups() if text)
    return ""
