"""Reads git's index: paths, blob ids and recorded stat data."""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from assistant.repo.command import Git

# Git ends a path with NUL and prints its stat data after it, so a record holds the stat data of one
# path, except in the first record, and then the next path, except in the last.
_RECORD = re.compile(
    rb"(?:  ctime: (\d+):(\d+)\n  mtime: (\d+):(\d+)\n  dev: \d+\tino: (\d+)\n"
    rb"  uid: \d+\tgid: \d+\n  size: (\d+)\tflags: [0-9a-f]+\n)?"
    rb"(?:(\S) (\d{6}) ([0-9a-f]{40,64}) ([0-3])\t(.+))?",
    re.DOTALL,
)
_SECOND = 1_000_000_000


class Indexed(NamedTuple):
    """A path in git's index. A tuple, which is made faster than a class: there may be 200,000."""

    path: str
    mode: int
    blob: str
    """Object id, hex."""
    unmerged: bool
    sparse: bool
    """Excluded by a sparse checkout: if the file is absent, it is not deleted."""
    ctime_ns: int = -1
    """As git recorded it; -1 if unknown."""
    mtime_ns: int = -1
    """As git recorded it; -1 if unknown."""
    inode: int = 0
    size: int = -1
    """Modulo 2^32, as git records it."""


def read_index(git: Git, limit: int) -> Iterator[Indexed]:
    """Entries in index order, one per path, at most `limit` + 1.

    Raises RepositoryError, possibly after the last entry, if git cannot read the index.
    """
    count = 0
    last = ""
    waiting: tuple[str, int, str, bool, bool] | None = None
    for record in git.records("ls-files", "-v", "-s", "-z", "--debug"):
        match = _RECORD.match(record)
        if match is None:
            continue
        changed, changed_ns, written, written_ns, inode, size, tag, mode, blob, stage, name = (
            match.groups()
        )
        if waiting is not None and size is None:
            yield Indexed(*waiting)
        elif waiting is not None:
            ctime = int(changed) * _SECOND + int(changed_ns)
            mtime = int(written) * _SECOND + int(written_ns)
            yield Indexed(*waiting, ctime, mtime, int(inode), int(size))
        waiting = None
        if name is None or count > limit:
            continue
        path = os.fsdecode(name)
        if path != last:  # else another stage of an unmerged path
            waiting = (path, int(mode, 8), blob.decode(), stage != b"0", tag in b"Ss")
            last = path
            count += 1
