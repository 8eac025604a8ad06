"""The lines of the diff view: the rows of `proposal.rows`, with file and hunk headers.

Built once per candidate or edit. Decisions are looked up when a line is drawn.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TypeAlias

from assistant.context.bundle import covers
from assistant.proposal.changes import Change, ChangeKind, Doubt, Hunk
from assistant.proposal.diff import apply_hunks, rows_of
from assistant.proposal.rows import Row, RowKind
from assistant.repo.files import decode_text
from assistant.review.decisions import Review
from assistant.solving.values import Candidate
from assistant.ui.highlight import Runs, highlight


@dataclass(frozen=True, slots=True)
class FileHead:
    path: str
    kind: ChangeKind
    added: int
    removed: int
    renamed_from: str = ""
    outside: bool = False
    """True if the file is not in the selection."""


@dataclass(frozen=True, slots=True)
class HunkHead:
    hunk: Hunk
    number: int
    """1-based and counted over all files in file order, even if another order is shown."""
    lowest: float | None = None
    """Lowest token probability in the hunk; None if no token was doubtful."""
    edited: bool = False
    """True if the user has edited its lines."""
    from_words: bool = False
    """True if it was written from the task text alone, which caps its confidence."""


@dataclass(frozen=True, slots=True)
class Blank:
    """An empty line between files."""


@dataclass(frozen=True, slots=True)
class CodeLine:
    row: Row
    path: str
    doubts: tuple[Doubt, ...] = ()
    """Doubtful tokens of an added line. Columns refer to the row."""
    index: int = -1
    """Line of the hunk as in `review.lines`; -1 for context."""


@dataclass(frozen=True, slots=True)
class PairLine:
    """A removed line and the added one that replaces it, side by side. One may be missing."""

    old: CodeLine | None
    new: CodeLine | None


@dataclass(frozen=True, slots=True)
class CommentLine:
    """A line of the user's comment on the lines above it."""

    text: str
    first: bool
    """True for the first line of a comment."""


DiffLine: TypeAlias = FileHead | HunkHead | Blank | CodeLine | PairLine | CommentLine


@dataclass(frozen=True, slots=True)
class DiffModel:
    lines: Sequence[DiffLine]
    starts: Mapping[str, int]
    """Line of each hunk's header, by hunk id, in display order."""
    ends: Mapping[str, int]
    """Line after the last row of each hunk, by hunk id."""
    digits: int
    """Digits of the largest line number."""
    width: int
    """Characters of the longest code line."""
    mixed_ends: frozenset[str]
    """Paths whose line ends change. Line ends are shown for these."""
    in_columns: bool = False
    """True if old and new lines are side by side."""


@dataclass(frozen=True, slots=True)
class DiffColours:
    """Syntax runs of both sides by path, indexed by line number minus one."""

    old: Mapping[str, tuple[Runs, ...]]
    new: Mapping[str, tuple[Runs, ...]]


@dataclass(frozen=True, slots=True)
class _Section:
    """Lines below one file header."""

    head: FileHead
    hunks: tuple[HunkHead, ...]
    rows: tuple[CodeLine, ...]


def build_diff(
    review: Review, candidate: Candidate, selected: Collection[str], *, by_risk: bool = False
) -> DiffModel:
    """Builds the lines of a review.

    `selected` are the selected paths; empty means that no file is marked as outside. `by_risk`
    sorts single hunks by mean token probability, lowest first.
    """
    sections = [_section(review, change, candidate, selected) for change in review.changes]
    shown = _riskiest_first(sections) if by_risk else sections
    lines: list[DiffLine] = []
    starts: dict[str, int] = {}
    ends: dict[str, int] = {}
    for at, section in enumerate(shown):
        if at:
            lines.append(Blank())
        if not at or shown[at - 1].head != section.head:
            lines.append(section.head)
        _put(section, lines, starts, ends)
    rows = [line.row for section in sections for line in section.rows]
    last = max((max(row.old_number or 0, row.new_number or 0) for row in rows), default=1)
    width = max((len(row.text.expandtabs(4)) for row in rows), default=0)
    mixed = frozenset(
        change.path
        for change in review.changes
        if _ends(hunks := _hunks(review, change), "old") != _ends(hunks, "new")
    )
    return DiffModel(tuple(lines), starts, ends, len(str(last)), width, mixed)


def _put(
    section: _Section, lines: list[DiffLine], starts: dict[str, int], ends: dict[str, int]
) -> None:
    heads = {head.hunk.id: head for head in section.hunks}
    for hunk, head in heads.items():
        if not head.hunk.old and not head.hunk.new:  # an empty file is created, deleted or renamed
            starts[hunk] = len(lines)
            lines.append(head)
            ends[hunk] = len(lines)
    for line in section.rows:
        hunk = line.row.hunk
        if hunk and hunk not in starts:
            starts[hunk] = len(lines)
            lines.append(heads[hunk])
        lines.append(line)
        if hunk:
            ends[hunk] = len(lines)


