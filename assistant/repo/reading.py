"""Opens files of the working tree: never through a link, never outside it, never blocking.

Every folder on the path is opened by descriptor without following links, so swapping a folder for
a link during the read does not help an attacker.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import ContextError
from assistant.repo.files import FileKind, TextFile, decode_text
from assistant.sanitize import sanitize_line

TEXT_LIMIT = 2_000_000
"""Bytes; larger files are neither shown to a model nor edited."""

_SNIFF = 8192
_LFS = b"version https://git-lfs.github.com/spec/"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def parts_of(path: str) -> tuple[str, ...]:
    """The components of a path inside the repository.

    Raises ContextError if the path is absolute, leaves the repository, or enters a .git folder.
    """
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    inside = parts and not path.startswith("/") and ".." not in parts and "\0" not in path
    if not inside or any(_is_git_folder(part) for part in parts):
        raise ContextError(
            f"{sanitize_line(path)!r} is not a path inside the repository.",
            hint="Use a path relative to the repository's root.",
        )
    return parts


def _is_git_folder(part: str) -> bool:
    # Some file systems resolve names of another case and 8.3 names to .git.
    return part[:4].lower() in (".git", "git~") and part.lower().rstrip(" .") in (".git", "git~1")


def kind_of(root: Path, path: str) -> FileKind:
    """What is at a path. A folder that contains a .git is a SUBMODULE, any other is ABSENT."""
    try:
        with _opened_parent(root, path) as (parent, name):
            return _kind_at(parent, name)
    except OSError as error:
        if _through_link(root, path):
            return FileKind.SYMLINK
        absent = isinstance(error, FileNotFoundError | NotADirectoryError)
        return FileKind.ABSENT if absent else FileKind.SPECIAL


def _kind_at(parent: int, name: str) -> FileKind:
    mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        return FileKind.SYMLINK
    if stat.S_ISDIR(mode):
        return FileKind.SUBMODULE if _exists(parent, f"{name}/.git") else FileKind.ABSENT
    if not stat.S_ISREG(mode):
        return FileKind.SPECIAL
    fd = os.open(name, _FILE, dir_fd=parent)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return FileKind.SPECIAL
        return FileKind.BINARY if is_binary(os.read(fd, _SNIFF)) else FileKind.TEXT
    finally:
        os.close(fd)


def is_binary(data: bytes) -> bool:
    """True if there is a NUL near the start, as in git, or for a Git LFS pointer."""
    return b"\0" in data[:_SNIFF] or data.startswith(_LFS)


def read_bytes(root: Path, path: str, limit: int | None = None) -> bytes:
    """The content of a regular file, at most `limit` bytes.

    Raises ContextError if it is absent, not a regular file, reached through a link, or unreadable.
    """
    try:
        with _opened_parent(root, path) as (parent, name):
            fd = os.open(name, _FILE, dir_fd=parent)
    except (FileNotFoundError, NotADirectoryError) as error:
        if _through_link(root, path):
            raise _refused(path, "is reached through a symbolic link") from error
        raise ContextError(
            f"{sanitize_line(path)} does not exist.",
            hint="Refresh the file list, or choose another file.",
        ) from error
    except OSError as error:
        reason = "is a symbolic link" if _through_link(root, path) else f"cannot be read: {error}"
        raise _refused(path, reason) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise _refused(path, "is not a regular file")
    with os.fdopen(fd, "rb") as file:
        try:
            return file.read() if limit is None else file.read(limit)
        except OSError as error:
            raise _refused(path, f"cannot be read: {error}") from error


def read_text(root: Path, path: str) -> TextFile:
    """Read a text file without loss.

    Raises ContextError like `read_bytes`, and if the file is binary or too large.
    """
    data = read_bytes(root, path, TEXT_LIMIT + 1)
    if is_binary(data):
        raise _refused(path, "is binary")
    if len(data) > TEXT_LIMIT:
        raise _refused(path, f"is larger than {TEXT_LIMIT // 1_000_000} MB")
    return text_file(path, data)


def text_file(path: str, data: bytes) -> TextFile:
    """The TextFile for bytes that are known to be text."""
    crlf = data.count(b"\r\n")
    counts = {"\n": data.count(b"\n") - crlf, "\r\n": crlf, "\r": data.count(b"\r") - crlf}
    newline = max(counts, key=lambda end: counts[end])
    bom = data.startswith(b"\xef\xbb\xbf")
    return TextFile(path, data, decode_text(data), newline, bom)


@contextmanager
def _opened_parent(root: Path, path: str) -> Iterator[tuple[int, str]]:
    *folders, name = parts_of(path)
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            inner = os.open(folder, _FOLDER, dir_fd=fd)
            os.close(fd)
            fd = inner
        yield fd, name
    finally:
        os.close(fd)


def _exists(parent: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=parent, follow_symlinks=False)
    except OSError:
        return False
    return True


def _through_link(root: Path, path: str) -> bool:
    at = root
    for part in parts_of(path):
        at = at / part
        if at.is_symlink():
            return True
    return False


def _refused(path: str, reason: str) -> ContextError:
    return ContextError(
        f"{sanitize_line(path)} {reason}.",
        hint="Only regular text files inside the repository can be put in context.",
    )
