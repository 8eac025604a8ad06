"""Recognises changes of nothing but blank lines and trailing white space."""

import ast
from collections.abc import Iterable

from assistant.proposal.changes import Change
from assistant.proposal.diff import apply_hunks, hunks_of
from assistant.repo.python_trees import parsed


def without_blank_hunks(path: str, old: bytes, new: bytes) -> bytes:
    """Drops the hunks of a Python file that change only blank lines or trailing white space
    outside strings. A change without any other hunk is returned as it is.

    Models that rewrite code also change its layout, and the user would have to review each hunk.
    """
    change = Change(path, old, new)
    hunks = hunks_of(change)
    visible = [hunk for hunk in hunks if _visible(hunk.old) != _visible(hunk.new)]
    if len(visible) == len(hunks):
        return new
    kept = apply_hunks(change, visible)
    if kept is None or kept.new is None:
        return new
    return kept.new if _same_code(new, kept.new) else new


def _same_code(one: str | bytes, other: str | bytes) -> bool:
    trees = parsed(one), parsed(other)
    return None not in trees and len({ast.dump(tree) for tree in trees if tree}) == 1


def _visible(lines: Iterable[bytes]) -> list[bytes]:
    return [line.rstrip() for line in lines if line.strip()]


def bare(text: str) -> list[str]:
    """The lines without trailing white space, and without blank lines at the end."""
    return [line.rstrip() for line in text.rstrip().splitlines()]
