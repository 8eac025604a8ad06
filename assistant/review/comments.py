"""Comments on lines of a proposal, which go into the next prompt about them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant.proposal.changes import Hunk
from assistant.repo.files import decode_text
from assistant.review.decisions import Review

_MOST_LINES = 6
"""Lines of the commented ones that are quoted."""
_MOST_CHARACTERS = 4_000
"""Characters of all comments in a prompt."""


@dataclass(frozen=True, slots=True)
class Comment:
    """What the user says about lines of one hunk: its added ones, or else its removed ones."""

    path: str
    line: int
    """The first line, 1-based: in the file as proposed, or as it was if the lines are removed."""
    removed: bool
    quoted: tuple[str, ...]
    """The first of the lines, without their ends."""
    text: str
    hunk: str
    """Id of the hunk."""
    at: int
    """The last line of the hunk that it is about, as in `review.lines`."""
    under: str
    """That line; the comment is shown under it."""

    def is_on(self, review: Review) -> bool:
        """Whether the review has the line."""
        if self.hunk not in review.decisions:
            return False
        lines = _lines(review.editable(self.hunk))
        return self.at < len(lines) and lines[self.at] == self.under


def comment_on(review: Review, hunk_id: str, lines: Collection[int], text: str) -> Comment:
    """A comment on some lines of a hunk, or on all of them if there are none."""
    hunk = review.editable(hunk_id)
    all_lines = _lines(hunk)
    chosen = sorted(lines) or list(range(len(all_lines)))
    added = [at for at in chosen if at >= len(hunk.old)]
    about = added or chosen
    first = about[0] if about else 0
    number = hunk.start + first + 1
    if added:
        number += _shift(review, hunk) - len(hunk.old)
    return Comment(
        hunk.path,
        number,
        not added,
        tuple(all_lines[at] for at in about[:_MOST_LINES]),
        text,
        hunk_id,
        chosen[-1] if chosen else 0,
        all_lines[chosen[-1]] if chosen else "",
    )


def quoted(comments: Sequence[Comment]) -> str:
    """Comments for a prompt: path, line, the quoted lines and the comment; the last ones first to
    stay where they are too long."""
    blocks: list[str] = []
    size = 0
    for comment in reversed(comments):
        lines = "\n".join(f"> {line}" for line in comment.quoted)
        where = f"{comment.path}, {'removed ' if comment.removed else ''}line {comment.line}:"
        block = f"{where}\n{lines}\n{comment.text}"
        size += len(block)
        if blocks and size > _MOST_CHARACTERS:
            break
        blocks.append(block)
    return "\n\n".join(reversed(blocks))


def with_comments(reason: str, comments: Sequence[Comment]) -> str:
    """The reason for sending a hunk back, with the comments on its lines."""
    if not comments:
        return reason
    first = reason or f"Comments on its lines: {comments[0].text.splitlines()[0]}"
    return f"{first}\n\n{quoted(comments)}"


def _lines(hunk: Hunk) -> list[str]:
    return [decode_text(line).rstrip("\r\n") for line in (*hunk.old, *hunk.new)]


def _shift(review: Review, hunk: Hunk) -> int:
    """By how many lines earlier hunks move this one down in the file as proposed."""
    earlier = [each for each in review.hunks if each.path == hunk.path and each.start < hunk.start]
    return sum(len(review.edits.get(each.id, each.new)) - len(each.old) for each in earlier)
