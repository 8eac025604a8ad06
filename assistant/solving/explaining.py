"""Says what is wrong with a proposal as a whole, and explains how it came about and is ranked."""

from collections.abc import Iterator

from assistant.solving.pool import difference
from assistant.solving.values import Candidate, Proposal


def headline(proposal: Proposal) -> str:
    """What a user must know before anything else, as a sentence; empty for a sound proposal."""
    if not proposal.stands:
        count = len(proposal.candidates)
        attempts = f"none of {count} attempts passes" if count > 1 else "the attempt fails a check"
        return f"{'No fix found' if proposal.fixing else 'Nothing usable found'}: {attempts}."
    idle = proposal.best.found("behaviour")
    return f"The code {idle.detail}: this does not do what the task asks." if idle else ""


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
