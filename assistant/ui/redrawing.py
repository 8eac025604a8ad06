"""Prepares a proposal with a redrawn hunk for display: its reviews with the user's decisions."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from assistant.proposal.changes import Doubt, Hunk
from assistant.review.decisions import Decision, Review
from assistant.solving.redrawing import SentBack
from assistant.solving.values import Candidate, Proposal
from assistant.ui.diffmodel import build_diff
from assistant.ui.preparing import Prepared


def resumed(
    back: SentBack, proposal: Proposal, reviews: Sequence[Review], selected: frozenset[str]
) -> Prepared:
    """The redrawn candidates in the review that goes on, and then those there were.

    `reviews` are those there were, as they are now. Slow for large changes.
    """
    before = back.proposal.candidates
    now = reviews[before.index(back.candidate)]
    fresh = proposal.candidates[: len(proposal.candidates) - len(before)]
    redrawn = [(back.review_of(each, now), each) for each in fresh]
    shown = tuple(_with_doubts(back, each, review) for review, each in redrawn)
    all_reviews = (*(review for review, _ in redrawn), *reviews)
    model = build_diff(all_reviews[0], shown[0], selected)
    shown_proposal = replace(proposal, candidates=(*shown, *before))
    return Prepared(shown_proposal, selected, all_reviews, model)


def _with_doubts(back: SentBack, candidate: Candidate, review: Review) -> Candidate:
    """The candidate with its doubts by the lines of the review, which also has rejected hunks.

    Hunks that stayed keep the doubts that they had.
    """
    stayed = {each.id for each in back.review.hunks if each.id != back.hunk}
    judged = _as_judged(back.review_of(candidate))
    old, new = back.candidate.tokens.doubts, candidate.tokens.doubts
    doubts = (
        *_moved(
            old, back.review.hunks, [each for each in review.hunks if each.id in stayed], review
        ),
        *_moved(new, judged, [each for each in review.hunks if each.id not in stayed], review),
    )
    return replace(candidate, tokens=replace(candidate.tokens, doubts=doubts))


def _as_judged(review: Review) -> list[Hunk]:
    """The hunks as they are in the files that were judged."""
    accepted = review.decide_all(Decision.ACCEPTED).accepted
    written = {each.id: each.new for each in accepted}
    return [replace(each, new=written.get(each.id, each.old)) for each in review.hunks]


def _moved(
    doubts: Sequence[Doubt], hunks: Sequence[Hunk], wanted: Collection[Hunk], review: Review
) -> Iterator[Doubt]:
    """The doubts in the wanted hunks, from lines of files with `hunks` to lines of the review."""
    before, after = _first_lines(hunks), _first_lines(review.hunks)
    for hunk in wanted:
        for doubt in doubts:
            line = doubt.line - before.get(hunk.id, 0)
            if doubt.path == hunk.path and hunk.id in before and 0 <= line < len(hunk.new):
                yield replace(doubt, line=after[hunk.id] + line)


def _first_lines(hunks: Sequence[Hunk]) -> dict[str, int]:
    """The first line of each hunk, 0-based, in the file with all these hunks in it."""
    first: dict[str, int] = {}
    shifts: Counter[str] = Counter()
    for hunk in hunks:
        first[hunk.id] = hunk.start + shifts[hunk.path]
        shifts[hunk.path] += len(hunk.new) - len(hunk.old)
    return first
