"""Failing system calls lose no content."""

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from assistant.apply.journal import EntryState
from assistant.apply.system import System
from assistant.apply.writer import Writer
from assistant.errors import ApplyError
from assistant.proposal.changes import Change
from assistant.review.decisions import Reviewed
from tests.apply.kit import A_EDITED, Accept, Look

_CALLS = (
    *("folder", "open_new", "open_old", "write", "fsync", "chmod", "unlink"),
    *("mkdir", "rmdir", "replace", "link", "rename_flags"),
)


class Failing(System):
    """Fails at the nth call, or at every call from the nth on."""

    def __init__(self, at: int, error: BaseException, *, lasting: bool = False) -> None:
        self.count = 0
        self._at = at
        self._error = error
        self._lasting = lasting

    def fsync(self, fd: int) -> None:
        """Does nothing: these tests do not simulate a power failure."""

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in _CALLS:
            return found

        def call(*arguments: Any) -> Any:
            self.count += 1
            if self.count == self._at or (self._lasting and self.count > self._at > 0):
                raise self._error
            return found(*arguments)

        return call


def _attempt(writer: Writer, reviewed: Reviewed) -> ApplyError | None:
    try:
        writer.apply(reviewed)
    except ApplyError as error:
        return error
    return None


def _oserror(code: int) -> OSError:
    return OSError(code, os.strerror(code))


def _calls(root: Path, state: Path, reviewed: Reviewed) -> int:
    """Counts the system calls of the apply, and restores both folders."""
    counting = Failing(0, OSError())
    saved = root.parent / "saved"
    shutil.copytree(root, saved)
    Writer(root, state, system=counting).apply(reviewed)
    _restore(root, state)
    return counting.count


def _restore(root: Path, state: Path) -> None:
    shutil.rmtree(root)
    shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(root.parent / "saved", root)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EMFILE, errno.EROFS])
def test_a_single_failing_call_leaves_all_old_or_all_new(
    root: Path,
    state: Path,
    accept: Accept,
    look: Look,
    every_kind: tuple[Change, ...],
    code: int,
) -> None:
    old, reviewed = look(root), accept(*every_kind)
    refused = 0
    for at in range(1, _calls(root, state, reviewed) + 1, 1 if code == errno.EIO else 5):
        writer = Writer(root, state, system=Failing(at, _oserror(code)))
        error = _attempt(writer, reviewed)
        if error is not None:
            assert error.hint
            assert os.strerror(code) in error.message
            refused += 1
            if not list(state.rglob("journal.json")):
                assert look(root) == old, at
            Writer(root, state).recover()
            assert look(root) == old, at
            assert Writer(root, state).entries() == ()
        else:
            Writer(root, state).recover()
            assert (root / "a.py").read_bytes() == b"a = 1\nb = 3\n"
            Writer(root, state).undo()
            assert look(root) == old, at
        assert not [name for name in look(root) if ".tmp" in name]
        _restore(root, state)
    assert refused > 10


def test_a_lasting_failure_is_recovered_at_the_next_start(
    root: Path, state: Path, accept: Accept, look: Look, every_kind: tuple[Change, ...]
) -> None:
    old, reviewed = look(root), accept(*every_kind)
    interrupted = 0
    for at in range(1, _calls(root, state, reviewed) + 1, 4):
        broken = Failing(at, _oserror(errno.EIO), lasting=True)
        error = _attempt(Writer(root, state, system=broken), reviewed)
        if error is not None:
            interrupted += "interrupted" in error.message
            assert "next start" in error.hint or look(root) == old
            Writer(root, state).recover()
            now = look(root)
            done = bool(Writer(root, state).entries())
            assert done == (now != old)
        _restore(root, state)
    assert interrupted


def test_an_interrupted_apply_completes_or_rolls_back(
    root: Path, state: Path, accept: Accept, look: Look, every_kind: tuple[Change, ...]
) -> None:
    old, reviewed = look(root), accept(*every_kind)
    outcomes = set()
    calls = _calls(root, state, reviewed)
    for at in [*range(1, calls // 2, 7), *range(calls // 2, calls + 1)]:
        try:
            Writer(root, state, system=Failing(at, KeyboardInterrupt())).apply(reviewed)
        except KeyboardInterrupt:
            Writer(root, state).recover()
            entries = Writer(root, state).entries()
            outcomes.add(bool(entries))
            if entries:
                assert entries[0].state is EntryState.APPLIED
                assert (root / "a.py").read_bytes() == b"a = 1\nb = 3\n"
            else:
                assert look(root) == old
        _restore(root, state)
    assert outcomes == {False, True}


def test_short_writes_are_continued(root: Path, state: Path, accept: Accept) -> None:
    class Short(System):
        def write(self, fd: int, data: memoryview) -> int:
            return super().write(fd, data[:3])

    Writer(root, state, system=Short()).apply(accept(A_EDITED))
    assert (root / "a.py").read_bytes() == A_EDITED.new


def test_a_write_of_zero_bytes_is_an_error(root: Path, state: Path, accept: Accept) -> None:
    class Stuck(System):
        def write(self, fd: int, data: memoryview) -> int:
            return 0

    with pytest.raises(ApplyError, match="nothing was written"):
        Writer(root, state, system=Stuck()).apply(accept(A_EDITED))
    assert (root / "a.py").read_bytes() == A_EDITED.old
