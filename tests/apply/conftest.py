"""A working tree, a state directory, and changes that were accepted."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.apply.writer import Writer
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review, Reviewed


def _accept(*changes: Change) -> Reviewed:
    review = Review.of("a step", changes)
    return review.decide_all(Decision.ACCEPTED).reviewed()


def _look(root: Path) -> dict[str, tuple[int, bytes | str | None]]:
    """Every path below the root but git's: its mode and bytes, or where a link points."""
    seen: dict[str, tuple[int, bytes | str | None]] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name != ".git"]
        for name in [*folders, *files]:
            path = Path(folder, name)
            info = path.lstat()
            content: bytes | str | None = None
            if stat.S_ISLNK(info.st_mode):
                content = str(path.readlink())
            elif stat.S_ISREG(info.st_mode):
                content = path.read_bytes()
            seen[str(path.relative_to(root))] = (stat.S_IMODE(info.st_mode), content)
    return seen


@pytest.fixture
def accept() -> Callable[..., Reviewed]:
    return _accept


@pytest.fixture
def look() -> Callable[[Path], dict[str, tuple[int, bytes | str | None]]]:
    return _look


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "src").mkdir(parents=True)
    (folder / "a.py").write_bytes(b"a = 1\nb = 2\n")
    (folder / "src" / "run.sh").write_bytes(b"#!/bin/sh\r\necho \xff\r\n")
    (folder / "src" / "run.sh").chmod(0o750)
    (folder / "gone.txt").write_bytes(b"gone")
    (folder / "gone.txt").chmod(0o640)
    (folder / "old.txt").write_bytes(b"x\ny\nz\n")
    (folder / "old.txt").chmod(0o755)
    return folder


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def writer(root: Path, state: Path) -> Writer:
    return Writer(root, state)


@pytest.fixture
def every_kind() -> tuple[Change, ...]:
    """One change of each kind for the tree of `root`."""
    return (
        Change("a.py", b"a = 1\nb = 2\n", b"a = 1\nb = 3\n"),
        Change("src/run.sh", b"#!/bin/sh\r\necho \xff\r\n", b"#!/bin/sh\r\necho \xff!\r\n"),
        Change("gone.txt", b"gone", None),
        Change("deep/er/new.py", None, b"new\n"),
        Change("moved/new.txt", b"x\ny\nz\n", b"x\nY\nz\n", renamed_from="old.txt"),
    )
