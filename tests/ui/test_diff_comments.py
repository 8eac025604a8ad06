"""Rows of a diff with comments in between."""

import pytest

from assistant.proposal.changes import Change
from assistant.review.comments import comment_on
from assistant.review.decisions import Decision
from assistant.ui.diffcolumns import two_columns
from assistant.ui.diffcomments import with_comments
from assistant.ui.diffmodel import CommentLine
from assistant.ui.linerange import LineRange, first_range, lines_at
from tests.ui.manyfiles import proposal_of
from tests.ui.test_diff_columns import NEW, OLD


def laid_out(*, columns: bool):
    """A diff of two hunks with a comment of two rows on the first and one row on the second."""
    prepared = proposal_of(Change("a.py", OLD, NEW))
    (review, *_), plain = prepared.reviews, prepared.model
    plain = two_columns(plain) if columns else plain
    first, second = (hunk.id for hunk in review.hunks[:2])
    comments = (
        comment_on(review, second, (), "later"),
        comment_on(review, first, (1,), "one two three four five six"),
    )
    return review, plain, with_comments(plain, review, comments, 26)


@pytest.mark.parametrize("columns", [False, True])
def test_comments_are_under_their_lines_and_all_other_rows_stay(columns) -> None:
    review, plain, shown = laid_out(columns=columns)
    rows = list(shown.lines)
    added = [row for row in rows if isinstance(row, CommentLine)]
    assert [(row.text, row.first) for row in added] == [
        ("one two three four", True),
        ("five six", False),
        ("later", True),
    ]
    assert [row for row in rows if row not in added] == list(plain.lines)
    first = review.hunks[0].id
    at = rows.index(added[0])
    assert 1 in lines_at(shown, at - 1)
    for hunk in plain.starts:
        assert rows[shown.starts[hunk]] == plain.lines[plain.starts[hunk]]
    assert shown.ends[first] - shown.starts[first] == plain.ends[first] - plain.starts[first] + 2
    assert isinstance(rows[shown.ends[review.hunks[1].id] - 1], CommentLine)
    assert shown.lines[-1] == rows[-1]
    assert list(shown.lines[1:4]) == rows[1:4]
    with pytest.raises(IndexError):
        shown.lines[len(rows)]


def test_a_range_never_ends_on_a_comment() -> None:
    review, _, shown = laid_out(columns=False)
    for hunk in (each.id for each in review.hunks[:2]):
        chosen = first_range(shown, review, hunk)
        seen = {chosen.end}
        for by in (1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1):
            chosen = chosen.moved(shown, by)
            assert lines_at(shown, chosen.end)
            seen.add(chosen.end)
        rows = range(shown.starts[hunk] + 1, shown.ends[hunk])
        assert seen == {row for row in rows if lines_at(shown, row)}


def test_a_range_does_not_begin_on_a_comment() -> None:
    review, _, shown = laid_out(columns=False)
    second = review.hunks[1].id
    last = shown.ends[second] - 1
    assert isinstance(shown.lines[last], CommentLine)
    decided = review.decide_all(Decision.ACCEPTED)
    chosen = first_range(shown, decided, second, last)
    assert isinstance(chosen, LineRange)
    assert lines_at(shown, chosen.end)


def test_escape_sequences_in_a_comment_are_shown_as_text() -> None:
    prepared = proposal_of(Change("a.py", OLD, NEW))
    review, *_ = prepared.reviews
    comment = comment_on(review, review.hunks[0].id, (), "a\x1b]52;c;aGk=\x07b")
    shown = with_comments(prepared.model, review, (comment,), 80)
    (row,) = (row for row in shown.lines if isinstance(row, CommentLine))
    assert row.text == "a\\x1b]52;c;aGk=\\x07b"
