"""Counts the decisions of a review, in all and for each file."""

from collections import Counter
from dataclasses import dataclass

from assistant.proposal.changes import ChangeKind
from assistant.review.decisions import Review


@dataclass(frozen=True, slots=True)
class FileTally:
    """One file of a proposal."""

    path: str
    kind: ChangeKind
    added: int
    removed: int
    decided: int
    total: int
    """Hunks."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of hunks."""

    accepted: int
    """Decided, and written at least in part."""
    rejected: int
    begun: int
    """With lines that are accepted and lines that are open."""
    untouched: int
    """Open, with no accepted line."""
    conflicts: int
    """Open, in lines that the user has changed on disk."""
    files: tuple[FileTally, ...]

    @property
    def total(self) -> int:
        return self.accepted + self.rejected + self.open

    @property
    def open(self) -> int:
        return self.begun + self.untouched

    @property
    def writes(self) -> int:
        """Hunks that are written, whole or in part."""
        return self.accepted + self.begun


def tally(review: Review) -> Tally:
    """Counts a review."""
    states: Counter[tuple[bool, bool]] = Counter()
    total: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    conflicts = 0
    for hunk in review.hunks:
        is_open = review.is_open(hunk.id)
        states[is_open, review.is_accepted(hunk.id)] += 1
        conflicts += is_open and hunk.id in review.conflicts
        total[hunk.path] += 1
        decided[hunk.path] += not is_open
        added[hunk.path] += len(review.edits.get(hunk.id, hunk.new))
        removed[hunk.path] += len(hunk.old)
    files = tuple(
        FileTally(
            change.path,
            change.kind,
            added[change.path],
            removed[change.path],
            decided[change.path],
            total[change.path],
        )
        for change in review.changes
    )
    return Tally(
        accepted=states[False, True],
        rejected=states[False, False],
        begun=states[True, True],
        untouched=states[True, False],
        conflicts=conflicts,
        files=files,
    )
