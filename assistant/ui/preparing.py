"""Prepares a proposal for display in the thread of the task.

Finding and laying out the hunks of a large change would block the event loop for too long.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.review.decisions import Review
from assistant.solving.events import Event, ProposalReady
from assistant.solving.values import Proposal
from assistant.ui.diffmodel import DiffModel, build_diff


@dataclass(frozen=True, slots=True)
class Prepared:
    """An undecided proposal, and the diff of its best candidate."""

    proposal: Proposal
    selected: frozenset[str]
    """The selected paths; empty if nothing was selected."""
    reviews: tuple[Review, ...]
    """One per candidate."""
    model: DiffModel


def prepare(proposal: Proposal, selected: frozenset[str]) -> Prepared:
    """Finds the hunks of a proposal and builds its diff. Slow for large changes."""
    reviews = tuple(
        Review.of(proposal.title, candidate.changes, candidate.tokens.lines)
        for candidate in proposal.candidates
    )
    model = build_diff(reviews[0], proposal.candidates[0], selected)
    return Prepared(proposal, selected, reviews, model)


def preparing(events: Iterator[Event], selected: frozenset[str]) -> Iterator[Event | Prepared]:
    """Passes events on, and adds a `Prepared` after each proposal."""
    for event in events:
        match event:
            case ProposalReady(proposal):
                yield event
                yield prepare(proposal, selected)
            case _:
                yield event
