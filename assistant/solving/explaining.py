"""Explains a proposal: what was drawn, by which source, and why candidates rank as they do."""

from collections.abc import Iterator

from assistant.solving.pool import difference
from assistant.solving.values import Candidate, Proposal


def explanation(proposal: Proposal) -> Iterator[str]:
    """Lines of text; unsanitized, as they may quote the repository or the model."""
    yield "Candidates, best first"
    for place, candidate in enumerate(proposal.candidates):
        yield f"  {place + 1}. candidate {candidate.id}, {candidate.source}: " + (
            candidate.verdict.value
        )
        yield from _evidence(candidate)
        if place:
            better = proposal.candidates[place - 1]
            why = difference(better, candidate, proposal.judges)
            yield f"     after candidate {better.id} by {why}"
    yield "Drafts, in order"
    for attempt in proposal.attempts:
        target = f" of {attempt.target}" if attempt.target else ""
        fate = f"discarded: {attempt.fate}" if attempt.fate else "candidate"
        yield f"  {attempt.id}. {attempt.source}{target}: {fate}"


def _evidence(candidate: Candidate) -> Iterator[str]:
    for each in candidate.evidence:
        detail = f", {each.detail}" if each.detail else ""
        rank = f" (rank {each.rank:g})" if each.rank else ""
        yield f"     {each.judge}: {each.status.value}{detail}{rank}"
