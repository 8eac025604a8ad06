"""Proposals on files that changed on disk while they were under review."""

from assistant.checks.results import Evidence, Status, Verdict
from assistant.proposal.changes import Change, Doubt
from assistant.review.decisions import Decision, Review
from assistant.review.rebasing import rebased
from assistant.solving.rebasing import Remade, remade
from assistant.solving.values import Candidate, Proposal, Tokens

_OLD = b"one\ntwo\nthree\nfour\nfive\n"
_DOUBT = Doubt("a.py", 3, 0, 4, 0.2)
_PASSED = Evidence("pytest", Status.PASSED, "2 passed", proves=True, covers=True)
_FAILED = Evidence("lint", Status.FAILED, "1 problem")


def _candidate(number: int, new: bytes, *evidence: Evidence) -> Candidate:
    tokens = Tokens(9, -0.1, (("a.py", 3, 0.2),), (_DOUBT,))
    return Candidate(number, (Change("a.py", _OLD, new),), tokens=tokens, evidence=evidence)


_PROPOSAL = Proposal(
    "a step",
    (
        _candidate(1, b"one\ntwo\nthree\nFOUR\nfive\n", _PASSED),
        _candidate(2, b"one\nTWO\nthree\nfour\nfive\n", _PASSED, _FAILED),
    ),
)


def _remade(now: bytes, index: int = 0) -> Remade:
    reviews = tuple(
        Review.of("a step", each.changes).decide_all(Decision.ACCEPTED)
        for each in _PROPOSAL.candidates
    )
    return remade(_PROPOSAL, reviews, index, lambda review: rebased(review, {"a.py": now}))


def test_every_candidate_starts_from_the_current_files() -> None:
    now = b"zero\n" + _OLD
    result = _remade(now, 1)
    for candidate, review in zip(result.proposal.candidates, result.reviews, strict=True):
        assert candidate.changes == review.changes
        assert candidate.changes[0].old == now
        assert review.complete
    assert result.proposal.best.tokens.doubts == (Doubt("a.py", 4, 0, 4, 0.2),)


def test_what_passed_before_is_no_longer_promised() -> None:
    result = _remade(b"zero\n" + _OLD)
    first, second = result.proposal.candidates
    assert _PROPOSAL.best.verdict is Verdict.VERIFIED
    assert first.verdict is Verdict.NOT_TESTED
    assert not first.passes
    assert first.evidence[0].detail == "2 passed, before the files changed on disk"
    assert second.verdict is Verdict.FAILED


def test_a_candidate_that_the_files_have_already_stays_as_it_was() -> None:
    result = _remade(b"one\ntwo\nthree\nFOUR\nfive\n", 1)
    first, second = result.proposal.candidates
    assert first == _PROPOSAL.best
    assert result.reviews[0].changes == first.changes
    assert second.changes[0].new == b"one\nTWO\nthree\nFOUR\nfive\n"
    nothing = _remade(b"one\ntwo\nthree\nFOUR\nfive\n", 0)
    assert nothing.outcome.present == ("a.py#1",)
    assert nothing.outcome.review.hunks == ()


def test_unchanged_files_keep_the_evidence() -> None:
    result = _remade(_OLD)
    assert result.proposal == _PROPOSAL
