"""Calibration: how often hunks shown with a given confidence pass the hidden check."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evaluation.results import Row
from assistant.proposal.changes import SURE

BOUNDS = (0.0, 0.5, 0.8, 0.9, SURE, 0.99, 1.0)
"""Bucket bounds. A bucket includes its lower bound; the last one includes both."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Hunks shown with a confidence between two bounds."""

    low: float
    high: float
    hunks: int
    survived: int
    """Hunks whose proposal passes the hidden check."""
    confidence: float
    """Mean confidence shown; 0 without hunks."""

    @property
    def rate(self) -> float:
        return self.survived / self.hunks if self.hunks else 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    buckets: tuple[Bucket, ...]
    """In ascending order of confidence."""
    unknown: Bucket
    """Hunks without a confidence, because the model wrote none of their text."""

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Calibration":
        """Each hunk counts with the result of its proposal: the check judges only the whole."""
        shown = [(value, row.passed) for row in rows for value in row.hunks]
        known = [(value, passed) for value, passed in shown if value is not None]
        inside: list[list[tuple[float, bool]]] = [[] for _ in BOUNDS[1:]]
        for value, passed in known:
            at = bisect_right(BOUNDS, value) - 1
            inside[min(at, len(inside) - 1)].append((value, passed))
        buckets = tuple(
            _bucket(low, high, hunks)
            for low, high, hunks in zip(BOUNDS, BOUNDS[1:], inside, strict=False)
        )
        unknown = [(0.0, passed) for value, passed in shown if value is None]
        return cls(buckets, _bucket(0.0, 0.0, unknown))

    @property
    def sure(self) -> Bucket:
        """Hunks shown as sure."""
        return _merged([bucket for bucket in self.buckets if bucket.low >= SURE])

    @property
    def unsure(self) -> Bucket:
        return _merged([bucket for bucket in self.buckets if bucket.low < SURE])

    @property
    def error(self) -> float:
        """Expected calibration error: mean gap between confidence and survival rate, 0 to 1."""
        hunks = sum(bucket.hunks for bucket in self.buckets)
        apart = sum(abs(each.confidence - each.rate) * each.hunks for each in self.buckets)
        return apart / hunks if hunks else 0.0


def _bucket(low: float, high: float, hunks: Sequence[tuple[float, bool]]) -> Bucket:
    mean = sum(value for value, _ in hunks) / len(hunks) if hunks else 0.0
    return Bucket(low, high, len(hunks), sum(passed for _, passed in hunks), mean)


def _merged(buckets: Sequence[Bucket]) -> Bucket:
    hunks = sum(bucket.hunks for bucket in buckets)
    total = sum(bucket.confidence * bucket.hunks for bucket in buckets)
    survived = sum(bucket.survived for bucket in buckets)
    mean = total / hunks if hunks else 0.0
    return Bucket(buckets[0].low, buckets[-1].high, hunks, survived, mean)
