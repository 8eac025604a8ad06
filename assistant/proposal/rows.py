"""A change as rows for display: line numbers, context, and the changed words of each line.

All front ends share it. Text is as in the file; sanitize it before display.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import TypeAlias

from assistant.proposal.changes import Change, Hunk
from assistant.proposal.lines import line_end
from assistant.repo.files import decode_text, split_lines

Span: TypeAlias = tuple[int, int]
"""Characters [start, end) of a row's text."""

_SHOWN = 2_000
"""Most characters of a line in a row; the rest is only counted."""
_COMPARED = 500
"""Characters of a line up to which it is compared word by word."""
_PAIRED = 30
"""Lines on a side of a hunk up to which old and new lines are paired by similarity."""
_MARKED = 3_000
"""Lines of a change whose words are compared; later lines have no marks."""
_SIMILAR = 0.4
"""Similarity, 0 to 1, below which two lines are unrelated."""
_WORD = re.compile(r"\w+|\s+|.", re.DOTALL)


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
    if old_line == new_line or max(len(old_line), len(new_line)) > _COMPARED:
        return (), ()
    old, new = _WORD.findall(old_line), _WORD.findall(new_line)
    if _similarity(Counter(old), Counter(new)) < _SIMILAR:
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
    for i, j in _counterparts(hunk.old, hunk.new) if marked else ():
        old_spans[i], new_spans[j] = word_changes(_text(hunk.old[i]), _text(hunk.new[j]))
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
    text = _text(line)
    hidden = max(0, len(text) - _SHOWN)
    return Row(kind, old_number, new_number, text[:_SHOWN], line_end(line), hunk, spans, hidden)


def _text(line: bytes) -> str:
    return decode_text(line.removesuffix(line_end(line)))


def _counterparts(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """Pairs old lines with new ones, in order, for the greatest total similarity."""
    if len(old) > _PAIRED or len(new) > _PAIRED:
        return list(zip(range(min(len(old), _MARKED)), range(len(new)), strict=False))
    before = [Counter(_WORD.findall(_text(line)[:_COMPARED])) for line in old]
    after = [Counter(_WORD.findall(_text(line)[:_COMPARED])) for line in new]
    best: list[list[tuple[float, list[tuple[int, int]]]]]
    best = [[(0.0, [])] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, words in enumerate(before, start=1):
        for j, others in enumerate(after, start=1):
            similarity = _similarity(words, others)
            total, pairs = best[i - 1][j - 1]
            options = [best[i - 1][j], best[i][j - 1]]
            if similarity >= _SIMILAR:
                options.append((total + similarity, [*pairs, (i - 1, j - 1)]))
            best[i][j] = max(options, key=lambda option: option[0])
    return best[-1][-1][1]


def _similarity(old: Counter[str], new: Counter[str]) -> float:
    """Share of common words, ignoring white space: 0 to 1."""
    size = sum(n for word, n in (old + new).items() if not word.isspace())
    common = sum(n for word, n in (old & new).items() if not word.isspace())
    return 2 * common / size if size else 0.0


def _spans(words: Sequence[str], ranges: Sequence[Span]) -> Iterator[Span]:
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    for first, last in ranges:
        if last > first:
            yield starts[first], starts[last]