def _riskiest_first(sections: Sequence[_Section]) -> list[_Section]:
    """Splits sections into single hunks, those of unknown probability first."""
    alone = [part for section in sections for part in _apart(section)]
    return sorted(alone, key=lambda section: _certainty(section.hunks[0]))


def _certainty(head: HunkHead) -> float:
    unknown = head.hunk.confidence is None or head.edited
    return -1.0 if unknown else head.hunk.confidence or 0.0


def _apart(section: _Section) -> list[_Section]:
    """Splits a section into one section per hunk, each with its context lines."""
    own: dict[str, tuple[int, int]] = {}
    for at, line in enumerate(section.rows):
        if hunk := line.row.hunk:
            own[hunk] = (own.get(hunk, (at, at))[0], at + 1)
    parts = []
    for head in section.hunks:
        first, end = own.get(head.hunk.id, (0, 0))
        before, after = section.rows[max(0, first - 3) : first], section.rows[end : end + 3]
        rows = (*_context(before[::-1])[::-1], *section.rows[first:end], *_context(after))
        parts.append(_Section(section.head, (head,), rows if end else ()))
    return parts


def _context(rows: Sequence[CodeLine]) -> list[CodeLine]:
    """Takes rows while they are context."""
    return list(takewhile(lambda line: line.row.kind is RowKind.CONTEXT, rows))


def _section(
    review: Review, change: Change, candidate: Candidate, selected: Collection[str]
) -> _Section:
    hunks = _hunks(review, change)
    numbers = {hunk.id: number for number, hunk in enumerate(review.hunks, start=1)}
    mine = _doubts_by_hunk(review, change, candidate.tokens.doubts)
    rows: list[CodeLine] = []
    indexes = dict.fromkeys(mine, 0)
    removed = {hunk.id: len(hunk.old) for hunk in hunks}
    for row in rows_of(change, hunks):
        if not row.hunk:
            rows.append(CodeLine(row, change.path))
            continue
        index = indexes[row.hunk]
        indexes[row.hunk] += 1
        found = mine[row.hunk].get(index - removed[row.hunk], ())
        rows.append(CodeLine(row, change.path, found, index))
    heads = tuple(
        HunkHead(
            hunk,
            numbers[hunk.id],
            min((d.probability for line in mine[hunk.id].values() for d in line), default=None),
            hunk.id in review.edits,
            candidate.from_words,
        )
        for hunk in hunks
    )
    return _Section(_head(change, hunks, selected), heads, tuple(rows))


def _doubts_by_hunk(
    review: Review, change: Change, doubts: Sequence[Doubt]
) -> dict[str, dict[int, tuple[Doubt, ...]]]:
    """Groups doubts by hunk and by line of the hunk, skipping edited hunks."""
    by_line: dict[int, tuple[Doubt, ...]] = {}
    for doubt in doubts:
        if doubt.path == change.path:
            by_line[doubt.line] = (*by_line.get(doubt.line, ()), doubt)
    found: dict[str, dict[int, tuple[Doubt, ...]]] = {}
    shift = 0
    for hunk in (hunk for hunk in review.hunks if hunk.path == change.path):
        first = hunk.start + shift
        shift += len(hunk.new) - len(hunk.old)
        found[hunk.id] = {
            at: by_line[first + at]
            for at in range(len(hunk.new))
            if first + at in by_line and hunk.id not in review.edits
        }
    return found


def colour_diff(review: Review) -> DiffColours:
    """Highlights both sides of every change. Slow, meant for a thread."""
    old: dict[str, tuple[Runs, ...]] = {}
    new: dict[str, tuple[Runs, ...]] = {}
    for change in review.changes:
        after = apply_hunks(change, _hunks(review, change))
        old[change.path] = highlight(change.path, decode_text(change.old or b""))
        new[change.path] = highlight(change.path, decode_text((after and after.new) or b""))
    return DiffColours(old, new)


def _hunks(review: Review, change: Change) -> tuple[Hunk, ...]:
    """Returns the hunks of a change, with edits applied."""
    return tuple(
        replace(hunk, new=review.edits.get(hunk.id, hunk.new))
        for hunk in review.hunks
        if hunk.path == change.path
    )


def _head(change: Change, hunks: tuple[Hunk, ...], selected: Collection[str]) -> FileHead:
    return FileHead(
        path=change.path,
        kind=change.kind,
        added=sum(len(hunk.new) for hunk in hunks),
        removed=sum(len(hunk.old) for hunk in hunks),
        renamed_from=change.renamed_from,
        outside=bool(selected) and not covers(selected, change.path),
    )


def _ends(hunks: tuple[Hunk, ...], side: str) -> set[bytes]:
    lines = (line for hunk in hunks for line in (hunk.old if side == "old" else hunk.new))
    return {line[len(line.rstrip(b"\r\n")) :] for line in lines}
