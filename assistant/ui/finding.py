"""Finds a text in the lines of a file. Case counts only where the text has an upper case."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 10_000
"""Matches that are found in one file."""


@dataclass(frozen=True, slots=True, order=True)
class Match:
    line: int
    """0-based."""
    start: int
    end: int


def matches(lines: Sequence[str], text: str) -> tuple[Match, ...]:
    """All places that have the text, in order, at most MOST; none for an empty text."""
    if not text:
        return ()
    ignores_case = text == text.lower()
    found: list[Match] = []
    for number, line in enumerate(lines):
        inside = line.lower() if ignores_case else line
        at = inside.find(text)
        if at >= 0 and len(inside) != len(line):  # a letter whose lower case is longer
            inside = "".join(c.lower() if len(c.lower()) == 1 else c for c in line)
            at = inside.find(text)
        while at >= 0:
            found.append(Match(number, at, at + len(text)))
            if len(found) == MOST:
                return tuple(found)
            at = inside.find(text, at + len(text))
    return tuple(found)


def following(found: Sequence[Match], line: int, column: int) -> int:
    """Index of the first match at or after a position, else of the first one."""
    at = bisect_left(found, Match(line, column, 0))
    return at if at < len(found) else 0


def beside(found: Sequence[Match], line: int, column: int, by: int) -> int:
    """Index of the next match after a position, or of the one before it; goes round at the ends."""
    here = Match(line, column, -1)
    if by > 0:
        return bisect_right(found, Match(line, column, 1 << 60)) % len(found)
    return (bisect_left(found, here) - 1) % len(found)
