"""The rows of a diff with the user's comments under the lines that they are about."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import overload

from assistant.review.comments import Comment
from assistant.review.decisions import Review
from assistant.sanitize import sanitize
from assistant.ui.diffmodel import CommentLine, DiffLine, DiffModel
from assistant.ui.linerange import changed_rows, lines_at
from assistant.ui.rows import wrap

_INDENT = 10
"""Cells in front of a comment."""


def with_comments(
    model: DiffModel, review: Review, comments: Sequence[Comment], width: int
) -> DiffModel:
    """The same diff with the comments that are on lines of the review, in `width` cells."""
    found = [(row, each) for each in comments if (row := _row_under(model, review, each)) >= 0]
    if not found:
        return model
    added = [
        (row, line)
        for row, comment in sorted(found, key=lambda each: each[0])
        for line in _drawn(comment, width)
    ]
    places = [row for row, _ in added]
    return replace(
        model,
        lines=_Inserted(model.lines, places, [line for _, line in added]),
        starts={hunk: row + bisect_left(places, row + 1) for hunk, row in model.starts.items()},
        ends={hunk: row + bisect_left(places, row + 1) for hunk, row in model.ends.items()},
    )


def _row_under(model: DiffModel, review: Review, comment: Comment) -> int:
    """The row below the line that a comment is about; -1 if the diff does not have the line."""
    if not comment.is_on(review):
        return -1
    rows = changed_rows(model, comment.hunk)
    return next((row + 1 for row in rows if comment.at in lines_at(model, row)), -1)


def _drawn(comment: Comment, width: int) -> Iterator[CommentLine]:
    pieces = wrap(sanitize(comment.text), max(20, width - _INDENT - 1))
    for number, piece in enumerate(pieces):
        yield CommentLine(piece, first=number == 0)


class _Inserted(Sequence[DiffLine]):
    """Lines with others in between, found when they are read."""

    def __init__(
        self, lines: Sequence[DiffLine], places: Sequence[int], added: Sequence[DiffLine]
    ) -> None:
        """`places` are the rows that the added lines come before, in order."""
        self._lines, self._added = lines, added
        self._at = [place + number for number, place in enumerate(places)]

    def __len__(self) -> int:
        return len(self._lines) + len(self._added)

    @overload
    def __getitem__(self, index: int) -> DiffLine: ...
    @overload
    def __getitem__(self, index: slice) -> list[DiffLine]: ...
    def __getitem__(self, index: int | slice) -> DiffLine | list[DiffLine]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(index)
        before = bisect_right(self._at, at)
        if before and self._at[before - 1] == at:
            return self._added[before - 1]
        return self._lines[at - before]
