"""One hunk of a review is open, and the others stay byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ProposalError, UsageError
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from assistant.review.pinning import Pinned, redrawn

OLD = b"a\nb\nc\nd\ne\nf\ng\n"
NEW = b"a\nB\nc\nd\nE\nf\nG\n"


def review_of(old=OLD, new=NEW, path="x.txt"):
    return Review.of("title", (Change(path, old, new),))


def everything(review):
    """The file with every hunk accepted."""
    (change,) = review.decide_all(Decision.ACCEPTED).reviewed().changes
    return change.new


def test_the_open_hunk_has_its_old_lines_in_the_base():
    pinned = Pinned.of(review_of(), "x.txt#2")
    assert pinned.base == b"a\nB\nc\nd\ne\nf\nG\n"
    assert pinned.proposed == NEW


def test_a_rejected_hunk_has_its_old_lines_and_an_edited_one_the_users():
    review = review_of().decide("x.txt#1", Decision.REJECTED).edit("x.txt#3", (b"mine\n",))
    assert Pinned.of(review, "x.txt#2").proposed == b"a\nb\nc\nd\nE\nf\nmine\n"


def test_a_hunk_that_is_decided_by_lines_stays_as_it_is_decided():
    review = review_of().decide_lines("x.txt#1", {1}, Decision.ACCEPTED)
    review = review.decide_lines("x.txt#1", {0}, Decision.REJECTED)
    pinned = Pinned.of(review, "x.txt#2")
    assert pinned.proposed == b"a\nb\nB\nc\nd\nE\nf\nG\n"
    again = redrawn(review, pinned, pinned.kept(b"a\nb\nB\nc\nd\nother\nf\nG\n"))
    assert again.decisions["x.txt#1"] is Decision.PARTLY
    assert again.lines == review.lines
    assert everything(again) == b"a\nb\nB\nc\nd\nother\nf\nG\n"


def test_only_the_open_hunk_is_replaced_and_the_decisions_stay():
    review = review_of().decide("x.txt#1", Decision.REJECTED).decide("x.txt#3", Decision.ACCEPTED)
    pinned = Pinned.of(review, "x.txt#2")
    again = redrawn(review, pinned, pinned.kept(b"a\nb\nc\nd\nother\nf\nG\n"))
    assert [(each.id, each.start, each.old, each.new) for each in again.hunks] == [
        ("x.txt#1", 1, (b"b\n",), (b"B\n",)),
        ("x.txt#2", 4, (b"e\n",), (b"other\n",)),
        ("x.txt#3", 6, (b"g\n",), (b"G\n",)),
    ]
    assert dict(again.decisions) == {
        "x.txt#1": Decision.REJECTED,
        "x.txt#2": Decision.UNDECIDED,
        "x.txt#3": Decision.ACCEPTED,
    }
    assert everything(again) == b"a\nb\nc\nd\nother\nf\nG\n"
    assert everything(again.decide("x.txt#1", Decision.ACCEPTED)) == b"a\nB\nc\nd\nother\nf\nG\n"


def test_what_a_rewrite_does_to_other_hunks_is_left_out():
    pinned = Pinned.of(review_of(), "x.txt#2")
    assert pinned.kept(b"a\nELSE\nc\nd\nother\nf\nGONE\n") == b"a\nB\nc\nd\nother\nf\nG\n"


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (b"a\nB\nc\nd\ne\nf\nG\n", "takes the hunk back"),
        (b"a\nB\nother\nd\ne\nf\nG\n", "takes the hunk back"),
        (NEW, "the same lines again"),
        (b"a\nELSE\nc\nd\ne\nf\nG\n", "only lines of other hunks"),
        (b"a\nB\nc\nd\nother\nother\nother\n", "only lines of other hunks"),
    ],
)
def test_a_rewrite_that_is_none_is_refused(new, why):
    with pytest.raises(ProposalError, match=why):
        Pinned.of(review_of(), "x.txt#2").kept(new)


def test_lines_of_the_hunk_may_move() -> None:
    review = review_of(new=b"a\nb\nc\nd\nE1\nE2\nf\ng\n")
    pinned = Pinned.of(review, "x.txt#1")
    moved = b"a\nE2\nb\nc\nd\ne\nf\ng\n"
    assert pinned.kept(moved) == moved


def test_a_redrawn_hunk_may_come_in_parts_of_which_the_nearest_has_its_id():
    review = review_of()
    pinned = Pinned.of(review, "x.txt#2")
    again = redrawn(review, pinned, pinned.kept(b"top\na\nB\nc\nd\nother\nf\nG\n"))
    assert [(each.id, each.start) for each in again.hunks] == [
        ("x.txt#4", 0),
        ("x.txt#1", 1),
        ("x.txt#2", 4),
        ("x.txt#3", 6),
    ]


def test_a_created_file_is_redrawn_whole():
    review = review_of(None, b"one\n")
    pinned = Pinned.of(review, "x.txt#1")
    again = redrawn(review, pinned, pinned.kept(b"two\nthree\n"))
    assert everything(again) == b"two\nthree\n"
    assert again.changes[0].old is None


def test_the_confidence_of_redrawn_lines_is_theirs():
    review = Review.of("t", (Change("x.txt", OLD, NEW),), (("x.txt", 1, 0.5),))
    pinned = Pinned.of(review, "x.txt#2")
    new = pinned.kept(b"a\nB\nc\nd\nother\nf\nG\n")
    again = redrawn(review, pinned, new, (("x.txt", 1, 0.9), ("x.txt", 4, 0.25)))
    assert [each.confidence for each in again.hunks] == [0.5, pytest.approx(0.25), None]


def test_hunks_of_other_files_stay_where_they_are():
    changes = tuple(Change(path, OLD, NEW) for path in ("a.txt", "x.txt", "z.txt"))
    review = Review.of("t", changes)
    pinned = Pinned.of(review, "x.txt#1")
    again = redrawn(review, pinned, pinned.kept(NEW.replace(b"B", b"two")))
    assert [each.id for each in again.hunks] == [each.id for each in review.hunks]
    assert [each.new for each in again.changes] == [NEW, NEW.replace(b"B", b"two"), NEW]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change("x.txt", OLD, None), "A delete cannot"),
        (Change("x.txt", OLD, NEW, renamed_from="y.txt"), "A rename cannot"),
    ],
)
def test_what_has_no_lines_to_write_cannot_be_opened(change, said):
    with pytest.raises(UsageError, match=said):
        Pinned.of(Review.of("t", (change,)), "x.txt#1")


def test_an_unknown_hunk_cannot_be_opened():
    with pytest.raises(UsageError, match=r"There is no hunk 'x\.txt#9'"):
        Pinned.of(review_of(), "x.txt#9")


def test_decisions_made_while_a_hunk_was_redrawn_are_taken_over():
    review = review_of()
    pinned = Pinned.of(review, "x.txt#2")
    now = review.edit("x.txt#1", (b"mine\n",)).decide("x.txt#2", Decision.ACCEPTED)
    merged = redrawn(now, pinned, pinned.kept(NEW.replace(b"E", b"other")))
    assert list(merged.decisions.values()) == [
        Decision.EDITED,
        Decision.UNDECIDED,
        Decision.UNDECIDED,
    ]
    assert everything(merged) == b"a\nmine\nc\nd\nother\nf\nG\n"


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\n", b"e\n"]), max_size=9)
DECISIONS = st.sampled_from([Decision.UNDECIDED, Decision.ACCEPTED, Decision.REJECTED])


@given(LINES, LINES, LINES, st.lists(DECISIONS, min_size=12, max_size=12), st.integers(0, 11))
def test_pinned_hunks_stay_byte_for_byte_whatever_is_written(old, new, answer, decided, at):
    review = review_of(b"".join(old), b"".join(new))
    if not review.hunks:
        return
    for hunk, decision in zip(review.hunks, decided, strict=False):
        review = review.decide(hunk.id, decision)
    opened = review.hunks[at % len(review.hunks)]
    pinned = Pinned.of(review, opened.id)
    try:
        kept = pinned.kept(b"".join(answer))
    except ProposalError:
        return
    again = redrawn(review, pinned, kept)
    others = [each for each in review.hunks if each.id != opened.id]
    known = {each.id: each for each in again.hunks}
    assert [known[each.id] for each in others] == others
    assert all(again.decisions[each.id] is review.decisions[each.id] for each in others)
    written = again.decide_all(Decision.ACCEPTED).reviewed().changes
    assert (written[0].new if written else b"".join(old)) == kept
