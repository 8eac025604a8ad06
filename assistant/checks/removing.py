"""Removes folders that a command may have left in any state: without permissions, or so deep that
their paths are longer than the system takes."""

import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path


def remove(path: Path) -> None:
    """Removes a file, link or folder with its contents. Follows no link. Raises OSError."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    make_accessible(path)
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        pending = list(_emptied(top))
        names = (name for name in map(str, itertools.count()) if not _exists(name, top))
        while pending:
            pending += _lifted(pending.pop(), top, names)
    finally:
        os.close(top)
    path.rmdir()


def make_accessible(folder: Path) -> None:
    """Gives this user all permissions to a folder."""
    facts = folder.lstat()
    if facts.st_mode & stat.S_IRWXU != stat.S_IRWXU:
        folder.chmod(stat.S_IMODE(facts.st_mode) | stat.S_IRWXU)


def _lifted(name: str, top: int, names: Iterator[str]) -> list[str]:
    """Removes a folder in `top`, after moving its folders there, so that no path gets longer.

    Returns their names there.
    """
    os.chmod(name, stat.S_IRWXU, dir_fd=top)
    folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
    lifted = []
    try:
        for inner in _emptied(folder):
            os.chmod(inner, stat.S_IRWXU, dir_fd=folder)
            lifted.append(next(names))
            os.rename(inner, lifted[-1], src_dir_fd=folder, dst_dir_fd=top)
    finally:
        os.close(folder)
    os.rmdir(name, dir_fd=top)
    return lifted


def _emptied(folder: int) -> list[str]:
    """Removes what is no folder, and returns the names of the folders."""
    with os.scandir(folder) as found:
        entries = list(found)
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.name, dir_fd=folder)
    return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]


def _exists(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
