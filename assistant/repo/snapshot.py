"""Owns the comparison of the working tree with the index and HEAD.

Runs no content filter, so `git status` is out of the question: git only lists the index, the staged
differences and the untracked names; whether a file changed is decided here, from the recorded
stat data and, where these do not settle it, from the blob id of the content. For a file under a
filter attribute the content cannot be compared without running the filter: there the stat data
decide, as far as they go.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from assistant.errors import ContextError, RepositoryError
from assistant.repo.command import Git
from assistant.repo.files import FileEntry, FileState
from assistant.repo.reading import read_bytes

_HASH_LIMIT = 50_000_000
"""Bytes; a larger file whose stat data differ counts as changed without being read."""

_SUBMODULE = 0o160000
_SYMLINK = 0o120000

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
    """Left out of the working tree on purpose: absent is not deleted."""
    ctime_ns: int = -1
    """This and the next as git recorded them; -1 when unknown."""
    mtime_ns: int = -1
    inode: int = 0
    size: int = -1
    """Modulo 2^32, as git records it."""


@dataclass(frozen=True, slots=True)
class Listing:
    files: tuple[FileEntry, ...]
    """Sorted by path."""
    truncated: bool


def list_files(git: Git, git_dir: Path, *, has_head: bool, ignored: bool, limit: int) -> Listing:
    """Every listed path with its state, at most `limit` of them. Raises RepositoryError."""
    indexed = _read_index(git, limit)
    entries = dict(_compare(git, git_dir, indexed))
    for path in _staged(git, has_head, limit):
        entry = entries.get(path)
        if entry is None:
            entries[path] = FileEntry(path, FileState.DELETED, 0)
        elif entry.state in (FileState.TRACKED, FileState.CHANGED):
            entries[path] = FileEntry(path, FileState.STAGED, entry.size)
    room = max(limit + 1 - len(entries), 0)
    entries |= _others(git, room, FileState.UNTRACKED)
    if ignored:
        room = max(limit + 1 - len(entries), 0)
        entries |= _others(git, room, FileState.IGNORED)
    ordered = sorted(entries.values(), key=lambda entry: entry.path)
    return Listing(tuple(ordered[:limit]), len(ordered) > limit)


def _read_index(git: Git, limit: int) -> list[Indexed]:
    """The index in its own order, one entry per path, at most `limit` + 1."""
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
            continue  # a further stage of an unmerged path
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


def _compare(git: Git, git_dir: Path, indexed: list[Indexed]) -> Iterator[tuple[str, FileEntry]]:
    written = _index_time(git_dir)
    doubtful: list[tuple[Indexed, os.stat_result]] = []
    for entry in indexed:
        info = _lstat(git.folder, entry.path)
        if entry.unmerged:
            yield entry.path, FileEntry(entry.path, FileState.UNMERGED, _size(info))
        elif info is None:
            state = FileState.TRACKED if entry.sparse else FileState.DELETED
            yield entry.path, FileEntry(entry.path, state, 0)
        else:
            if not _settled(entry, info, written):
                doubtful.append((entry, info))
            yield entry.path, FileEntry(entry.path, FileState.TRACKED, _size(info))
    for entry, info in _changed(git, doubtful):
        yield entry.path, FileEntry(entry.path, FileState.CHANGED, _size(info))


def _settled(entry: Indexed, info: os.stat_result, written: int) -> bool:
    """True when the stat data prove that the file is as it is in the index."""
    if entry.mode == _SUBMODULE:
        return stat.S_ISDIR(info.st_mode)
    same = (
        entry.ctime_ns == info.st_ctime_ns
        and entry.mtime_ns == info.st_mtime_ns
        and entry.size == info.st_size & 0xFFFFFFFF
        and entry.inode == info.st_ino & 0xFFFFFFFF
        and stat.S_IFMT(entry.mode) == stat.S_IFMT(info.st_mode)
        and _same_mode(entry, info)
    )
    # An entry as young as the index may have been written after git looked at it.
    return same and entry.mtime_ns < written


def _same_mode(entry: Indexed, info: os.stat_result) -> bool:
    return not stat.S_ISREG(info.st_mode) or bool(entry.mode & 0o100) == bool(info.st_mode & 0o100)


def _changed(
    git: Git, doubtful: list[tuple[Indexed, os.stat_result]]
) -> Iterator[tuple[Indexed, os.stat_result]]:
    """Of the entries that their stat data do not settle, those whose content differs."""
    if not doubtful:
        return
    attributes = _attributes(git, [entry.path for entry, _ in doubtful])
    file_mode = _setting(git, "core.fileMode") != "false"
    autocrlf = _setting(git, "core.autocrlf") in ("true", "input")
    for entry, info in doubtful:
        other_type = stat.S_IFMT(entry.mode) != stat.S_IFMT(info.st_mode)
        other_mode = file_mode and not _same_mode(entry, info)
        found = attributes.get(entry.path, {})
        if other_type or other_mode or _content_differs(git.folder, entry, info, found, autocrlf):
            yield entry, info


def _content_differs(
    root: Path, entry: Indexed, info: os.stat_result, attributes: dict[str, str], autocrlf: bool
) -> bool:
    if attributes.get("filter", "unspecified") not in ("unspecified", "unset"):
        return entry.mtime_ns != info.st_mtime_ns or entry.size != info.st_size & 0xFFFFFFFF
    if info.st_size > _HASH_LIMIT:
        return True
    try:
        if entry.mode == _SYMLINK:
            data = os.fsencode((root / entry.path).readlink())
        else:
            data = read_bytes(root, entry.path)
    except (OSError, ContextError):
        return True
    if _blob_id(data, entry.blob) == entry.blob:
        return False
    text = attributes.get("text", "unspecified")
    converts = text not in ("unspecified", "unset") or "eol" in attributes
    if converts or (autocrlf and text == "unspecified"):
        return _blob_id(data.replace(b"\r\n", b"\n"), entry.blob) != entry.blob
    return True


def _blob_id(data: bytes, like: str) -> str:
    """The object id of a blob, in the hash that `like` is written in."""
    digest = hashlib.sha1(usedforsecurity=False) if len(like) == 40 else hashlib.sha256()
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest()


def _attributes(git: Git, paths: list[str]) -> dict[str, dict[str, str]]:
    names = b"\0".join(os.fsencode(path) for path in paths) + b"\0"
    output = git.output("check-attr", "-z", "--stdin", "filter", "text", "eol", stdin=names)
    fields = output.split(b"\0")[:-1]
    found: dict[str, dict[str, str]] = {}
    for name, attribute, value in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
        if value != b"unspecified":
            found.setdefault(os.fsdecode(name), {})[attribute.decode()] = os.fsdecode(value)
    return found


def _setting(git: Git, name: str) -> str:
    return git.call("config", "--get", name).stdout.decode("utf-8", "replace").strip().lower()


def _staged(git: Git, has_head: bool, limit: int) -> Iterator[str]:
    """Paths whose index entry differs from HEAD. Compares ids only: reads no content."""
    if not has_head:
        arguments = ["ls-files", "-z"]
    else:
        arguments = ["diff-index", "--cached", "--no-renames", "--no-ext-diff", "--no-textconv"]
        arguments += ["--ignore-submodules", "--name-only", "-z", "HEAD"]
    for record in islice(git.records(*arguments), limit + 1):
        yield os.fsdecode(record)


def _others(git: Git, limit: int, state: FileState) -> dict[str, FileEntry]:
    """Names that the index does not know. Folders (repositories of their own) are left out."""
    arguments = ["ls-files", "-o", "-z", "--exclude-standard"]
    arguments += ["-i"] if state is FileState.IGNORED else []
    found: dict[str, FileEntry] = {}
    for record in git.records(*arguments):
        if len(found) >= limit:
            break
        if not record.endswith(b"/"):
            path = os.fsdecode(record)
            found[path] = FileEntry(path, state, _size(_lstat(git.folder, path)))
    return found


def _index_time(git_dir: Path) -> int:
    try:
        return (git_dir / "index").stat().st_mtime_ns
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise RepositoryError(
            f"The index of the repository cannot be read: {error}",
            hint="Check the permissions of the repository's .git folder.",
        ) from error


def _lstat(root: Path, path: str) -> os.stat_result | None:
    try:
        return os.lstat(f"{root}/{path}")  # joining Paths takes most of the time on many files
    except OSError:
        return None


def _size(info: os.stat_result | None) -> int:
    return info.st_size if info is not None and not stat.S_ISDIR(info.st_mode) else 0
