"""Makes a proposal again on files that changed on disk while it was under review."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.checks.results import Evidence, Status
from assistant.review.decisions import Review
from assistant.review.rebasing import Rebased, carried_doubts
from assistant.solving.values import Candidate, Proposal, Tokens


@dataclass(frozen=True, slots=True)
class Remade:
    """A proposal on the current files."""

    outcome: Rebased
    """What became of the candidate that is on screen."""
    proposal: Proposal
    """With the same candidates in the same order."""
    reviews: tuple[Review, ...]
    """One for each candidate."""


def remade(
    proposal: Proposal,
    reviews: Sequence[Review],
    index: int,
    rebase: Callable[[Review], Rebased],
) -> Remade:
    """Makes every candidate again. `index` is the one on screen; raises what `rebase` raises.

    A candidate of which the files have everything stays as it was. What checks found before counts
    no longer, unless it speaks against the candidate.
    """
    outcomes = [rebase(review) for review in reviews]
    candidates = tuple(
        _on_files(candidate, review, outcome)
        for candidate, review, outcome in zip(proposal.candidates, reviews, outcomes, strict=True)
    )
    kept = tuple(
        outcome.review if outcome.review.hunks else review
        for outcome, review in zip(outcomes, reviews, strict=True)
    )
    return Remade(outcomes[index], replace(proposal, candidates=candidates), kept)


def _on_files(candidate: Candidate, before: Review, outcome: Rebased) -> Candidate:
    if not outcome.changed or not outcome.review.hunks:
        return candidate
    tokens = candidate.tokens
    doubts = carried_doubts(before, outcome.review, tokens.doubts)
    return replace(
        candidate,
        changes=outcome.review.changes,
        tokens=Tokens(tokens.count, tokens.mean_logprob, (), doubts),
        evidence=tuple(map(_outdated, candidate.evidence)),
    )


def _outdated(evidence: Evidence) -> Evidence:
    if evidence.status is not Status.PASSED:
        return evidence
    detail = f"{evidence.detail}, before the files changed on disk"
    return replace(evidence, status=Status.SKIPPED, detail=detail, proves=False, covers=False)
