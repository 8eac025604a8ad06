"""Comments on lines of a proposal: what they quote, where they are, and their prompt."""

from dataclasses import replace

import pytest

from assistant.proposal.changes import Change
from assistant.review.comments import Comment, comment_on, quoted, with_comments
from assistant.review.decisions import Review

OLD = b"a = 1\nb = 2\nc = 3\nd = 4\ne = 5\nf = 6\ng = 7\nh = 8\n"
NEW = b"top\na = 1\nb = 2\nc = 3\nd = 4\nE = 5\nE = 55\nf = 6\ng = 7\n"


@pytest.fixture
def review() -> Review:
    """Three hunks: one inserts, one replaces a line by two, one removes."""
    review = Review.of("t", (Change("a.py", OLD, NEW),), ())
    assert [(len(h.old), len(h.new)) for h in review.hunks] == [(0, 1), (1, 2), (1, 0)]
    return review


@pytest.mark.parametrize(
    ("hunk", "lines", "line", "removed", "shown", "at"),
    [
        (0, (), 1, False, ("top",), 0),
        (1, (), 6, False, ("E = 5", "E = 55"), 2),
        (1, (2,), 7, False, ("E = 55",), 2),
        (1, (0,), 5, True, ("e = 5",), 0),
        (1, (0, 1), 6, False, ("E = 5",), 1),
        (2, (), 8, True, ("h = 8",), 0),
    ],
)
def test_a_comment_says_where_it_is(review, hunk, lines, line, removed, shown, at) -> None:
    found = comment_on(review, review.hunks[hunk].id, lines, "why?")
    assert (found.line, found.removed, found.quoted, found.at) == (line, removed, shown, at)
    assert found.is_on(review)


def test_a_comment_is_not_on_lines_that_are_others_now(review) -> None:
    found = comment_on(review, review.hunks[1].id, (2,), "why?")
    assert not found.is_on(review.edit(found.hunk, (b"E = 6\n",)))
    assert not replace(found, hunk="b.py#1").is_on(review)
    edited = review.edit(found.hunk, (b"x\n", b"E = 55\n"))
    assert found.is_on(edited)
    assert comment_on(edited, found.hunk, (1,), "").quoted == ("x",)


def test_long_comments_are_quoted_in_part_and_the_last_ones_stay(review) -> None:
    lines = tuple(f"line {n}" for n in range(6))
    many = [Comment("a.py", n, False, lines, f"{n} " * 300, "a.py#1", 0, "") for n in range(9)]
    text = quoted(many)
    assert len(text) < 5_000
    assert "a.py, line 8:\n> line 0\n" in text
    assert "a.py, line 0:" not in text
    assert text.index("line 7:") < text.index("line 8:")
    new = b"".join(b"%d\n" % n for n in range(20))
    long = Review.of("t", (Change("b.py", None, new),), ())
    assert len(comment_on(long, long.hunks[0].id, (), "x").quoted) == 6


def test_a_reason_goes_before_the_comments(review) -> None:
    found = comment_on(review, review.hunks[1].id, (0,), "keep it\nplease")
    block = "a.py, removed line 5:\n> e = 5\nkeep it\nplease"
    assert with_comments("no", ()) == "no"
    assert with_comments("no", (found,)) == f"no\n\n{block}"
    assert with_comments("", (found,)) == f"Comments on its lines: keep it\n\n{block}"
