"""A scratch copy of the working tree for running commands.

Never writes to the repository, and never follows a symbolic link in the copy: a command may have
created it.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Protocol

from assistant.checks.listing import Listing, list_files
from assistant.checks.removing import make_accessible, remove
from assistant.errors import Cancelled, CheckError

_PREFIX = "assistant-check-"
_ABANDONED_SECONDS = 60.0
"""Minimum age of an unlocked folder before it counts as abandoned."""
_MAX_BYTES = 4 << 30
_MAX_FILES = 200_000

_Stamp = tuple[int, int, int, int]
"""Mode, size, modification time, change time. Equal stamps mean equal content."""


class Stop(Protocol):
    """A cancellation flag."""

    @property
    def is_set(self) -> bool: ...


class ScratchCopy:
    """A private folder with the copy (`tree`), an empty home and a folder for temporary files.

    It is reused between runs: `sync` copies only what changed and removes what a command created.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        try:
            remove_abandoned()
            self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
            # The lock lasts as long as the process and shows others that the folder is in use.
            self._lock_handle = _lock(self.folder)
        except OSError as error:
            raise _copy_failed(error) from error
        self.tree = self.folder / "tree"
        self.home = self.folder / "home"
        self.temporary = self.folder / "tmp"
        self._copied: dict[str, tuple[_Stamp, _Stamp]] = {}

    def sync(self, overlay: Mapping[str, bytes | None], stop: Stop) -> Listing:
        """Makes the copy equal to the working tree with the overlay applied.

        `overlay` maps relative paths to their bytes, or None for a deleted file. Returns the
        listing of the working tree; the confinement provides the linked folders. Raises CheckError
        for an overlay path outside the tree, a tree that is too large, or a full disk, and
        RepositoryError when git cannot list the tree.
        """
        for path in overlay:
            _require_inside(path)
        listing = list_files(self._root)
        if len(listing.files) > _MAX_FILES:
            raise _too_large(f"more than {_MAX_FILES:,} files")
        try:
            for folder in (self.home, self.temporary):
                remove(folder)
                folder.mkdir(mode=0o700)
            wanted = {path: f for path, f in listing.files.items() if path not in overlay}
            self._sweep(wanted)
            self._copy(wanted, stop)
            for path, data in overlay.items():
                if data is not None:
                    self._write(path, data)
        except OSError as error:
            raise _copy_failed(error) from error
        return listing

    @contextlib.contextmanager
    def keeping(self, name: str) -> Iterator[None]:
        """Puts a folder with this name into the copy, and takes it out again with its contents.

        Does nothing for an empty name, or where the repository has such a path.
        """
        inside, outside = self.tree / name, self.folder / f"kept-{name}"
        if not name or os.path.lexists(inside):
            yield
            return
        try:
            outside.mkdir(mode=0o700, exist_ok=True)
            outside.rename(inside)
        except OSError as error:
            raise _copy_failed(error) from error
        try:
            yield
        finally:
            # What is left behind is removed by the next sync.
            if not self.tree.is_symlink() and not inside.is_symlink() and inside.is_dir():
                with contextlib.suppress(OSError):
                    inside.rename(outside)

    def close(self) -> None:
        """Removes the copy and releases the lock."""
        remove(self.folder)
        if self._lock_handle is not None:
            os.close(self._lock_handle)
            self._lock_handle = None

    def _sweep(self, wanted: Mapping[str, os.stat_result]) -> None:
        """Removes unwanted files and files that a command changed."""
        if self.tree.is_symlink() or not self.tree.is_dir():
            remove(self.tree)
            self.tree.mkdir()
            self._copied.clear()
        folders = _parents(wanted)
        pending = [""]
        while pending:
            folder = pending.pop()
            make_accessible(self.tree / folder)
            for entry in list(os.scandir(self.tree / folder)):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if path in folders and entry.is_dir(follow_symlinks=False):
                    pending.append(path)
                elif path not in wanted or not self._unchanged(path, entry, wanted[path]):
                    remove(Path(entry.path))
                    self._copied.pop(path, None)

    def _unchanged(self, path: str, entry: "os.DirEntry[str]", source: os.stat_result) -> bool:
        copy = entry.stat(follow_symlinks=False)
        return self._copied.get(path) == (_stamp(source), _stamp(copy))

    def _copy(self, wanted: Mapping[str, os.stat_result], stop: Stop) -> None:
        """Copies missing files. Those that `_sweep` kept are up to date."""
        if sum(facts.st_size for facts in wanted.values()) > _MAX_BYTES:
            raise _too_large(f"more than {_MAX_BYTES >> 30} GiB")
        for path, facts in wanted.items():
            if stop.is_set:
                raise Cancelled
            if path in self._copied and os.path.lexists(f"{self.tree}/{path}"):
                continue
            source, target = self._root / path, self.tree / path
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                if stat.S_ISLNK(facts.st_mode):
                    target.symlink_to(self._redirected(path, source.readlink()))
                elif stat.S_ISREG(facts.st_mode):
                    _copy_file(source, target, facts)
                else:
                    continue
            except FileNotFoundError:
                # Deleted after the listing.
                remove(target)
                continue
            self._copied[path] = (_stamp(facts), _stamp(target.lstat()))

    def _redirected(self, path: str, target: Path) -> Path:
        """Redirects an absolute link into the repository to the copy."""
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
                    f"{path} is reached through a symbolic link.",
                    hint="Change the file it points to.",
                )
            folder.mkdir(exist_ok=True)
        remove(target)
        target.write_bytes(data)
        source = self._root / path
        if source.is_file() and not source.is_symlink():
            target.chmod(stat.S_IMODE(source.stat().st_mode) | stat.S_IRUSR | stat.S_IWUSR)


def remove_abandoned() -> None:
    """Removes the scratch copies of killed processes of this user."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            facts = folder.lstat()
            mine = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid()
            if not mine or time.time() - facts.st_mtime < _ABANDONED_SECONDS:
                continue
            held = _lock(folder)
            if held is not None:
                remove(folder)
                os.close(held)
        except OSError:
            # Another process removed it first.
            continue


def _lock(folder: Path) -> int | None:
    """Locks the folder. Returns None when another process has locked it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _copy_file(source: Path, target: Path, facts: os.stat_result) -> None:
    shutil.copyfile(source, target)
    target.chmod(stat.S_IMODE(facts.st_mode) | stat.S_IRUSR | stat.S_IWUSR)
    os.utime(target, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def _parents(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in found:
            found.add(path)
    return found


def _stamp(facts: os.stat_result) -> _Stamp:
    return (facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def _require_inside(path: str) -> None:
    parts = path.split("/")
    unsafe = path.startswith("/") or any(part in ("", ".", "..") for part in parts)
    if unsafe or parts[0].casefold() == ".git" or "\0" in path:
        raise CheckError(
            f"The path {path!r} is outside the working tree.",
            hint="Use a path relative to the repository root.",
        )


def _copy_failed(error: OSError) -> CheckError:
    return CheckError(
        f"The scratch copy for the check cannot be created: {error.strerror or error}.",
        hint="Free space in the temporary folder, or set TMPDIR to another folder.",
    )


def _too_large(what: str) -> CheckError:
    return CheckError(
        f"The repository is too large to copy for a check: {what}.",
        hint="Add generated files to .gitignore, or continue without a check command.",
    )
