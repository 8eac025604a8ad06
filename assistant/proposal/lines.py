"""Owns what a line of a file's bytes is, for diffs and splices alike.

A line ends after a line feed, as git counts. Only a file without any is split at carriage returns.
"""


def split_lines(data: bytes) -> list[bytes]:
    """Lines with their ends; joined again they are `data`. No bytes give no lines."""
    end = b"\n" if b"\n" in data else b"\r"
    lines = [line + end for line in data.split(end)]
    last = lines.pop().removesuffix(end)
    return [*lines, last] if last else lines


def line_end(line: bytes) -> bytes:
    """The end of one line; empty for a last line without one."""
    for end in (b"\r\n", b"\n", b"\r"):
        if line.endswith(end):
            return end
    return b""


def usual_end(lines: list[bytes]) -> bytes:
    """The most frequent line end; a line feed where there is none."""
    counts = {end: 0 for end in (b"\n", b"\r\n", b"\r")}
    for line in lines:
        if end := line_end(line):
            counts[end] += 1
    return max(counts, key=lambda end: counts[end])
