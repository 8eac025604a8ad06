"""Owns what a line of a file's bytes is, for diffs and splices alike.

A line ends after "\\n", "\\r\\n" or "\\r" and nowhere else.
"""

from collections.abc import Sequence


def split_lines(data: bytes) -> list[bytes]:
    """Lines with their ends; joined again they are `data`. No bytes give no lines."""
    return data.splitlines(keepends=True)


def line_end(line: bytes) -> bytes:
    """The end of one line; empty for a last line without one."""
    for end in (b"\r\n", b"\n", b"\r"):
        if line.endswith(end):
            return end
    return b""


def usual_end(lines: Sequence[bytes]) -> bytes:
    """The most frequent line end; a line feed where there is none."""
    counts = {end: 0 for end in (b"\n", b"\r\n", b"\r")}
    for line in lines:
        if end := line_end(line):
            counts[end] += 1
    return max(counts, key=lambda end: counts[end])
