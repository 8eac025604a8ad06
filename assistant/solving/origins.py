"""Says where a write came from, for the history."""

from collections.abc import Sequence

from assistant.apply.origin import Origin
from assistant.checks.results import Evidence
from assistant.review.decisions import Review
from assistant.review.parts import is_accepted_part
from assistant.solving.values import Candidate


def origin_of(review: Review, candidates: Sequence[Candidate], task: str, model: str) -> Origin:
    """The origin of what a review writes.

    `candidates` are those that were reviewed, the one on screen first. What the checks said counts
    only where exactly what is written was judged.
    """
    judged = next((each for each in candidates if is_accepted_part(review, each.changes)), None)
    written = judged or candidates[0]
    return Origin(
        task=task,
        model=model if written.by_model else "",
        verdict=judged.verdict.value if judged is not None else "",
        checks=tuple(map(_line, judged.evidence)) if judged is not None else (),
    )


def _line(check: Evidence) -> str:
    detail = check.detail.splitlines()[0] if check.detail else ""
    return f"{check.judge}: {check.status.value}" + (f", {detail}" if detail else "")
