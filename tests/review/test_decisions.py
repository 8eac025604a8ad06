"""Decisions over hunks, and what they leave to apply."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UsageError
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review, Reviewed

_OLD = b"one\ntwo\nthree\nfour\nfive\n"
_NEW = b"zero\none\ntwo\nTHREE\nfour\nfive\nsix\n"
_CHANGE = Change("a.py", _OLD, _NEW)


def _review(*changes: Change) -> Review:
    return Review.of("a step", changes or (_CHANGE,))


def test_what_is_undecided_or_rejected_is_not_applied() -> None:
    review = _review()
    assert [hunk.id for hunk in review.hunks] == ["a.py#1", "a.py#2", "a.py#3"]
    assert not review.complete
    assert review.reviewed().changes == ()
    rejected = review.decide_all(Decision.REJECTED)
    assert rejected.complete
    assert rejected.reviewed().changes == ()


def test_all_accepted_is_the_candidate() -> None:
    reviewed = _review().decide_all(Decision.ACCEPTED).reviewed()
    assert reviewed.changes == (_CHANGE,)
    assert reviewed.title == "a step"


def test_a_hunk_after_a_rejected_one_lands_at_its_place() -> None:
    review = _review().decide("a.py#1", Decision.REJECTED).decide("a.py#2", Decision.ACCEPTED)
    (change,) = review.reviewed().changes
    assert change.new == b"one\ntwo\nTHREE\nfour\nfive\n"
    assert change.preimage == _CHANGE.preimage


def test_an_edited_hunk_is_applied_with_the_users_lines() -> None:
    review = _review().edit("a.py#2", (b"drei\n", b"dreieinhalb\n"))
    assert review.decisions["a.py#2"] is Decision.EDITED
    (change,) = review.reviewed().changes
    assert change.new == b"one\ntwo\ndrei\ndreieinhalb\nfour\nfive\n"


def test_an_edit_survives_a_rejection_and_a_reset_drops_it() -> None:
    edited = _review().edit("a.py#2", (b"drei\n",))
    rejected = edited.decide("a.py#2", Decision.REJECTED)
    assert not rejected.accepted
    for review in (edited, rejected):
        again = review.decide("a.py#2", Decision.ACCEPTED)
        assert again.decisions["a.py#2"] is Decision.EDITED
        (change,) = again.reviewed().changes
        assert change.new == b"one\ntwo\ndrei\nfour\nfive\n"
    reset = edited.decide("a.py#2", Decision.UNDECIDED).decide("a.py#2", Decision.ACCEPTED)
    (change,) = reset.reviewed().changes
    assert change.new == b"one\ntwo\nTHREE\nfour\nfive\n"


def test_an_edit_to_no_lines_takes_the_old_ones_away() -> None:
    (change,) = _review().edit("a.py#2", ()).reviewed().changes
    assert change.new == b"one\ntwo\nfour\nfive\n"


def test_decide_all_leaves_earlier_decisions_and_other_paths() -> None:
    review = _review(_CHANGE, Change("b.py", None, b"new\n"), Change("c.py", b"gone\n", None))
    review = review.decide("a.py#1", Decision.REJECTED)
    review = review.decide_all(Decision.ACCEPTED, path="a.py")
    assert review.decisions["a.py#1"] is Decision.REJECTED
    assert review.decisions["a.py#3"] is Decision.ACCEPTED
    assert review.decisions["b.py#1"] is Decision.UNDECIDED
    assert [change.path for change in review.reviewed().changes] == ["a.py"]
    done = review.decide_all(Decision.ACCEPTED)
    assert done.complete
    assert [change.path for change in done.reviewed().changes] == ["a.py", "b.py", "c.py"]


def test_a_decision_leaves_the_earlier_review_as_it_was() -> None:
    review = _review()
    review.decide("a.py#1", Decision.ACCEPTED)
    assert review.decisions["a.py#1"] is Decision.UNDECIDED


def test_unknown_hunks_and_edits_without_lines_are_refused() -> None:
    review = _review()
    with pytest.raises(UsageError, match="no hunk") as caught:
        review.decide("b.py#1", Decision.ACCEPTED)
    assert caught.value.hint
    with pytest.raises(UsageError, match="no hunk"):
        review.edit("b.py#1", ())
    with pytest.raises(UsageError, match="needs its lines"):
        review.decide("a.py#1", Decision.EDITED)
    with pytest.raises(UsageError, match="needs its lines"):
        review.decide_all(Decision.EDITED)


def test_many_thousand_hunks_are_decided_at_once() -> None:
    old = [b"%d\n" % number for number in range(40_000)]
    new = [b"x" + line if index % 2 else line for index, line in enumerate(old)]
    review = _review(Change("a.py", b"".join(old), b"".join(new)))
    began = time.perf_counter()
    (change,) = review.decide_all(Decision.ACCEPTED).reviewed().changes
    assert time.perf_counter() - began < 5
    assert change.new == b"".join(new)


def test_nobody_else_makes_a_reviewed() -> None:
    with pytest.raises(TypeError, match="reviewed"):
        Reviewed((_CHANGE,), "forged")
    reviewed = _review().decide("a.py#1", Decision.ACCEPTED).reviewed()
    with pytest.raises(TypeError, match="reviewed"):
        replace(reviewed, changes=(_CHANGE,))
    assert repr(reviewed).count("object at") == 0


def test_hunks_carry_the_candidates_confidence() -> None:
    review = Review.of("a step", (_CHANGE,), (("a.py", 3, 0.25),))
    assert [hunk.confidence for hunk in review.hunks] == [None, pytest.approx(0.25), None]


@given(st.lists(st.booleans(), min_size=3, max_size=3))
def test_every_choice_is_the_old_file_with_just_the_accepted_lines(choice: list[bool]) -> None:
    review = _review()
    for hunk, accept in zip(review.hunks, choice, strict=True):
        review = review.decide(hunk.id, Decision.ACCEPTED if accept else Decision.REJECTED)
    expected = (
        b"zero\n" * choice[0]
        + b"one\ntwo\n"
        + (b"THREE\n" if choice[1] else b"three\n")
        + b"four\nfive\n"
        + b"six\n" * choice[2]
    )
    assert [change.new for change in review.reviewed().changes] == [expected] * any(choice)
