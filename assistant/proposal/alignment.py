"""Aligns the removed lines of a hunk with the added ones that replace them.

The words of a line are compared with those of its counterpart, two columns show both side by side,
and a hunk that is accepted in part keeps its lines in this order.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TypeAlias

from assistant.proposal.lines import line_end
from assistant.repo.files import decode_text

Pair: TypeAlias = tuple[int | None, int | None]
"""Indexes of a removed and of an added line; None on a side without a counterpart."""

SIMILAR = 0.4
"""Similarity, 0 to 1, below which two lines are unrelated."""
COMPARED = 500
"""Characters of a line up to which it is compared word by word."""
_PAIRED = 30
"""Lines on a side of a hunk up to which lines are paired by similarity, else by position."""
_WORD = re.compile(r"\w+|\s+|.", re.DOTALL)


def aligned(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[Pair, ...]:
    """Every line of both sides once and in order, next to its counterpart if it has one.

    Lines between two pairs of counterparts are aligned by position.
    """
    return tuple(_aligned(old, new))


def _aligned(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Pair]:
    i = j = 0
    matches = [] if len(old) == len(new) == 1 else counterparts(old, new)
    for x, y in [*matches, (len(old), len(new))]:
        yield from zip_longest(range(i, x), range(j, y))
        if x < len(old) and y < len(new):
            yield x, y
        i, j = x + 1, y + 1


def is_positional(old: int, new: int) -> bool:
    """True if a hunk with this many lines is aligned by position alone."""
    return not (old and new) or max(old, new) > _PAIRED or old == new == 1


def counterparts(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """Pairs old lines with new ones, in order, for the greatest total similarity.

    Hunks of many lines are paired by position.
    """
    if len(old) > _PAIRED or len(new) > _PAIRED:
        return list(zip(range(len(old)), range(len(new)), strict=False))
    before = [Counter(words(text_of(line)[:COMPARED])) for line in old]
    after = [Counter(words(text_of(line)[:COMPARED])) for line in new]
    best: list[list[tuple[float, list[tuple[int, int]]]]]
    best = [[(0.0, [])] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, mine in enumerate(before, start=1):
        for j, others in enumerate(after, start=1):
            alike = similarity(mine, others)
            total, pairs = best[i - 1][j - 1]
            options = [best[i - 1][j], best[i][j - 1]]
            if alike >= SIMILAR:
                options.append((total + alike, [*pairs, (i - 1, j - 1)]))
            best[i][j] = max(options, key=lambda option: option[0])
    return best[-1][-1][1]


def similarity(old: Counter[str], new: Counter[str]) -> float:
    """Share of common words, ignoring white space: 0 to 1."""
    size = sum(n for word, n in (old + new).items() if not word.isspace())
    common = sum(n for word, n in (old & new).items() if not word.isspace())
    return 2 * common / size if size else 0.0


def words(text: str) -> list[str]:
    """Splits a text into words, runs of white space, and single characters."""
    return _WORD.findall(text)


def text_of(line: bytes) -> str:
    """A line without its ending, surrogate-escaped."""
    return decode_text(line.removesuffix(line_end(line)))
