"""Owns telling a change that can be seen from one of blank lines and white space at the ends of
lines. Pure."""

import ast
from collections.abc import Iterable

from assistant.proposal.changes import Change
from assistant.proposal.diff import apply_hunks, hunks_of
from assistant.repo.python_trees import parsed


def only_blanks(old: str, new: str) -> bool:
    """Whether two texts of a Python file differ in nothing but white space at the ends of lines
    and of the text, outside of strings."""
    return bare(old) == bare(new) and _same_code(old, new)


def without_blank_hunks(path: str, old: bytes, new: bytes) -> bytes:
    """The new text of a Python file without hunks in which only blank lines come or go, or white
    space at the ends of lines, outside of strings; as it is where there is nothing else.

    Models that write code anew lay it out anew, and each such hunk would have to be decided on.
    """
    change = Change(path, old, new)
    hunks = hunks_of(change)
    seen = [hunk for hunk in hunks if _visible(hunk.old) != _visible(hunk.new)]
    if len(seen) == len(hunks):
        return new
    kept = apply_hunks(change, seen)
    if kept is None or kept.new is None:
        return new
    return kept.new if _same_code(new, kept.new) else new


def _same_code(one: str | bytes, other: str | bytes) -> bool:
    trees = parsed(one), parsed(other)
    return None not in trees and len({ast.dump(tree) for tree in trees if tree}) == 1


def _visible(lines: Iterable[bytes]) -> list[bytes]:
    return [line.rstrip() for line in lines if line.strip()]


def bare(text: str) -> list[str]:
    """The lines without white space at their ends, and without blank ones behind the last."""
    return [line.rstrip() for line in text.rstrip().splitlines()]
