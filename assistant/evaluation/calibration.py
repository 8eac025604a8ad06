"""How often hunks with a given token probability pass the hidden check."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evaluation.results import Row

BOUNDS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Bucket bounds. A bucket includes its lower bound; the last one includes both."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Hunks with a token probability between two bounds."""

    low: float
    high: float
    hunks: int
    survived: int
    """Hunks whose proposal passes the hidden check."""

    @property
    def rate(self) -> float:
        return self.survived / self.hunks if self.hunks else 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    buckets: tuple[Bucket, ...]
    """In ascending order of probability."""
    unknown: Bucket
    """Hunks without one, because the model wrote none of their text."""

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


def _bucket(low: float, high: float, hunks: Sequence[tuple[float, bool]]) -> Bucket:
    return Bucket(low, high, len(hunks), sum(passed for _, passed in hunks))
