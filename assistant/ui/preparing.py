"""Prepares a proposal for display in the thread of the task.

Finding and laying out the hunks of a large change would block the event loop for too long.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.review.decisions import Review
from assistant.sessions.staleness import changed_since
from assistant.sessions.state import OpenReview
from assistant.solving.events import Event, ProposalReady
from assistant.solving.values import Proposal
from assistant.ui.diffmodel import DiffModel, build_diff
from assistant.ui.tally import tally


@dataclass(frozen=True, slots=True)
class Prepared:
    """A proposal with a review for each candidate, and the diff of one of them."""

    proposal: Proposal
    selected: frozenset[str]
    """The selected paths; empty if nothing was selected."""
    reviews: tuple[Review, ...]
    """One per candidate."""
    model: DiffModel
    """The diff of the candidate that is shown."""
    shown: int = 0
    """Index of the candidate that is shown."""
    stale: tuple[str, ...] = ()
    """Files that have changed since: the proposal cannot be written over them."""

    @property
    def outcome(self) -> str:
        """The proposal in a few words, such as `shop/cart.py +6 −2, not tested`."""
        files = tally(self.reviews[self.shown]).files
        sizes = [f"{file.path} +{file.added} −{file.removed}" for file in files]
        return ", ".join([*sizes, self.proposal.candidates[self.shown].verdict.value])


def prepare(proposal: Proposal, selected: frozenset[str]) -> Prepared:
    """Finds the hunks of a proposal and builds its diff. Slow for large changes."""
    reviews = tuple(
        Review.of(proposal.title, candidate.changes, candidate.tokens.lines)
        for candidate in proposal.candidates
    )
    model = build_diff(reviews[0], proposal.candidates[0], selected)
    return Prepared(proposal, selected, reviews, model)


def prepare_again(open_review: OpenReview, root: Path) -> Prepared:
    """Prepares a proposal of an earlier session with the decisions on it. Reads its files."""
    proposal, selected = open_review.proposed.proposal, open_review.proposed.selected
    reviews, shown = open_review.reviews(), open_review.shown
    shown = min(shown, len(reviews) - 1)
    model = build_diff(reviews[shown], proposal.candidates[shown], selected)
    stale = changed_since(root, (each for one in proposal.candidates for each in one.changes))
    return Prepared(proposal, selected, reviews, model, shown, stale)


def preparing(events: Iterator[Event], selected: frozenset[str]) -> Iterator[Event | Prepared]:
    """Passes events on, and adds a `Prepared` after each proposal."""
    for event in events:
        match event:
            case ProposalReady(proposal):
                yield event
                yield prepare(proposal, selected)
            case _:
                yield event
