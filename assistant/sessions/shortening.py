"""Chooses what stays of a session's file that is full."""

import re

from assistant.sessions.file import APPLIED, CONTENT, lines_of

_REFERENCE = re.compile(rb'"content": "([0-9a-f]{32})"')
_LATEST = ("plan", "selection")
"""Kinds of which only the last line counts."""
_OF_A_REVIEW = ("proposal", "decisions", "closed")


def shortened(data: bytes, room: int) -> bytes:
    """The file without its oldest records, and without proposals that are no longer open.

    The header, the plan, the selection and an open proposal with its decisions stay. Of the rest,
    the newest stay that fit in `room` bytes.
    """
    lines = list(lines_of(data))
    names = {_name(line): at for at, (kind, line) in enumerate(lines) if kind == CONTENT}
    needed = _needed(lines)
    kept: set[int] = set()
    size = 0
    others = [at for at in range(len(lines) - 1, -1, -1) if at not in needed]
    for at in [*sorted(needed), *others]:
        kind, line = lines[at]
        if at not in needed and kind in (CONTENT, *_LATEST, *_OF_A_REVIEW):
            continue
        references = (names.get(each) for each in _REFERENCE.findall(line))
        more = {at, *(each for each in references if each is not None)} - kept
        added = sum(len(lines[each][1]) + 1 for each in more)
        if at not in needed and size + added > room:
            break
        kept |= more
        size += added
    return b"".join(lines[at][1] + b"\n" for at in sorted(kept))


def _needed(lines: list[tuple[str, bytes]]) -> set[int]:
    """The lines without which the session would not look as it does."""
    needed = {at for at, (kind, _) in enumerate(lines) if kind == "session"}
    for wanted in _LATEST:
        needed |= {max((at for at, (kind, _) in enumerate(lines) if kind == wanted), default=-1)}
    review: list[int] = []
    for at, (kind, line) in enumerate(lines):
        if kind == "proposal":
            review = [at]
        elif kind == "decisions" and review:
            review.append(at)
        elif kind == "closed" or (kind == "write" and APPLIED in line):
            review = []
    return (needed | set(review)) - {-1}


def _name(line: bytes) -> bytes:
    """The name of a content line."""
    return line.split(b'"id": "', 1)[-1].split(b'"', 1)[0]
