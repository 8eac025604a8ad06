"""Line endings of single lines and of files.

Lines are those of `assistant.repo.files.split_lines`.
"""

from collections.abc import Sequence


def line_end(line: bytes) -> bytes:
    """The line ending; empty for a last line without one."""
    for end in (b"\r\n", b"\n", b"\r"):
        if line.endswith(end):
            return end
    return b""


def usual_end(lines: Sequence[bytes]) -> bytes:
    """The most frequent line ending; a line feed when there is none."""
    counts = {end: 0 for end in (b"\n", b"\r\n", b"\r")}
    for line in lines:
        if end := line_end(line):
            counts[end] += 1
    return max(counts, key=lambda end: counts[end])
