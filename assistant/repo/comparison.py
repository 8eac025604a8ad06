"""Compares files of the working tree with the index, without running content filters.

`git status` would run them. Instead, the recorded stat data decide; if they are inconclusive, the
blob id of the content does. The output of a filter cannot be known without running it, so for a
filtered file only the stat data count.
"""

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from assistant.errors import ContextError
from assistant.repo.command import Git
from assistant.repo.index import Indexed
from assistant.repo.reading import read_bytes

_HASH_LIMIT = 50_000_000
"""Bytes; a larger file with different stat data counts as changed without being read."""
_TIMESTAMP_RESOLUTION = 1_000_000_000
"""Nanoseconds after which another write is sure to change a file's time stamp."""

_TYPE = 0o170000
"""The bits of a mode that tell the type of a file."""
_SUBMODULE = 0o160000
_SYMLINK = 0o120000
_IDENT = re.compile(rb"\$Id:[^$\n]*\$")
_FILTERS = ("filter", "working-tree-encoding")
"""Attributes whose conversion is not reproduced here."""
_ATTRIBUTES = (*_FILTERS, "text", "eol", "ident")
_OFF = ("unspecified", "unset")

_Stamp: TypeAlias = tuple[str, int, int, int, int]


class Comparison:
    """Compares files with the index and caches which contents are equal."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._unchanged: dict[str, _Stamp] = {}
        """Stamps of the files whose content was found to equal the index."""

    def settled(self, entry: Indexed, info: os.stat_result, index_time: int) -> bool:
        """True if the stat data prove that the file matches the index."""
        if entry.mode == _SUBMODULE:
            return stat.S_ISDIR(info.st_mode)
        if _type_differs(entry, info) or _mode_differs(entry, info):
            return False
        # A file as recent as the index may have been written after git read it ("racy git").
        recorded = entry.mtime_ns < index_time and (
            entry.ctime_ns == info.st_ctime_ns
            and entry.mtime_ns == info.st_mtime_ns
            and entry.size == info.st_size & 0xFFFFFFFF
            and entry.inode == info.st_ino & 0xFFFFFFFF
        )
        return recorded or self._unchanged.get(entry.path) == _stamp(entry, info)

    def changed(
        self, doubtful: Sequence[tuple[Indexed, os.stat_result]]
    ) -> Iterator[tuple[Indexed, os.stat_result]]:
        """The unsettled entries that differ from the index. Raises RepositoryError."""
        if not doubtful:
            return
        attributes = _attributes(self._git, [entry.path for entry, _ in doubtful])
        file_mode = _setting(self._git, "core.fileMode") != "false"
        autocrlf = _setting(self._git, "core.autocrlf") in ("true", "input")
        for entry, info in doubtful:
            differs = _type_differs(entry, info) or (file_mode and _mode_differs(entry, info))
            found = attributes.get(entry.path, {})
            if differs or self._content_differs(entry, info, found, autocrlf):
                yield entry, info

    def _content_differs(
        self, entry: Indexed, info: os.stat_result, attributes: dict[str, str], autocrlf: bool
    ) -> bool:
        if any(attributes.get(name, "unset") not in _OFF for name in _FILTERS):
            return entry.mtime_ns != info.st_mtime_ns or entry.size != info.st_size & 0xFFFFFFFF
        if info.st_size > _HASH_LIMIT:
            return True
        try:
            data = _content(self._git.folder, entry)
        except (OSError, ContextError):
            return True
        if _blob_id(data, entry.blob) == entry.blob:
            age = time.time_ns() - max(info.st_mtime_ns, info.st_ctime_ns)
            if age > _TIMESTAMP_RESOLUTION:
                self._unchanged[entry.path] = _stamp(entry, info)
            return False
        return _blob_id(_converted(data, attributes, autocrlf), entry.blob) != entry.blob


def _stamp(entry: Indexed, info: os.stat_result) -> _Stamp:
    return (entry.blob, info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino)


def _type_differs(entry: Indexed, info: os.stat_result) -> bool:
    return bool((entry.mode ^ info.st_mode) & _TYPE)


def _mode_differs(entry: Indexed, info: os.stat_result) -> bool:
    return bool((entry.mode ^ info.st_mode) & 0o100) and stat.S_ISREG(info.st_mode)


def _content(root: Path, entry: Indexed) -> bytes:
    if entry.mode == _SYMLINK:
        return os.fsencode((root / entry.path).readlink())
    return read_bytes(root, entry.path)


def _converted(data: bytes, attributes: dict[str, str], autocrlf: bool) -> bytes:
    """The content as git stores it, with line ends and keywords converted per the attributes."""
    text = attributes.get("text", "unspecified")
    if text not in _OFF or "eol" in attributes or (autocrlf and text == "unspecified"):
        data = data.replace(b"\r\n", b"\n")
    if attributes.get("ident", "unset") not in _OFF:
        data = _IDENT.sub(b"$Id$", data)
    return data


def _blob_id(data: bytes, like: str) -> str:
    """The object id of a blob, with the hash function that the object id `like` uses."""
    digest = hashlib.sha1(usedforsecurity=False) if len(like) == 40 else hashlib.sha256()
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest()


def _attributes(git: Git, paths: list[str]) -> dict[str, dict[str, str]]:
    names = b"\0".join(os.fsencode(path) for path in paths) + b"\0"
    output = git.output("check-attr", "-z", "--stdin", *_ATTRIBUTES, stdin=names)
    fields = output.split(b"\0")[:-1]
    found: dict[str, dict[str, str]] = {}
    for name, attribute, value in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
        if value != b"unspecified":
            found.setdefault(os.fsdecode(name), {})[attribute.decode()] = os.fsdecode(value)
    return found


def _setting(git: Git, name: str) -> str:
    return git.call("config", "--get", name).stdout.decode("utf-8", "replace").strip().lower()
