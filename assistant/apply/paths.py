"""Validates paths before writing, and opens their folders without following symbolic links.

Rejected: absolute paths, paths outside the root, inside `.git` or inside a submodule, and names
that another operating system reserves or would confuse with an existing one.
"""

import errno
import os
import stat
import unicodedata
from contextlib import ExitStack
from pathlib import Path

from assistant.apply.system import System, status
from assistant.errors import ApplyError
from assistant.sanitize import sanitize_line

_PORTS = tuple(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³")
_RESERVED = frozenset(("con", "prn", "aux", "nul", "conin$", "conout$", *_PORTS))
_UNPORTABLE = frozenset('<>:"|?*\\')
_IGNORED_BY_HFS = dict.fromkeys(
    [*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF]
)


def parts_of(path: str, *, new: bool = False) -> tuple[str, ...]:
    """Splits a path into components. With `new`, each name must also be portable.

    Raises ApplyError, with the reason, for a path that must not be written.
    """
    parts = tuple(path.split("/"))
    if not path or path.startswith("/") or "\0" in path:
        raise _unsafe(path, "is not relative to the repository")
    for part in parts:
        if part in ("", ".", ".."):
            raise _unsafe(path, "may lead outside the repository")
        if is_git_name(part):
            raise _unsafe(path, "is inside the .git folder")
    if new:
        for part in parts:
            _require_portable(path, part)
    return parts


def is_git_name(part: str) -> bool:
    """True for every spelling that any file system treats as `.git`."""
    plain = unicodedata.normalize("NFC", part.translate(_IGNORED_BY_HFS)).casefold()
    plain = plain.partition(":")[0].rstrip(" .")
    return plain in (".git", "git~1")


def _require_portable(path: str, part: str) -> None:
    stem = part.partition(".")[0].rstrip(" ").casefold()
    if stem in _RESERVED or part.endswith((" ", ".")):
        raise _unsafe(path, "has a name that Windows reserves")
    if any(character in _UNPORTABLE or ord(character) < 32 for character in part):
        raise _unsafe(path, "has a character that some systems do not allow in file names")


class Folders:
    """Open descriptors of the folders that a transaction uses, closed together.

    Folders are opened from the root down, one component at a time, without following links.
    `made` collects the folders that were created.
    """

    def __init__(self, system: System, root: Path) -> None:
        self._system = system
        self._root = root
        self._stack = ExitStack()
        self._open: dict[tuple[str, ...], int] = {}
        self.made: list[str] = []

    def __enter__(self) -> "Folders":
        self._open[()] = self._keep(self._system.folder(os.fsencode(self._root)))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def parent(self, parts: tuple[str, ...], *, make: bool = False) -> int:
        """Returns the descriptor of the folder that contains the last component.

        Raises FileNotFoundError when the folder does not exist and `make` is false, ApplyError
        when a component is a link, a submodule, or not a folder.
        """
        at = self._open[()]
        for depth in range(1, len(parts)):
            key = parts[:depth]
            if key not in self._open:
                self._open[key] = self._keep(self._descend(at, key, make=make))
            at = self._open[key]
        return at

    def missing(self, parts: tuple[str, ...]) -> list[str]:
        """The parent folders that do not exist yet, outermost first."""
        for depth in range(1, len(parts)):
            try:
                self.parent(parts[: depth + 1])
            except FileNotFoundError:
                return ["/".join(parts[:n]) for n in range(depth, len(parts))]
        return []

    def require_unmoved(self, parts: tuple[str, ...]) -> None:
        """Raises ApplyError when the path no longer leads to the open folder."""
        with Folders(self._system, self._root) as again:
            try:
                now = os.fstat(again.parent(parts))
            except FileNotFoundError:
                now = None
        then = os.fstat(self.parent(parts))
        if now is None or (now.st_dev, now.st_ino) != (then.st_dev, then.st_ino):
            raise _unsafe("/".join(parts), "was moved while it was being written")

    def all_open(self) -> tuple[int, ...]:
        return tuple(self._open.values())

    def _keep(self, fd: int) -> int:
        self._stack.callback(os.close, fd)
        return fd

    def _descend(self, at: int, key: tuple[str, ...], *, make: bool) -> int:
        name, path = key[-1], "/".join(key)
        if make and status(name, at) is None:
            self._system.mkdir(name, at)
            self._system.sync_folder(at)
            self.made.append(path)
        try:
            fd = self._system.folder(name, at)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR):
                raise _unsafe(path, "is a link or a file where a folder should be") from error
            raise
        if status(".git", fd) is not None:
            os.close(fd)
            raise _unsafe(path, "is a nested repository or a submodule")
        return fd


def require_no_twin(name: str, path: str, at: int) -> None:
    """Raises ApplyError when the folder has a name that differs only by case or Unicode form."""
    key = _folded(name)
    for other in os.listdir(at):
        if other != name and _folded(other) == key:
            raise _unsafe(path, f"would clash with {sanitize_line(other)!r} on some systems")


def require_regular(info: os.stat_result | None, path: str) -> None:
    """Raises ApplyError for an existing path that is not a regular file."""
    if info is None:
        return
    if stat.S_ISLNK(info.st_mode):
        raise _unsafe(path, "is a symbolic link", "Choose the file it points to.")
    if stat.S_ISDIR(info.st_mode):
        raise _unsafe(path, "is a folder or a submodule")
    if not stat.S_ISREG(info.st_mode):
        raise _unsafe(path, "is not a regular file")


def protection_of(info: os.stat_result) -> str:
    """Why a file should not be written without a question; empty for an ordinary one."""
    if info.st_nlink > 1:
        return f"has {info.st_nlink} hard links, and writing it separates them"
    return "" if is_writable(info.st_mode) else "is read-only"


def is_writable(mode: int) -> bool:
    """Whether the permission bits let somebody write."""
    return bool(mode & 0o222)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _unsafe(
    path: str, reason: str, hint: str = "Nothing was written. Choose another path."
) -> ApplyError:
    return ApplyError(f"{sanitize_line(path)} {reason}.", hint=hint)
