"""Reads git's index: paths, blob ids and recorded stat data."""

import os
import re
from dataclasses import dataclass

from assistant.repo.command import Git

_DEBUG = re.compile(
    rb"  ctime: (\d+):(\d+)\n  mtime: (\d+):(\d+)\n  dev: \d+\tino: (\d+)\n"
    rb"  uid: \d+\tgid: \d+\n  size: (\d+)\tflags: [0-9a-f]+\n"
)
_LISTED = re.compile(rb"(\S) (\d{6}) ([0-9a-f]{40,64}) ([0-3])\t(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Indexed:
    """A path in git's index."""

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


def read_index(git: Git, limit: int) -> list[Indexed]:
    """Entries in index order, one per path, at most `limit` + 1.

    Raises RepositoryError if git cannot read the index.
    """
    found: list[Indexed] = []
    for record in git.records("ls-files", "-v", "-s", "-z", "--debug"):
        debug = _DEBUG.match(record)
        if debug and found:
            found[-1] = _with_stat(found[-1], debug)
        listed = _LISTED.match(record, debug.end() if debug else 0)
        if listed is None:
            continue  # the stat data after the last path
        tag, mode, blob, stage, name = listed.groups()
        path = os.fsdecode(name)
        if found and found[-1].path == path:
            continue  # another stage of an unmerged path
        if len(found) > limit:
            break
        found.append(Indexed(path, int(mode, 8), blob.decode(), stage != b"0", tag.upper() == b"S"))
    return found


def _with_stat(entry: Indexed, debug: "re.Match[bytes]") -> Indexed:
    changed, changed_ns, written, written_ns, inode, size = map(int, debug.groups())
    return Indexed(
        entry.path,
        entry.mode,
        entry.blob,
        entry.unmerged,
        entry.sparse,
        changed * 1_000_000_000 + changed_ns,
        written * 1_000_000_000 + written_ns,
        inode,
        size,
    )
