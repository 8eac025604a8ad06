"""Owns the scratch copy of a working tree in which commands run, and bringing it back in order.

Never writes to the repository, and never follows a symbolic link inside the copy: a command may
have put any link there.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Protocol

from assistant.checks.listing import Listing, list_files
from assistant.errors import Cancelled, CheckError

_MOST_BYTES = 4 << 30
_MOST_FILES = 200_000

_Stamp = tuple[int, int, int, int]
"""Mode, size, modification time, change time: equal stamps mean the same content."""


class Stop(Protocol):
    """Anything that can say that the user wants to stop."""

    @property
    def is_set(self) -> bool: ...


class ScratchCopy:
    """A private folder with the copy (`tree`), an empty home and a place for temporary files.

    It stays warm between runs: `sync` copies only what changed, and removes whatever a command
    left behind.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="assistant-check-")).resolve()
        except OSError as error:
            raise _no_room(error) from error
        self.tree = self.folder / "tree"
        self.home = self.folder / "home"
        self.temporary = self.folder / "tmp"
        self._copied: dict[str, tuple[_Stamp, _Stamp]] = {}

    def sync(self, overlay: Mapping[str, bytes | None], stop: Stop) -> Listing:
        """Makes the copy equal the working tree with the overlay over it.

        `overlay` maps a relative path to its bytes, None for a deleted file. Returns what is
        listed; linked folders are left to the confinement. Raises CheckError for an overlay path
        that leads outside, for a tree that is too large, and for a full disk; RepositoryError
        when git cannot list the tree.
        """
        for path in overlay:
            _refuse_unsafe(path)
        listing = list_files(self._root)
        if len(listing.files) > _MOST_FILES:
            raise _too_large(f"more than {_MOST_FILES:,} files")
        try:
            for folder in (self.home, self.temporary):
                _remove(folder)
                folder.mkdir(mode=0o700)
            wanted = [path for path in listing.files if path not in overlay]
            self._sweep(frozenset(wanted), frozenset(_parents(wanted)))
            self._copy(wanted, stop)
            for path, data in overlay.items():
                if data is not None:
                    self._write(path, data)
        except OSError as error:
            raise _no_room(error) from error
        return listing

    def close(self) -> None:
        """Removes everything."""
        _remove(self.folder)

    def _sweep(self, files: frozenset[str], folders: frozenset[str]) -> None:
        """Removes what is not wanted, and what a command changed."""
        if self.tree.is_symlink() or not self.tree.is_dir():
            _remove(self.tree)
            self.tree.mkdir()
            self._copied.clear()
        pending = [""]
        while pending:
            folder = pending.pop()
            _make_accessible(self.tree / folder)
            for entry in list(os.scandir(self.tree / folder)):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False) and path in folders:
                    pending.append(path)
                elif path not in files or not self._unchanged(path):
                    _remove(Path(entry.path))
                    self._copied.pop(path, None)

    def _unchanged(self, path: str) -> bool:
        stamps = self._copied.get(path)
        return stamps is not None and stamps == (
            _stamp(self._root / path),
            _stamp(self.tree / path),
        )

    def _copy(self, paths: list[str], stop: Stop) -> None:
        total = 0
        for path in paths:
            if stop.is_set:
                raise Cancelled
            source, target = self._root / path, self.tree / path
            try:
                facts = source.lstat()
            except (FileNotFoundError, NotADirectoryError):
                continue
            total += facts.st_size
            if total > _MOST_BYTES:
                raise _too_large(f"more than {_MOST_BYTES >> 30} GiB")
            if path in self._copied and os.path.lexists(target):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if stat.S_ISLNK(facts.st_mode):
                target.symlink_to(self._redirected(path, source.readlink()))
            elif stat.S_ISREG(facts.st_mode):
                shutil.copyfile(source, target)
                target.chmod(stat.S_IMODE(facts.st_mode) | stat.S_IRUSR | stat.S_IWUSR)
                os.utime(target, ns=(facts.st_atime_ns, facts.st_mtime_ns))
            else:
                continue
            self._copied[path] = (_stamp(source), _stamp(target))

    def _redirected(self, path: str, target: Path) -> Path:
        """A link that names the repository itself shall name the copy instead."""
        if target.is_absolute() and target.is_relative_to(self._root):
            up = [".."] * (len(PurePosixPath(path).parts) - 1)
            return Path(*up, target.relative_to(self._root))
        return target

    def _write(self, path: str, data: bytes) -> None:
        target = self.tree / path
        for parent in reversed(PurePosixPath(path).parents[:-1]):
            folder = self.tree / parent
            if folder.is_symlink():
                raise CheckError(
                    f"{path} lies behind a symbolic link.", hint="Change the file it points to."
                )
            folder.mkdir(exist_ok=True)
        _remove(target)
        target.write_bytes(data)
        source = self._root / path
        if source.is_file() and not source.is_symlink():
            target.chmod(stat.S_IMODE(source.stat().st_mode) | stat.S_IRUSR | stat.S_IWUSR)


def _parents(paths: list[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in found:
            found.add(path)
    return found


def _stamp(path: Path) -> _Stamp:
    facts = path.lstat()
    return (facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def _refuse_unsafe(path: str) -> None:
    parts = path.split("/")
    unsafe = path.startswith("/") or any(part in ("", ".", "..") for part in parts)
    if unsafe or parts[0].casefold() == ".git" or "\0" in path:
        raise CheckError(
            f"The path {path!r} leads outside of the working tree.",
            hint="Paths are relative to the repository's root.",
        )


def _make_accessible(folder: Path) -> None:
    facts = folder.lstat()
    if facts.st_mode & stat.S_IRWXU != stat.S_IRWXU:
        folder.chmod(stat.S_IMODE(facts.st_mode) | stat.S_IRWXU)


def _remove(path: Path) -> None:
    """Removes a file, a link or a folder with all it holds, whatever its permissions."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    pending = [path]
    while pending:
        folder = pending.pop()
        _make_accessible(folder)
        entries = list(os.scandir(folder))
        pending.extend(Path(e.path) for e in entries if e.is_dir(follow_symlinks=False))
    shutil.rmtree(path)


def _no_room(error: OSError) -> CheckError:
    return CheckError(
        f"The scratch copy for the check cannot be made: {error.strerror or error}.",
        hint="Make room in the folder for temporary files, or point TMPDIR elsewhere.",
    )


def _too_large(what: str) -> CheckError:
    return CheckError(
        f"The repository is too large to copy for a check: {what}.",
        hint="Ignore generated files by .gitignore, or go on without a check command.",
    )
