"""Owns the figures over evaluated tasks: rates, their intervals, the paired comparison. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from assistant.evaluation.results import Row

_Z = 1.959964
"""Of the normal distribution, for an interval of 95%."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Over a set of rows."""

    count: int
    passed: int
    applied: int
    verified: int
    """Proposals that the assistant called verified."""
    wrong_verified: int
    seconds: float
    """Of solving, all tasks together."""
    tokens: int
    stages: tuple[tuple[str, int], ...]
    """Where the failures came from, the most frequent first."""

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Totals":
        stages = Counter(row.stage for row in rows if not row.passed)
        return cls(
            count=len(rows),
            passed=sum(row.passed for row in rows),
            applied=sum(row.proposal_applied for row in rows),
            verified=sum(row.verified_claim for row in rows),
            wrong_verified=sum(row.wrong_verified for row in rows),
            seconds=sum(row.seconds for row in rows),
            tokens=sum(row.tokens for row in rows),
            stages=tuple(stages.most_common()),
        )

    @property
    def pass_rate(self) -> float:
        """0 to 1; 0 when there are no rows."""
        return _share(self.passed, self.count)

    @property
    def apply_rate(self) -> float:
        return _share(self.applied, self.count)

    @property
    def wrong_verified_rate(self) -> float:
        """Of the proposals called verified, those that the hidden check refutes."""
        return _share(self.wrong_verified, self.verified)

    @property
    def mean_seconds(self) -> float:
        return _share(self.seconds, self.count)

    @property
    def pass_interval(self) -> tuple[float, float]:
        """Where the true pass rate lies with 95% confidence (Wilson's score interval)."""
        return wilson(self.passed, self.count)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs over the same tasks."""

    both: int
    only_first: int
    only_second: int
    neither: int
    p: float
    """Two-sided, exact: how likely so uneven a difference is if neither run is better."""

    @property
    def count(self) -> int:
        """Tasks that both runs hold."""
        return self.both + self.only_first + self.only_second + self.neither


def compare(first: Sequence[Row], second: Sequence[Row]) -> Comparison:
    """Pairs rows by id; tasks that only one of the runs holds are left out."""
    seconds = {row.id: row for row in second}
    pairs = [(row.passed, seconds[row.id].passed) for row in first if row.id in seconds]
    counts = Counter(pairs)
    only_first, only_second = counts[True, False], counts[False, True]
    return Comparison(
        both=counts[True, True],
        only_first=only_first,
        only_second=only_second,
        neither=counts[False, False],
        p=mcnemar(only_first, only_second),
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p-value of McNemar's test: a fair coin over the tasks that differ."""
    differing = only_first + only_second
    smaller = min(only_first, only_second)
    tail = sum(math.comb(differing, count) for count in range(smaller + 1))
    # Whole numbers first: both are beyond any float for a few thousand tasks.
    return min(1.0, float(Fraction(2 * tail, 1 << differing)))


def wilson(passed: int, count: int) -> tuple[float, float]:
    """Wilson's score interval for a share, 95%; (0, 1) when nothing was counted."""
    if count == 0:
        return 0.0, 1.0
    share, square = passed / count, _Z * _Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    spread = share * (1 - share) / count + square / (4 * count * count)
    half = _Z / (1 + square / count) * math.sqrt(spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
