"""A change as rows for display: line numbers, context, and the changed words of each line.

All front ends share it. Text is as in the file; sanitize it before display.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from itertools import islice
from typing import TypeAlias

from assistant.proposal.alignment import (
    COMPARED,
    SIMILAR,
    counterparts,
    similarity,
    text_of,
    words,
)
from assistant.proposal.changes import Change, Hunk
from assistant.proposal.lines import line_end
from assistant.repo.files import split_lines

Span: TypeAlias = tuple[int, int]
"""Characters [start, end) of a row's text."""

_SHOWN = 2_000
"""Most characters of a line in a row; the rest is only counted."""
_MARKED = 3_000
"""Lines of a change whose words are compared; later lines have no marks."""


class RowKind(Enum):
    CONTEXT = "context"
    REMOVED = "removed"
    ADDED = "added"
    GAP = "gap"
    """Unchanged lines that are left out; `text` is empty, `hidden` is their number."""


@dataclass(frozen=True, slots=True)
class Row:
    kind: RowKind
    old_number: int | None
    """1-based line in the old file; None for an added row."""
    new_number: int | None
    """1-based line in the file with these hunks applied; None for a removed row."""
    text: str
    """Without its line ending, surrogate-escaped, truncated when very long."""
    end: bytes = b"\n"
    """The line ending; empty for a last line without one."""
    hunk: str = ""
    """Id of the row's hunk; empty for context and gaps."""
    spans: tuple[Span, ...] = ()
    """Where the row differs from its counterpart; empty when the whole line differs."""
    hidden: int = 0
    """In a gap: the lines left out. In any other row: the characters cut off."""


def rows_of(change: Change, hunks: Sequence[Hunk], context: int = 3) -> tuple[Row, ...]:
    """Rows for these hunks of a change, each with up to `context` lines around it."""
    return tuple(_rows(split_lines(change.old or b""), hunks, context))


def word_changes(old_line: str, new_line: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Spans of the old and of the new line that differ, word by word.

    Both are empty when the lines are equal, too long to compare, or too different for marks to
    help.
    """
    if old_line == new_line or max(len(old_line), len(new_line)) > COMPARED:
        return (), ()
    old, new = words(old_line), words(new_line)
    if similarity(Counter(old), Counter(new)) < SIMILAR:
        return (), ()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    changed = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return (
        tuple(_spans(old, [(first, last) for _, first, last, _, _ in changed])),
        tuple(_spans(new, [(first, last) for _, _, _, first, last in changed])),
    )


def _rows(old: Sequence[bytes], hunks: Sequence[Hunk], context: int) -> Iterator[Row]:
    at = shift = marked = 0
    for index, hunk in enumerate(hunks):
        keep = min(at + context, hunk.start) if index else 0
        lead = max(keep, hunk.start - context)
        yield from _context(old, at, keep, shift)
        if lead > keep:
            yield Row(RowKind.GAP, keep + 1, keep + 1 + shift, "", hidden=lead - keep)
        yield from _context(old, lead, hunk.start, shift)
        yield from _changed(hunk, shift, marked=marked < _MARKED)
        marked += len(hunk.new)
        at = hunk.start + len(hunk.old)
        shift += len(hunk.new) - len(hunk.old)
    if hunks:
        yield from _context(old, at, min(at + context, len(old)), shift)
        if (rest := len(old) - at - context) > 0:
            first = at + context + 1
            yield Row(RowKind.GAP, first, first + shift, "", hidden=rest)


def _context(old: Sequence[bytes], start: int, end: int, shift: int) -> Iterator[Row]:
    for index in range(start, end):
        yield _row(RowKind.CONTEXT, index + 1, index + 1 + shift, old[index])


def _changed(hunk: Hunk, shift: int, *, marked: bool) -> Iterator[Row]:
    old_spans: dict[int, tuple[Span, ...]] = {}
    new_spans: dict[int, tuple[Span, ...]] = {}
    pairs = counterparts(hunk.old, hunk.new) if marked else ()
    for i, j in islice(pairs, _MARKED):
        old_spans[i], new_spans[j] = word_changes(text_of(hunk.old[i]), text_of(hunk.new[j]))
    for i, line in enumerate(hunk.old):
        spans = old_spans.get(i, ())
        yield _row(RowKind.REMOVED, hunk.start + i + 1, None, line, hunk.id, spans)
    for j, line in enumerate(hunk.new):
        spans = new_spans.get(j, ())
        yield _row(RowKind.ADDED, None, hunk.start + shift + j + 1, line, hunk.id, spans)


def _row(
    kind: RowKind,
    old_number: int | None,
    new_number: int | None,
    line: bytes,
    hunk: str = "",
    spans: tuple[Span, ...] = (),
) -> Row:
    text = text_of(line)
    hidden = max(0, len(text) - _SHOWN)
    return Row(kind, old_number, new_number, text[:_SHOWN], line_end(line), hunk, spans, hidden)


def _spans(pieces: Sequence[str], ranges: Sequence[Span]) -> Iterator[Span]:
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    for first, last in ranges:
        if last > first:
            yield starts[first], starts[last]
