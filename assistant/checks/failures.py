"""Owns turning what a check command printed, or a user pasted, into failures with their places.

Refuses to guess a place: a frame names a file that exists inside the repository. Pure but for
asking whether a path exists.
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
_LONGEST_LINE = 2_000
_MOST_LINES = 100_000
_MOST_FAILURES = 50

_RUNNERS = (parse_pytest, parse_unittest)
_LANGUAGES = (parse_doctest, parse_tracebacks, parse_javascript, parse_compilers)


def parse_failures(output: str, root: Path) -> tuple[Failure, ...]:
    """What failed, in the order printed; empty when nothing in the text is understood.

    Knows pytest in all its traceback styles, unittest, doctest, plain Python tracebacks, stacks of
    JavaScript, go test, cargo test, and compilers and linters that print `file:line:column`.
    """
    lines = [line[:_LONGEST_LINE] for line in _ANSI.sub("", output).splitlines()[:_MOST_LINES]]
    locator = Locator(root)
    for parse in _RUNNERS:
        if found := parse(lines, locator):
            return _distinct(found)
    return _distinct([failure for parse in _LANGUAGES for failure in parse(lines, locator)])


def _distinct(failures: list[Failure]) -> tuple[Failure, ...]:
    return tuple(dict.fromkeys(failures))[:_MOST_FAILURES]
