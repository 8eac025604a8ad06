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
    """What became of the candidate that was on screen."""
    proposal: Proposal | None
    """With the candidates of which something is left to do. None if there is none."""
    reviews: tuple[Review, ...]
    """One for each candidate."""
    index: int
    """The candidate to show: the same as before, or the best if nothing is left of that one."""


def remade(
    proposal: Proposal,
    reviews: Sequence[Review],
    index: int,
    rebase: Callable[[Review], Rebased],
) -> Remade:
    """Makes every candidate again. `index` is the one on screen; raises what `rebase` raises.

    What checks found before counts no longer, unless it speaks against the candidate.
    """
    outcomes = [rebase(review) for review in reviews]
    left = [at for at, outcome in enumerate(outcomes) if outcome.review.hunks]
    candidates = tuple(_on_files(proposal.candidates[at], reviews[at], outcomes[at]) for at in left)
    return Remade(
        outcomes[index],
        replace(proposal, candidates=candidates) if candidates else None,
        tuple(outcomes[at].review for at in left),
        left.index(index) if index in left else 0,
    )


def _on_files(candidate: Candidate, before: Review, outcome: Rebased) -> Candidate:
    if not outcome.changed:
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
