"""Owns the lines of the diff view: what `proposal.rows` says, with heads of files and hunks.

Pure: built once per candidate or edit; decisions are looked up when a line is drawn.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from assistant.proposal.changes import Candidate, Change, ChangeKind, Hunk
from assistant.proposal.diff import apply_hunks, rows_of
from assistant.proposal.rows import Row, RowKind
from assistant.repo.files import decode_text
from assistant.review.decisions import Review
from assistant.ui.highlight import Runs, highlight


@dataclass(frozen=True, slots=True)
class FileHead:
    path: str
    kind: ChangeKind
    added: int
    removed: int
    renamed_from: str = ""
    outside: bool = False
    """True when the file is not part of what the user selected."""


@dataclass(frozen=True, slots=True)
class HunkHead:
    hunk: Hunk
    number: int
    """1-based, over all files."""


@dataclass(frozen=True, slots=True)
class Blank:
    """An empty line between files."""


@dataclass(frozen=True, slots=True)
class CodeLine:
    row: Row
    path: str
    probability: float | None = None
    """Of an added line that the model was unsure of."""


DiffLine: TypeAlias = FileHead | HunkHead | Blank | CodeLine


@dataclass(frozen=True, slots=True)
class DiffModel:
    lines: tuple[DiffLine, ...]
    starts: Mapping[str, int]
    """Line of each hunk's head, by hunk id."""
    ends: Mapping[str, int]
    """Line after each hunk's last row."""
    digits: int
    """Width of the greatest line number."""
    width: int
    """Characters of the longest code line."""
    mixed_ends: frozenset[str]
    """Paths whose change touches line ends, which are then shown."""


@dataclass(frozen=True, slots=True)
class DiffColours:
    """Syntax runs of both sides, by path; index is the line number minus one."""

    old: Mapping[str, tuple[Runs, ...]]
    new: Mapping[str, tuple[Runs, ...]]


def build_diff(review: Review, candidate: Candidate, selected: Collection[str]) -> DiffModel:
    """The lines that show a review. `selected` are the user's paths; empty means no limit."""
    lines: list[DiffLine] = []
    starts: dict[str, int] = {}
    ends: dict[str, int] = {}
    unsure = {(path, line): chance for path, line, chance in candidate.uncertain}
    numbers = {hunk.id: number for number, hunk in enumerate(review.hunks, start=1)}
    mixed: set[str] = set()
    for change in review.changes:
        hunks = _hunks(review, change)
        if lines:
            lines.append(Blank())
        lines.append(_head(change, hunks, selected))
        by_id = {hunk.id: hunk for hunk in hunks}
        if not any(hunk.old or hunk.new for hunk in hunks):
            for hunk in hunks:
                starts[hunk.id] = len(lines)
                lines.append(HunkHead(hunk, numbers[hunk.id]))
                ends[hunk.id] = len(lines)
        if _ends(hunks, "old") != _ends(hunks, "new"):
            mixed.add(change.path)
        for row in rows_of(change, hunks):
            if row.hunk and row.hunk not in starts:
                starts[row.hunk] = len(lines)
                lines.append(HunkHead(by_id[row.hunk], numbers[row.hunk]))
            chance = None
            if row.kind is RowKind.ADDED and row.new_number is not None:
                chance = unsure.get((change.path, row.new_number - 1))
            lines.append(CodeLine(row, change.path, chance))
            if row.hunk:
                ends[row.hunk] = len(lines)
    rows = [line.row for line in lines if isinstance(line, CodeLine)]
    last = max((max(row.old_number or 0, row.new_number or 0) for row in rows), default=1)
    width = max((len(row.text.expandtabs(4)) for row in rows), default=0)
    return DiffModel(tuple(lines), starts, ends, len(str(last)), width, frozenset(mixed))


def colour_diff(review: Review) -> DiffColours:
    """Syntax colours of both sides of every change; slow, for a thread."""
    old: dict[str, tuple[Runs, ...]] = {}
    new: dict[str, tuple[Runs, ...]] = {}
    for change in review.changes:
        after = apply_hunks(change, _hunks(review, change))
        old[change.path] = highlight(change.path, decode_text(change.old or b""))
        new[change.path] = highlight(change.path, decode_text((after and after.new) or b""))
    return DiffColours(old, new)


def _hunks(review: Review, change: Change) -> tuple[Hunk, ...]:
    """The hunks of a change, with the user's lines where they were edited."""
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
        outside=bool(selected) and change.path not in selected,
    )


def _ends(hunks: tuple[Hunk, ...], side: str) -> set[bytes]:
    lines = (line for hunk in hunks for line in (hunk.old if side == "old" else hunk.new))
    return {line[len(line.rstrip(b"\r\n")) :] for line in lines}
