"""Drops the hunks of a change that only lay out Python code differently."""

from collections.abc import Iterable

from assistant.proposal.changes import Change
from assistant.proposal.diff import apply_hunks, hunks_of
from assistant.proposal.pieces import same_code
from assistant.repo.files import decode_text


def without_layout(path: str, old: bytes, new: bytes) -> bytes:
    """Drops the hunks of a Python file that change only its layout, outside strings. A change
    without any other hunk is returned as it is.

    Models that rewrite code also change its layout, and the user would have to review each hunk.
    """
    change = Change(path, old, new)
    hunks = kept = list(hunks_of(change))
    for hunk in hunks:
        if _visible(hunk.old) != _visible(hunk.new):
            continue
        fewer = [each for each in kept if each is not hunk]
        less = apply_hunks(change, fewer)
        left = old if less is None else less.new
        if left is not None and same_code(decode_text(new), decode_text(left)):
            kept = fewer
    if not kept or len(kept) == len(hunks):
        return new
    result = apply_hunks(change, kept)
    return new if result is None or result.new is None else result.new


def _visible(lines: Iterable[bytes]) -> bytes:
    return b"".join(b"".join(lines).split())


def bare(text: str) -> list[str]:
    """The lines without trailing white space, and without blank lines at the end."""
    return [line.rstrip() for line in text.rstrip().splitlines()]
