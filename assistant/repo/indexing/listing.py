"""Lists what there is to record of a working tree: its text files, and what git knows of them."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.repo.command import Git
from assistant.repo.comparison import Comparison
from assistant.repo.index import read_index
from assistant.repo.paths import is_generated_path, is_secret_path
from assistant.repo.reading import TEXT_LIMIT

_MOST_FILES = 1_000_000


@dataclass(frozen=True, slots=True)
class Present:
    """A file of the working tree."""

    path: str
    stamp: str
    """Changes whenever the content does."""
    blob: bytes = b""
    """Git's object id of the content; empty if it is not known without reading the file."""


def list_present(git: Git, git_dir: Path) -> Iterator[Present]:
    """The regular files that git tracks or would add, without secrets and generated ones.

    Raises RepositoryError.
    """
    index_time = _modified(git_dir / "index")
    comparison = Comparison(git)
    for entry in read_index(git, _MOST_FILES):
        info = _regular(git.folder, entry.path)
        if info is not None and is_recorded(entry.path):
            settled = comparison.settled(entry, info, index_time)
            blob = bytes.fromhex(entry.blob) if settled else b""
            yield Present(entry.path, stamp_of(info), blob)
    for record in git.records("ls-files", "-o", "-z", "--exclude-standard"):
        path = os.fsdecode(record)
        info = None if path.endswith("/") else _regular(git.folder, path)
        if info is not None and is_recorded(path):
            yield Present(path, stamp_of(info))


def is_recorded(path: str) -> bool:
    """Whether a file may be in the index, by its path."""
    return not is_secret_path(path) and not is_generated_path(path)


def stamp_of(info: os.stat_result) -> str:
    """The stamp of a file."""
    return f"{info.st_size}:{info.st_mtime_ns}:{info.st_ctime_ns}:{info.st_ino}"


def stamp_at(root: Path, path: str) -> str:
    """The stamp of the file at a path; empty if there is none that may be in the index."""
    info = _regular(root, path)
    return "" if info is None else stamp_of(info)


def index_stamp(git_dir: Path) -> str:
    """The stamp of git's index, which changes with every checkout, add and commit."""
    try:
        return stamp_of((git_dir / "index").stat())
    except OSError:
        return ""


def _modified(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _regular(root: Path, path: str) -> os.stat_result | None:
    try:
        info = os.lstat(f"{root}/{path}")
    except OSError:
        return None
    return info if stat.S_ISREG(info.st_mode) and info.st_size <= TEXT_LIMIT else None
