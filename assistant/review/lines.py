"""Decisions on single lines of a hunk.

A line of a hunk is its index among the removed lines followed by the added ones. An accepted
removal takes the line away and an accepted addition writes it; what is rejected or open does not
happen.
"""

from collections.abc import Collection
from dataclasses import dataclass

from assistant.proposal.alignment import aligned
from assistant.proposal.changes import Hunk


@dataclass(frozen=True, slots=True)
class LineDecisions:
    """Which lines of one hunk are decided. All others are open."""

    accepted: frozenset[int] = frozenset()
    rejected: frozenset[int] = frozenset()

    @classmethod
    def all_accepted(cls, hunk: Hunk) -> "LineDecisions":
        return cls(accepted=lines_in(hunk))

    @classmethod
    def all_rejected(cls, hunk: Hunk) -> "LineDecisions":
        return cls(rejected=lines_in(hunk))

    def accept(self, lines: Collection[int]) -> "LineDecisions":
        return LineDecisions(self.accepted.union(lines), self.rejected.difference(lines))

    def reject(self, lines: Collection[int]) -> "LineDecisions":
        return LineDecisions(self.accepted.difference(lines), self.rejected.union(lines))

    def reopen(self, lines: Collection[int]) -> "LineDecisions":
        return LineDecisions(self.accepted.difference(lines), self.rejected.difference(lines))

    def open_in(self, hunk: Hunk) -> frozenset[int]:
        """The lines that are not decided."""
        return lines_in(hunk) - self.accepted - self.rejected


def lines_in(hunk: Hunk) -> frozenset[int]:
    """All lines of a hunk. Empty where an empty file is created, deleted or renamed."""
    return frozenset(range(len(hunk.old) + len(hunk.new)))


def picked(hunk: Hunk, accepted: Collection[int]) -> tuple[bytes, ...]:
    """The lines that stand in place of the hunk's old ones if exactly these lines are accepted.

    Old lines keep their order, and so do added ones. An added line follows the removed line that
    it is aligned with, whether that one goes or stays. All lines give the new ones, none the old.
    """
    kept: list[bytes] = []
    for old, new in aligned(hunk.old, hunk.new):
        if old is not None and old not in accepted:
            kept.append(hunk.old[old])
        if new is not None and len(hunk.old) + new in accepted:
            kept.append(hunk.new[new])
    return tuple(kept)
