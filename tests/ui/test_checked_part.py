"""What is said of the part of a review that was checked."""

import pytest

from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from assistant.solving.values import Candidate
from assistant.ui.standing import CheckedPart

OLD = b"a\nb\nc\nd\ne\nf\ng\nh\n"
NEW = b"A\nB\nc\nd\ne\nf\ng\nH\n"


@pytest.fixture
def review() -> Review:
    return Review.of("a step", (Change("a.txt", OLD, NEW),))


def said(review: Review) -> str:
    return CheckedPart.of(review, Candidate(1, review.reviewed().changes, "rewrite")).hunks


def test_hunks_that_are_accepted_by_lines_are_counted(review):
    first, second = (hunk.id for hunk in review.hunks)
    whole = review.decide_all(Decision.ACCEPTED)
    assert said(whole) == "all hunks"
    part = review.decide_lines(first, (0, 2), Decision.ACCEPTED)
    assert said(part) == "hunk 1 of 2, 1 in part"
    assert said(part.decide(second, Decision.ACCEPTED)) == "all hunks, 1 in part"
    rejected = review.decide_lines(first, (0, 2), Decision.REJECTED)
    assert said(rejected.decide(second, Decision.ACCEPTED)) == "hunk 2 of 2"
