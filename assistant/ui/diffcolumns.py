"""A diff in two columns: old lines on the left, the new ones that replace them on the right.

Rows are laid out when they are read, so that switching costs nothing for a diff of any length.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import overload

from assistant.proposal.alignment import Pair, aligned, is_positional
from assistant.ui.diffmodel import CodeLine, DiffLine, DiffModel, HunkHead, PairLine

_WIDE = 140
"""Cells from which on a diff has two columns, unless the user chose otherwise."""


def wants_columns(width: int, chosen: bool | None) -> bool:
    """Whether a pane of this width shows two columns. `chosen` is None to decide by width."""
    return width >= _WIDE if chosen is None else chosen


def two_columns(model: DiffModel) -> DiffModel:
    """The same diff with the lines of each hunk side by side. Context and headers stay lines."""
    rows = _Rows(model.lines)
    starts: dict[str, int] = {}
    ends: dict[str, int] = {}
    done = 0
    for hunk, start in model.starts.items():
        rows.add(_Run(done, start + 1 - done))
        starts[hunk] = len(rows) - 1
        head = model.lines[start]
        if isinstance(head, HunkHead):
            rows.add(_Changed.of(start + 1, head))
        ends[hunk] = len(rows)
        done = model.ends[hunk]
    rows.add(_Run(done, len(model.lines) - done))
    return replace(model, lines=rows, starts=starts, ends=ends, in_columns=True)


@dataclass(frozen=True, slots=True)
class _Run:
    """Lines that stay as they are."""

    first: int
    size: int

    def row(self, lines: Sequence[DiffLine], at: int) -> DiffLine:
        return lines[self.first + at]


@dataclass(frozen=True, slots=True)
class _Changed:
    """The lines of a hunk: removed ones, then added ones."""

    first: int
    removed: int
    added: int
    pairs: tuple[Pair, ...] | None
    """None if they are aligned by position."""

    @classmethod
    def of(cls, first: int, head: HunkHead) -> "_Changed":
        old, new = head.hunk.old, head.hunk.new
        pairs = None if is_positional(len(old), len(new)) else aligned(old, new)
        return cls(first, len(old), len(new), pairs)

    @property
    def size(self) -> int:
        return max(self.removed, self.added) if self.pairs is None else len(self.pairs)

    def row(self, lines: Sequence[DiffLine], at: int) -> DiffLine:
        if self.pairs is not None:
            old, new = self.pairs[at]
        else:
            old = at if at < self.removed else None
            new = at if at < self.added else None
        left = None if old is None else lines[self.first + old]
        right = None if new is None else lines[self.first + self.removed + new]
        return PairLine(_code(left), _code(right))


def _code(line: DiffLine | None) -> CodeLine | None:
    return line if isinstance(line, CodeLine) else None


class _Rows(Sequence[DiffLine]):
    """The rows of all parts, made from the lines of the model when they are read."""

    def __init__(self, lines: Sequence[DiffLine]) -> None:
        self._lines = lines
        self._starts: list[int] = []
        self._parts: list[_Run | _Changed] = []
        self._count = 0

    def add(self, part: _Run | _Changed) -> None:
        if part.size:
            self._starts.append(self._count)
            self._parts.append(part)
            self._count += part.size

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> DiffLine: ...
    @overload
    def __getitem__(self, index: slice) -> list[DiffLine]: ...
    def __getitem__(self, index: int | slice) -> DiffLine | list[DiffLine]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(self._count))]
        at = index + self._count if index < 0 else index
        if not 0 <= at < self._count:
            raise IndexError(index)
        part = bisect_right(self._starts, at) - 1
        return self._parts[part].row(self._lines, at - self._starts[part])
