"""Parses the output of a check command, or text that a user pasted, into failures with locations.

A frame always names a file that exists in the repository. The only side effect is checking whether
paths exist.
"""

import re
from pathlib import Path

from assistant.checks.compiler_output import parse_compilers
from assistant.checks.javascript_output import parse_javascript
from assistant.checks.locations import Locator
from assistant.checks.pytest_output import parse_pytest
from assistant.checks.results import Failure
from assistant.checks.tracebacks import parse_doctest, parse_tracebacks, parse_unittest

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?")
_MAX_LINE_LENGTH = 2_000
_MAX_LINES = 100_000
MOST_FAILURES = 50
"""What `parse_failures` returns at most: with as many, not all may be known."""

_RUNNERS = (parse_pytest, parse_unittest)
_LANGUAGES = (parse_doctest, parse_tracebacks, parse_javascript, parse_compilers)


def parse_failures(output: str, root: Path) -> tuple[Failure, ...]:
    """The failures in the order printed; empty when the text contains no known format.

    Supports pytest in all traceback styles, unittest, doctest, plain Python tracebacks, JavaScript
    stacks, go test, cargo test, and compilers and linters that print `file:line:column`.
    """
    lines = [line[:_MAX_LINE_LENGTH] for line in without_escapes(output).splitlines()[:_MAX_LINES]]
    locator = Locator(root)
    for parse in _RUNNERS:
        if found := parse(lines, locator):
            return _distinct(found)
    return _distinct([failure for parse in _LANGUAGES for failure in parse(lines, locator)])


def without_escapes(output: str) -> str:
    """The output without colours and other escape sequences of terminals."""
    return _ANSI.sub("", output)


def _distinct(failures: list[Failure]) -> tuple[Failure, ...]:
    return tuple(dict.fromkeys(failures))[:MOST_FAILURES]
