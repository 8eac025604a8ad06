"""Aligns the lines of two files: first the anchors, then the gaps between them, in bounded time.

A gap that is too large and too different to align counts as replaced whole.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple, TypeAlias

_SMALL_GAP = 40_000
"""Product of line counts up to which difflib is fast enough for any lines."""
_MOST_EDITS = 600
"""Edits up to which a larger gap is searched; the cost grows with their square."""


class Region(NamedTuple):
    """Lines [old_start, old_end) of the old file become [new_start, new_end) of the new one."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


_Pairs: TypeAlias = list[tuple[int, int]]


def changed_regions(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[Region, ...]:
    """Maximal regions that differ, in order, with at least one equal line between any two.

    Lines are equal when their bytes are, including line endings. The cost is never quadratic in the
    size of the files: lines that occur exactly once on both sides are anchors (patience diff).
    """
    numbers: dict[bytes, int] = {}
    a = [numbers.setdefault(line, len(numbers)) for line in old]
    b = [numbers.setdefault(line, len(numbers)) for line in new]
    regions = list(_regions_between(_matches(a, b), len(a), len(b)))
    return tuple(_slid(regions, old, new))


def _regions_between(pairs: _Pairs, old_size: int, new_size: int) -> Iterator[Region]:
    i = j = 0
    for x, y in [*pairs, (old_size, new_size)]:
        if x > i or y > j:
            yield Region(i, x, j, y)
        i, j = x + 1, y + 1


def _matches(a: list[int], b: list[int]) -> _Pairs:
    """Pairs of equal lines, strictly increasing on both sides."""
    pairs: _Pairs = []
    work = [(0, len(a), 0, len(b))]
    while work:
        i, k, j, m = work.pop()
        while i < k and j < m and a[i] == b[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        while i < k and j < m and a[k - 1] == b[m - 1]:
            k, m = k - 1, m - 1
            pairs.append((k, m))
        if i == k or j == m:
            continue
        anchors = _unique_anchors(a, b, (i, k, j, m))
        if anchors:
            pairs.extend(anchors)
            for x, y in [*anchors, (k, m)]:
                work.append((i, x, j, y))
                i, j = x + 1, y + 1
        else:
            pairs.extend((x + i, y + j) for x, y in _align_gap(a[i:k], b[j:m]))
    pairs.sort()
    return pairs


def _unique_anchors(a: list[int], b: list[int], window: tuple[int, int, int, int]) -> _Pairs:
    """The longest increasing run of lines that occur once on each side of the window."""
    i, k, j, m = window
    in_a, in_b = Counter(a[i:k]), Counter(b[j:m])
    where = {b[y]: y for y in range(j, m) if in_b[b[y]] == 1}
    common = [(x, where[a[x]]) for x in range(i, k) if in_a[a[x]] == 1 and a[x] in where]
    return _longest_increasing(common)


def _longest_increasing(pairs: _Pairs) -> _Pairs:
    """The longest subsequence whose second members increase, by patience sorting."""
    tops: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, (_, y) in enumerate(pairs):
        pile = bisect_left(tops, y)
        before.append(at[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [y]
        at[pile : pile + 1] = [index]
    run: _Pairs = []
    index = at[-1] if at else -1
    while index >= 0:
        run.append(pairs[index])
        index = before[index]
    return run[::-1]


def _align_gap(a: list[int], b: list[int]) -> _Pairs:
    """Pairs in a gap without anchors; empty when it is too large and too different."""
    if len(a) * len(b) <= _SMALL_GAP:
        blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
        return [(i + n, j + n) for i, j, size in blocks for n in range(size)]
    return _shortest_edit(a, b)


def _shortest_edit(a: list[int], b: list[int]) -> _Pairs:
    """Greedy shortest edit script (E. W. Myers, 1986), up to `_MOST_EDITS` edits."""
    trace: list[dict[int, int]] = []
    furthest = {1: 0}
    for edits in range(min(len(a) + len(b), _MOST_EDITS) + 1):
        reached: dict[int, int] = {}
        for diagonal in range(-edits, edits + 1, 2):
            x = _step(furthest, diagonal, len(a), len(b))
            if x < 0:
                continue
            while x < len(a) and x - diagonal < len(b) and a[x] == b[x - diagonal]:
                x += 1
            reached[diagonal] = x
            if x == len(a) and x - diagonal == len(b):
                return _backtrack(trace, len(a), len(b))
        trace.append(reached)
        furthest = reached
    return []


def _step(furthest: dict[int, int], diagonal: int, width: int, height: int) -> int:
    """The furthest point on the diagonal after one more edit; -1 when it leaves the grid."""
    down = furthest.get(diagonal + 1, -1)
    right = furthest.get(diagonal - 1, -1)
    if down - diagonal > height:
        down = -1
    right = right + 1 if 0 <= right < width else -1
    return max(down, right)


def _backtrack(trace: list[dict[int, int]], x: int, y: int) -> _Pairs:
    """Follows the furthest points back from the end; diagonal moves are pairs of equal lines."""
    pairs: _Pairs = []
    width, height = x, y
    for furthest in reversed(trace):
        diagonal = x - y
        start = _step(furthest, diagonal, width, height)
        while x > start:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        came_right = furthest.get(diagonal - 1, -1) == start - 1
        x, y = (x - 1, y) if came_right else (x, y - 1)
    while x > 0 and y > 0:
        x, y = x - 1, y - 1
        pairs.append((x, y))
    return pairs[::-1]


def _slid(regions: list[Region], old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Region]:
    """Moves insertions and deletions, where the lines allow it, to where a reader expects them."""
    floor = 0
    for index, region in enumerate(regions):
        ceiling = regions[index + 1].old_start if index + 1 < len(regions) else len(old) + 1
        if region.old_start == region.old_end:
            offset = _best_offset(
                new,
                region.new_start,
                region.new_end,
                range(floor - region.old_start, ceiling - region.old_end),
            )
        elif region.new_start == region.new_end:
            offset = _best_offset(
                old,
                region.old_start,
                region.old_end,
                range(floor - region.old_start, ceiling - region.old_end),
            )
        else:
            offset = 0
        region = Region(*(edge + offset for edge in region))
        floor = region.old_end + 1
        yield region


def _best_offset(lines: Sequence[bytes], start: int, end: int, allowed: range) -> int:
    """How far to move the block [start, end) so that its first line is the least indented."""
    offsets = [0]
    while (
        offsets[-1] - 1 in allowed
        and lines[start + offsets[-1] - 1] == lines[end + offsets[-1] - 1]
    ):
        offsets.append(offsets[-1] - 1)
    down = 0
    while (
        down + 1 in allowed and end + down < len(lines) and lines[start + down] == lines[end + down]
    ):
        down += 1
        offsets.append(down)
    return min(offsets, key=lambda offset: (*_depth(lines, start + offset), -offset))


def _depth(lines: Sequence[bytes], at: int) -> tuple[int, bool]:
    """A line's indentation, blank lines being deepest, and whether it follows a line with text."""
    line = lines[at]
    bare = line.lstrip(b" \t\r\n")
    depth = len(line) - len(bare) if bare else 1_000_000
    return depth, at > 0 and bool(lines[at - 1].strip())
