"""Owns the way out of a copy: where the model only repeated the code, it is made to depart from it.

Small models copy wrong code with near certainty, and sampling does not help: every token is likely.
The tokens they were least sure of are where a change belongs. Each branch keeps the copy up to one
of them, refuses it there, and lets the model go on greedily. Best first: the next branch is always
where most of the model's probability has not been followed yet, the same place again included.
"""

import heapq
import math
from dataclasses import dataclass

from assistant.engine.base import Completion
from assistant.proposal.blanks import bare

MOST_BRANCHES = 8
LEAST_MASS = 0.0005
"""A place where less of the probability is left is no place to depart."""


@dataclass(frozen=True, slots=True)
class Branch:
    kept: str
    """The copy up to the departure."""
    banned: tuple[str, ...]
    """The pieces that must not come there: the copy's, and those of earlier branches."""
    mass: float
    """Probability of everything else together."""


class Departures:
    """Where an answer may be left, the most promising place first."""

    def __init__(self, answer: Completion) -> None:
        self._heap: list[tuple[float, int, Branch]] = []
        kept = ""
        for at, (piece, logprob) in enumerate(zip(answer.pieces, answer.logprobs, strict=True)):
            if piece.strip():
                self._add(at, Branch(kept, (piece,), 1.0 - math.exp(logprob)))
            kept += piece

    def next(self) -> tuple[int, Branch] | None:
        """The place, for `followed`, and the branch; None when the model was sure of the rest."""
        if not self._heap:
            return None
        _, at, branch = heapq.heappop(self._heap)
        return at, branch

    def followed(self, at: int, branch: Branch, taken: Completion) -> None:
        """Makes the same place a choice again, without what a branch from it began with."""
        if taken.pieces and taken.pieces[0].strip():
            mass = branch.mass - math.exp(taken.logprobs[0])
            self._add(at, Branch(branch.kept, (*branch.banned, taken.pieces[0]), mass))

    def _add(self, at: int, branch: Branch) -> None:
        if branch.mass >= LEAST_MASS:
            heapq.heappush(self._heap, (-branch.mass, at, branch))


def is_copy(answer: str, code: str) -> bool:
    """True when an answer repeats the code, white space at its ends and those of lines aside."""
    return bare(answer.strip()) == bare(code.strip())
