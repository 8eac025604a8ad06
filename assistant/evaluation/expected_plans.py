"""Judges plans by the files that a task expects: those it must name and those it may name."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evaluation.localization import file_of
from assistant.evaluation.results import Row, Stage

EXPECTED = "what the task expects"
"""How the truth of such a row is known."""


@dataclass(frozen=True, slots=True)
class ExpectedTotals:
    """Figures over plans with expected files. Recall and precision are means over the rows.

    A row without a plan has a recall and a precision of 0.
    """

    count: int
    recall: float
    """Share of the files that a plan must name that it names."""
    precision: float
    """Share of the files that a plan names that it must or may name."""
    both: int
    """Plans that name all they must and nothing beside it."""
    pooled_recall: float
    """Recall over the files of all rows together, which weighs long plans more."""
    pooled_precision: float
    twice: int
    """Steps whose target an earlier step of the same plan has."""

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "ExpectedTotals":
        """The figures of the rows, all of which must have expected files."""
        pairs = [(_files(row), set(row.truth), {*row.truth, *row.may}) for row in rows]
        hits = [(len(named & must), len(must)) for named, must, _ in pairs]
        right = [(len(named & allowed), len(named)) for named, _, allowed in pairs]
        return cls(
            count=len(rows),
            recall=_mean(hits),
            precision=_mean(right),
            both=sum(bool(named) and must <= named <= allowed for named, must, allowed in pairs),
            pooled_recall=_pooled(hits),
            pooled_precision=_pooled(right),
            twice=sum(len(row.places) - len(set(row.places)) for row in rows),
        )


def has_expected(row: Row) -> bool:
    """Whether a row is judged by expected files."""
    return row.truth_from == EXPECTED


def stage_by_files(steps: Sequence[str], must: Sequence[str], may: Sequence[str]) -> Stage:
    """What is wrong with a plan whose steps have these targets; Stage.NONE if nothing is."""
    named = {file_of(step) for step in steps}
    if not named:
        return Stage.NO_PROPOSAL
    if not named.issuperset(must):
        return Stage.NOT_LOCALIZED
    return Stage.NONE if named.issubset((*must, *may)) else Stage.BESIDE


def _files(row: Row) -> set[str]:
    return {file_of(place) for place in row.places}


def _mean(shares: Sequence[tuple[int, int]]) -> float:
    return sum(part / whole if whole else 0.0 for part, whole in shares) / max(1, len(shares))


def _pooled(shares: Sequence[tuple[int, int]]) -> float:
    return sum(part for part, _ in shares) / max(1, sum(whole for _, whole in shares))
