"""Counts the tests that a run passed, failed and skipped, from the summaries that runners print.

Knows pytest, unittest, doctest, go, cargo, jest, vitest, mocha, node and automake. A test may print
the same text, so of pytest and unittest, where they are the command, only the last summary counts.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.checks.failures import without_escapes
from assistant.checks.results import CommandResult

_SUMMARY = re.compile(
    r"^(?:=+ )?(\d+ [a-z ]+(?:, \d+ [a-z ]+)*) in [\d.]+s\b"  # pytest
    r"|^test result: \w+\. (\d.*)$"  # cargo
    r"|^\s*Tests:?\s+(\d.*)$"  # jest, vitest
    r"|^\s*(\d+ (?:passing|failing|pending))\b"  # mocha
    r"|^(\d+ passed(?: and \d+ failed)?\.)$",  # doctest -v
    re.MULTILINE,
)
_RUNNERS = frozenset({"pytest", "py.test", "unittest"})
_COUNT = re.compile(r"(\d+) ([a-z]+)")
_NUMBERED = re.compile(r"^(?:#|ℹ) ([A-Za-z]+):? +(\d+)$", re.MULTILINE)
"""node and automake, which print the number last."""
_PROGRESS = re.compile(r"^([.sFExX]+) +\[ *\d+(?:%|/\d+)\]$", re.MULTILINE)
"""pytest -qq, which prints no summary."""
_UNITTEST = re.compile(
    r"^Ran (\d+) tests? in [\d.]+s(?:\n+(?:OK|FAILED|NO TESTS RAN) \((.+)\))?", re.MULTILINE
)
_UNITTEST_COUNT = re.compile(r"(?:^|, )([a-z ]+)=(\d+)")
_GO_TEST = re.compile(r"^\s*--- (PASS|FAIL|SKIP): ", re.MULTILINE)
_GO_PACKAGE = re.compile(
    r"^(ok|FAIL)\s+\S+\s+(?:[\d.]+s|\(cached\)|\[\w+ failed\])(?!.*no tests to run)", re.MULTILINE
)
_PASSED = frozenset("passed passing pass ok xpassed .".split())  # noqa: SIM905  # a list is longer
_FAILED = frozenset("failed failing fail cancelled xpass F".split())  # noqa: SIM905
_SKIPPED = frozenset("skipped skip xfailed xfail pending todo ignored s x".split())  # noqa: SIM905

_ERRORS = frozenset({"error", "errors", "E"})


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tests ran and did not; of go without -v, how many packages."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    """With those that are expected to fail, or are yet to be written."""
    errors: int = 0
    """Of loading files, and of setting up and tearing down tests, where they are told apart."""

    @property
    def ran(self) -> int:
        """Those that passed or failed."""
        return self.passed + self.failed

    @property
    def reported(self) -> int:
        return self.ran + self.skipped + self.errors


def count_tests(result: CommandResult) -> Counts | None:
    """The counts of all summaries together; None where the output has none that is known."""
    output = without_escapes(result.output)
    found = [
        *(_sum(_words(text)) for groups in _SUMMARY.findall(output) for text in groups if text),
        *(_unittest(int(ran), rest) for ran, rest in _UNITTEST.findall(output)),
    ]
    if not _RUNNERS.isdisjoint(PurePosixPath(word).name for word in result.argv):
        found = found[-1:]
    numbered = [(word.lower(), int(count)) for word, count in _NUMBERED.findall(output)]
    if "pass" in dict(numbered):
        found.append(_sum(numbered))
    if go := (_GO_TEST if "=== RUN" in output else _GO_PACKAGE).findall(output):
        found.append(_sum((word.lower(), 1) for word in go))
    if not found:
        found = [_sum((mark, 1) for mark in line) for line in _PROGRESS.findall(output)]
    return _total(found) if found else None


def _words(summary: str) -> Iterator[tuple[str, int]]:
    return ((word, int(count)) for count, word in _COUNT.findall(summary))


def _sum(counts: Iterable[tuple[str, int]]) -> Counts:
    passed = failed = skipped = errors = 0
    for word, count in counts:
        passed += count * (word in _PASSED)
        failed += count * (word in _FAILED)
        skipped += count * (word in _SKIPPED)
        errors += count * (word in _ERRORS)
    return Counts(passed, failed, skipped, errors)


def _unittest(ran: int, rest: str) -> Counts:
    """From `Ran 5 tests` and `failures=1, skipped=2`; the former includes the latter.

    One test may fail in several subtests.
    """
    counts = {word: int(count) for word, count in _UNITTEST_COUNT.findall(rest)}
    skipped = counts.get("skipped", 0) + counts.get("expected failures", 0)
    ran = max(0, ran - skipped)
    failed = sum(counts.get(word, 0) for word in ("failures", "errors", "unexpected successes"))
    return Counts(max(0, ran - failed), min(ran, failed), skipped)


def _total(found: Sequence[Counts]) -> Counts:
    return Counts(
        sum(each.passed for each in found),
        sum(each.failed for each in found),
        sum(each.skipped for each in found),
        sum(each.errors for each in found),
    )
