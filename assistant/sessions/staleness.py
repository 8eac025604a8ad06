"""Finds which files of a proposal are no longer as they were when it was made."""

import os
from collections.abc import Iterable
from pathlib import Path

from assistant.proposal.changes import Change


def changed_since(root: Path, changes: Iterable[Change]) -> tuple[str, ...]:
    """The paths that the writer would refuse to write, because of what is there now.

    For people, early: the writer itself decides when it writes.
    """
    stale: dict[str, None] = {}
    seen = {(each.path, each.preimage, each.renamed_from): each for each in changes}
    for change in seen.values():
        source = change.renamed_from or change.path
        if not _has(root / source, change.old):
            stale[source] = None
        if change.renamed_from and os.path.lexists(root / change.path):
            stale[change.path] = None
    return tuple(stale)


def _has(path: Path, data: bytes | None) -> bool:
    """Whether there is a regular file with these bytes; with None, whether there is nothing."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            return file.read() == data
    except (FileNotFoundError, NotADirectoryError):
        return data is None
    except OSError:
        return False
