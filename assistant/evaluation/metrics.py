"""Statistics over evaluated tasks: rates, confidence intervals and paired comparison."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import mean, median

from assistant.evaluation.localization import Localization, Truths, stage_of, truths_of
from assistant.evaluation.results import Row

_Z = 1.959964
"""Quantile of the normal distribution for a 95% interval."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals over a set of rows."""

    count: int
    passed: int
    shown: int
    """Tasks with a proposal that a user would have seen."""
    applied: int
    no_ops: int
    """Proposals that change no byte."""
    unparsable: int
    """Proposals with a Python file that does not parse."""
    verified: int
    """Proposals that the assistant called verified."""
    wrong_verified: int
    answers: int
    """Candidates generated to completion."""
    tokens: int
    """Generated tokens."""
    mean_seconds: float
    """Time to solve a task; 0 without rows."""
    median_seconds: float
    stages: tuple[tuple[str, int], ...]
    """Stages at which tasks failed, most frequent first."""
    discarded: tuple[tuple[str, int], ...]
    """Reasons for discarded candidates without details, most frequent first."""

    @classmethod
    def of(cls, rows: Sequence[Row], truths: Truths | None = None) -> "Totals":
        """`truths` maps task ids to the true targets; taken from the rows by default."""
        known = truths_of(rows) if truths is None else truths
        stages = Counter(stage_of(row, known) for row in rows if not row.passed)
        reasons = (reason.partition(":")[0].rstrip(".") for row in rows for reason in row.discarded)
        seconds = [row.seconds for row in rows]
        return cls(
            count=len(rows),
            passed=sum(row.passed for row in rows),
            shown=sum(row.shown for row in rows),
            applied=sum(row.proposal_applied for row in rows),
            no_ops=sum(row.no_op for row in rows),
            unparsable=sum(row.unparsable for row in rows),
            verified=sum(row.verified_claim for row in rows),
            wrong_verified=sum(row.wrong_verified for row in rows),
            answers=sum(row.candidates for row in rows),
            tokens=sum(row.tokens for row in rows),
            mean_seconds=mean(seconds) if seconds else 0.0,
            median_seconds=median(seconds) if seconds else 0.0,
            stages=tuple(stages.most_common()),
            discarded=tuple(Counter(reasons).most_common()),
        )

    @property
    def pass_rate(self) -> float:
        """Share of tasks that passed, 0 to 1; 0 without rows."""
        return share(self.passed, self.count)

    @property
    def apply_rate(self) -> float:
        """Share of proposals that were applied."""
        return share(self.applied, self.shown)

    @property
    def wrong_verified_rate(self) -> float:
        """Share of verified proposals that fail the hidden check."""
        return share(self.wrong_verified, self.verified)

    @property
    def pass_interval(self) -> tuple[float, float]:
        """95% confidence interval of the pass rate (Wilson score interval)."""
        return wilson(self.passed, self.count)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A paired comparison of two runs over the tasks they share."""

    first: Totals
    second: Totals
    both: int
    """Tasks that passed in both runs."""
    only_first: int
    only_second: int
    neither: int
    p: float
    """Exact two-sided p-value of McNemar's test."""
    places: tuple[Localization, Localization]
    """Localization of each run, on truths pooled over both."""

    @property
    def count(self) -> int:
        return self.both + self.only_first + self.only_second + self.neither


def compare(first: Sequence[Row], second: Sequence[Row]) -> Comparison:
    """Pairs rows by id. Tasks in only one of the runs are left out."""
    others = {row.id: row for row in second}
    pairs = [(row, others[row.id]) for row in first if row.id in others]
    counts = Counter((a.passed, b.passed) for a, b in pairs)
    sides = [a for a, _ in pairs], [b for _, b in pairs]
    truths = truths_of([*sides[0], *sides[1]])
    return Comparison(
        first=Totals.of(sides[0], truths),
        second=Totals.of(sides[1], truths),
        both=counts[True, True],
        only_first=counts[True, False],
        only_second=counts[False, True],
        neither=counts[False, False],
        p=mcnemar(counts[True, False], counts[False, True]),
        places=(Localization.of(sides[0], truths), Localization.of(sides[1], truths)),
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p-value of McNemar's test, from the tasks on which the runs differ."""
    differing = only_first + only_second
    smaller = min(only_first, only_second)
    tail = sum(math.comb(differing, count) for count in range(smaller + 1))
    # With thousands of tasks, both integers overflow a float.
    return min(1.0, float(Fraction(2 * tail, 1 << differing)))


def wilson(passed: int, count: int) -> tuple[float, float]:
    """The 95% Wilson score interval of a proportion; (0, 1) if the count is 0."""
    if count == 0:
        return 0.0, 1.0
    share, square = passed / count, _Z * _Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    spread = share * (1 - share) / count + square / (4 * count * count)
    half = _Z / (1 + square / count) * math.sqrt(spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(part: float, whole: float) -> float:
    """The quotient of part and whole; 0 if the whole is 0."""
    return part / whole if whole else 0.0
