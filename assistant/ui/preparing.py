"""Owns what a task's thread works out of a proposal before the screen hears of it.

Finding the hunks of a large change and laying them out takes longer than a key press may wait.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.review.decisions import Review
from assistant.solving.events import Event, ProposalReady
from assistant.solving.values import Proposal
from assistant.ui.diffmodel import DiffModel, build_diff


@dataclass(frozen=True, slots=True)
class Prepared:
    """A proposal with nothing decided, and the diff of its best candidate."""

    proposal: Proposal
    selected: frozenset[str]
    """The user's paths; empty means no limit."""
    reviews: tuple[Review, ...]
    """One for each candidate."""
    model: DiffModel


def prepare(proposal: Proposal, selected: frozenset[str]) -> Prepared:
    """Slow for large changes: for a thread."""
    reviews = tuple(
        Review.of(proposal.title, candidate.changes, candidate.tokens.lines)
        for candidate in proposal.candidates
    )
    model = build_diff(reviews[0], proposal.candidates[0], selected)
    return Prepared(proposal, selected, reviews, model)


def preparing(events: Iterator[Event], selected: frozenset[str]) -> Iterator[Event | Prepared]:
    """The events, each proposal among them prepared; for the task's thread."""
    for event in events:
        match event:
            case ProposalReady(proposal):
                yield event
                yield prepare(proposal, selected)
            case _:
                yield event
