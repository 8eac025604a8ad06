"""Says whether what was judged is what a review would write."""

from collections.abc import Sequence

from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review


def is_judged(review: Review, judged: Sequence[Change]) -> bool:
    """Whether these changes are what is written when every undecided hunk is accepted."""
    if review.changes is judged and not _departs(review):
        return True
    return _same(review.decide_all(Decision.ACCEPTED).reviewed().changes, judged)


def is_accepted_part(review: Review, judged: Sequence[Change]) -> bool:
    """Whether these changes are exactly what is accepted now."""
    return _same(review.reviewed().changes, judged)


def accepted_numbers(review: Review) -> tuple[int, ...]:
    """The numbers of the accepted hunks as the diff shows them, from 1."""
    accepted = {each.id for each in review.accepted}
    return tuple(at for at, each in enumerate(review.hunks, start=1) if each.id in accepted)


def _departs(review: Review) -> bool:
    """Whether a hunk may be written otherwise than it was proposed."""
    plain = (Decision.UNDECIDED, Decision.ACCEPTED)
    return any(each not in plain for each in review.decisions.values())


def _same(one: Sequence[Change], other: Sequence[Change]) -> bool:
    return _files(one) == _files(other)


def _files(changes: Sequence[Change]) -> dict[tuple[str, str], bytes | None]:
    return {(each.path, each.renamed_from): each.new for each in changes}
