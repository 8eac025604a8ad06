"""Owns the way out of a copy: where the model only repeated the code, it is made to depart from it.

Small models copy wrong code with near certainty, and sampling does not help: every token is likely.
The few tokens they were least sure of are where a change belongs. Each branch keeps the copy up to
one of them, forbids it there, and lets the model go on greedily.
"""

import math
from dataclasses import dataclass

from assistant.engine.base import Completion, Constraint

MOST_BRANCHES = 8
SURE = math.log(0.9995)
"""A token at least this likely is no place to depart."""


@dataclass(frozen=True, slots=True)
class Branch:
    kept: str
    """The copy up to the departure."""
    refused: str
    """The piece that must not come there."""
    likelihood: float
    """Log-probability of the piece; the lower, the better a place to depart."""

    @property
    def constraint(self) -> Constraint:
        """Any text that does not begin with the refused piece."""
        grammar = f"start: TEXT\nTEXT: /(?s:.+)/ & ~/{_literal(self.refused)}(?s:.*)/\n"
        return Constraint("lark", grammar)


def branches(copy: Completion, most: int = MOST_BRANCHES) -> tuple[Branch, ...]:
    """Where a copied answer may be left, the least certain token first."""
    found: list[Branch] = []
    kept = ""
    for piece, logprob in zip(copy.pieces, copy.logprobs, strict=True):
        if piece.strip() and logprob < SURE:
            found.append(Branch(kept, piece, logprob))
        kept += piece
    return tuple(sorted(found, key=lambda branch: branch.likelihood)[:most])


def is_copy(answer: str, code: str) -> bool:
    """True when an answer repeats the code, blank space at its ends aside."""
    return answer.strip() == code.strip()


def _literal(text: str) -> str:
    """The text as a regular expression that matches it and nothing else."""
    plain = (c if c.isascii() and c.isalnum() else f"\\x{{{ord(c):x}}}" for c in text)
    return "".join(plain)
