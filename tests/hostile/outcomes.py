"""How the named tests ended, and what that says about each line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

import pytest

from tests.hostile.line import Line


class Result(Enum):
    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"
    MISSING = "not there"


@dataclass
class Ended:
    """How a test ended; a test with several parameters ends as the worst of them."""

    result: Result = Result.MISSING
    runs: int = 0
    reasons: list[str] = field(default_factory=list)
    """Why it was skipped."""
    points: int = 0
    """Of faults that were injected, where the test counts them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    line: Line
    ended: tuple[Ended, ...]
    """In the order of the line's tests."""

    @property
    def result(self) -> Result:
        """A line passes if all of its tests do."""
        found = {each.result for each in self.ended}
        for worst in (Result.MISSING, Result.FAILED, Result.SKIPPED):
            if worst in found or not found:
                return worst
        return Result.PASSED


class Outcomes:
    """A plugin of pytest that collects how tests end, by node id without parameters."""

    def __init__(self) -> None:
        self._ended: dict[str, Ended] = {}

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name in (report.nodeid, report.nodeid.partition("[")[0]):
            self._add(self._ended.setdefault(name.removeprefix("tests/"), Ended()), report)

    def _add(self, ended: Ended, report: pytest.TestReport) -> None:
        if report.failed:
            ended.result = Result.FAILED
        elif report.skipped:
            ended.reasons.append(_reason(report))
            if ended.result is not Result.FAILED:
                ended.result = Result.SKIPPED
        elif report.when == "call":
            ended.runs += 1
            ended.points += sum(
                int(value) for key, value in report.user_properties if key == "points"
            )
            if ended.result is Result.MISSING:
                ended.result = Result.PASSED

    def verdicts(self, lines: Sequence[Line]) -> list[Verdict]:
        ended: Mapping[str, Ended] = self._ended
        return [
            Verdict(each, tuple(ended.get(test, Ended()) for test in each.tests)) for each in lines
        ]


def _reason(report: pytest.TestReport) -> str:
    told = report.longrepr
    return str(told[2]) if isinstance(told, tuple) else str(told)
