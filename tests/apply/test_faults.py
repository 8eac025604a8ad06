"""Calls that fail: every old byte stays, and what the user saved in between survives."""

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from assistant.apply.journal import EntryState
from assistant.apply.system import System
from assistant.apply.writer import Writer
from assistant.errors import ApplyError
from assistant.proposal.changes import Change
from assistant.review.decisions import Reviewed

Accept = Callable[..., Reviewed]
Look = Callable[[Path], dict[str, tuple[int, bytes | str | None]]]
_A = Change("a.py", b"a = 1\nb = 2\n", b"a = 1\nb = 3\n")
_CALLS = (
    *("folder", "open_new", "open_old", "write", "fsync", "chmod", "unlink"),
    *("mkdir", "rmdir", "replace", "link", "rename_flags"),
)


class Failing(System):
    """Fails at the nth call, or at every call from it on."""

    def __init__(self, at: int, error: BaseException, *, lasting: bool = False) -> None:
        self.count = 0
        self._at = at
        self._error = error
        self._lasting = lasting

    def fsync(self, fd: int) -> None:
        """Nothing here loses its power."""

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
    """How many calls the apply takes; both folders are left as they were."""
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
def test_a_call_that_fails_once_leaves_all_old_or_all_new(
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


def test_a_disk_that_stays_broken_is_put_right_at_the_next_start(
    root: Path, state: Path, accept: Accept, look: Look, every_kind: tuple[Change, ...]
) -> None:
    old, reviewed = look(root), accept(*every_kind)
    cut_off = 0
    for at in range(1, _calls(root, state, reviewed) + 1, 4):
        broken = Failing(at, _oserror(errno.EIO), lasting=True)
        error = _attempt(Writer(root, state, system=broken), reviewed)
        if error is not None:
            cut_off += "cut off" in error.message
            assert "next start" in error.hint or look(root) == old
            Writer(root, state).recover()
            now = look(root)
            done = bool(Writer(root, state).entries())
            assert done == (now != old)
        _restore(root, state)
    assert cut_off


def test_an_interrupt_finishes_or_rolls_back(
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

    Writer(root, state, system=Short()).apply(accept(_A))
    assert (root / "a.py").read_bytes() == _A.new


def test_a_write_that_writes_nothing_is_an_error(root: Path, state: Path, accept: Accept) -> None:
    class Stuck(System):
        def write(self, fd: int, data: memoryview) -> int:
            return 0

    with pytest.raises(ApplyError, match="nothing was written"):
        Writer(root, state, system=Stuck()).apply(accept(_A))
    assert (root / "a.py").read_bytes() == _A.old


class Racing(System):
    """Lets someone else act right before a call of this name."""

    def __init__(self, name: str, act: Callable[[], object], *, flags: bool = True) -> None:
        self._name = name
        self._act: Callable[[], object] | None = act
        self._flags = flags

    def _race(self, name: str) -> None:
        if name == self._name and self._act is not None:
            act, self._act = self._act, None
            act()

    def exchange(self, fresh: str, target: str, at: int) -> None:
        self._race("exchange")
        super().exchange(fresh, target, at)

    def move_new(self, source: str, target: str, at: int) -> None:
        self._race("move_new")
        super().move_new(source, target, at)

    def rename_flags(self, source: str, target: str, at: int, flags: int) -> bool:
        return super().rename_flags(source, target, at, flags) if self._flags else False


def _save(path: Path, data: bytes) -> None:
    """As an editor does: written beside it, then moved over it."""
    beside = path.with_name("editor.tmp")
    beside.write_bytes(data)
    beside.replace(path)


@pytest.mark.parametrize("flags", [True, False])
@pytest.mark.parametrize("save", [_save, Path.write_bytes])
def test_bytes_saved_right_before_the_rename_survive(
    root: Path,
    state: Path,
    accept: Accept,
    look: Look,
    flags: bool,
    save: Callable[[Path, bytes], object],
) -> None:
    before = look(root)
    racing = Racing("exchange", lambda: save(root / "a.py", b"mine\n"), flags=flags)
    changes = (Change("src/run.sh", before["src/run.sh"][1], b"x\n"), _A)
    racing_second = Racing("exchange", lambda: save(root / "a.py", b"mine\n"), flags=flags)
    for system, order in ((racing, changes[::-1]), (racing_second, changes)):
        with pytest.raises(ApplyError, match=r"a\.py changed since"):
            Writer(root, state, system=system).apply(accept(*order))
        now = look(root)
        assert now.pop("a.py")[1] == b"mine\n"
        assert now == {path: seen for path, seen in before.items() if path != "a.py"}
        (root / "a.py").write_bytes(b"a = 1\nb = 2\n")


def test_a_file_edited_while_the_new_one_is_written_survives(
    root: Path, state: Path, accept: Accept, look: Look
) -> None:
    class Editing(System):
        def chmod(self, fd: int, mode: int) -> None:
            super().chmod(fd, mode)
            (root / "a.py").write_bytes(b"mine\n")

        def exchange(self, fresh: str, target: str, at: int) -> None:
            raise AssertionError("it was seen before")

    before = look(root)
    with pytest.raises(ApplyError, match=r"a\.py changed since"):
        Writer(root, state, system=Editing()).apply(accept(_A))
    assert look(root) == {**before, "a.py": (0o644, b"mine\n")}


def test_a_link_put_there_right_before_the_rename_survives(
    root: Path, state: Path, accept: Accept, look: Look
) -> None:
    def link() -> None:
        (root / "a.py").unlink()
        (root / "a.py").symlink_to("old.txt")

    before = look(root)
    with pytest.raises(ApplyError, match=r"a\.py changed since"):
        Writer(root, state, system=Racing("exchange", link)).apply(accept(_A))
    now = look(root)
    assert now.pop("a.py")[1] == "old.txt"
    before.pop("a.py")
    assert now == before


class RacingBack(System):
    """Makes the second file stale, and saves into the first right before it is taken back."""

    def __init__(self, second: Path, first: Path) -> None:
        self._second, self._first = second, first
        self._stale = False

    def exchange(self, fresh: str, target: str, at: int) -> None:
        if target == self._second.name and not self._stale:
            self._stale = True
            _save(self._second, b"mine\n")
        elif self._stale and target == self._first.name:
            _save(self._first, b"mine too\n")
            self._first = Path()
        super().exchange(fresh, target, at)

    def move_new(self, source: str, target: str, at: int) -> None:
        if self._stale and source == self._first.name:
            _save(self._first, b"mine too\n")
            self._first = Path()
        super().move_new(source, target, at)


@pytest.mark.parametrize(
    "first",
    [Change("old.txt", b"x\ny\nz\n", b"x\n"), Change("new", None, b"n\n")],
    ids=["changed", "created"],
)
def test_bytes_saved_while_files_are_put_back_survive(
    root: Path, state: Path, accept: Accept, look: Look, first: Change
) -> None:
    before = look(root)
    system = RacingBack(root / "a.py", root / first.path)
    with pytest.raises(ApplyError, match=r"a\.py changed since"):
        Writer(root, state, system=system).apply(accept(first, _A))
    now = look(root)
    assert now.pop("a.py")[1] == b"mine\n"
    assert now.pop(first.path)[1] == b"mine too\n"
    before.pop("a.py")
    before.pop(first.path, None)
    assert now == before


def test_bytes_saved_right_before_a_deletion_survive(
    root: Path, state: Path, accept: Accept, look: Look
) -> None:
    before = look(root)
    racing = Racing("move_new", lambda: _save(root / "gone.txt", b"mine\n"))
    with pytest.raises(ApplyError, match=r"gone\.txt changed since"):
        Writer(root, state, system=racing).apply(accept(Change("gone.txt", b"gone", None)))
    now = look(root)
    assert now.pop("gone.txt")[1] == b"mine\n"
    before.pop("gone.txt")
    assert now == before


@pytest.mark.parametrize("flags", [True, False])
def test_a_file_created_right_before_ours_survives(
    root: Path, state: Path, accept: Accept, look: Look, flags: bool
) -> None:
    before = look(root)
    racing = Racing("move_new", lambda: (root / "new").write_bytes(b"mine\n"), flags=flags)
    with pytest.raises(ApplyError, match="new changed since"):
        Writer(root, state, system=racing).apply(accept(_A, Change("new", None, b"ours\n")))
    now = look(root)
    assert now.pop("new")[1] == b"mine\n"
    assert now == before


def test_a_file_deleted_right_before_stays_deleted(
    root: Path, state: Path, accept: Accept, look: Look
) -> None:
    before = look(root)
    racing = Racing("exchange", (root / "a.py").unlink)
    with pytest.raises(ApplyError, match=r"a\.py changed since"):
        Writer(root, state, system=racing).apply(accept(_A))
    before.pop("a.py")
    assert look(root) == before


def test_a_folder_swapped_for_a_link_meanwhile_is_noticed(
    root: Path, state: Path, accept: Accept, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "run.sh").write_bytes(b"secret")

    class Swapping(System):
        def chmod(self, fd: int, mode: int) -> None:
            super().chmod(fd, mode)
            if not (root / "src").is_symlink():
                (root / "src").rename(root / "was")
                (root / "src").symlink_to(outside)

    old = (root / "src" / "run.sh").read_bytes()
    with pytest.raises(ApplyError, match="src"):
        Writer(root, state, system=Swapping()).apply(accept(Change("src/run.sh", old, b"x")))
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == {"run.sh": b"secret"}
    assert (root / "was" / "run.sh").read_bytes() == old


def test_a_folder_moved_away_meanwhile_is_noticed(root: Path, state: Path, accept: Accept) -> None:
    class Moving(System):
        def chmod(self, fd: int, mode: int) -> None:
            super().chmod(fd, mode)
            if not (root / "was").exists():
                (root / "src").rename(root / "was")
                (root / "src").mkdir()

    old = (root / "src" / "run.sh").read_bytes()
    with pytest.raises(ApplyError, match="was moved"):
        Writer(root, state, system=Moving()).apply(accept(Change("src/run.sh", old, b"x")))
    assert (root / "was" / "run.sh").read_bytes() == old


@contextmanager
def _file_size(limit: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_file_size_limit_leaves_everything(
    writer: Writer, root: Path, accept: Accept, look: Look
) -> None:
    before = look(root)
    big = Change("big", None, b"x" * 100_000)
    with _file_size(50_000), pytest.raises(ApplyError, match="Nothing was written") as caught:
        writer.apply(accept(_A, big))
    assert caught.value.hint
    assert look(root) == before


_SCRIPT = """
import sys
from pathlib import Path
from assistant.apply.writer import Writer
from assistant.errors import ApplyError
from assistant.proposal.changes import Candidate, Change
from assistant.review.decisions import Decision, Review
change = Change("sub/a", b"1\\n", b"2\\n")
review = Review.of("t", Candidate(0, (change,), 0.0, 1)).decide_all(Decision.ACCEPTED)
try:
    Writer(Path(sys.argv[1]), Path(sys.argv[2])).apply(review.reviewed())
except ApplyError as error:
    print(error.message)
    sys.exit(7)
"""


def _as_nobody(root: Path, state: Path, code: str = _SCRIPT) -> "subprocess.CompletedProcess[str]":
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or setpriv is None:
        pytest.skip("needs root and setpriv")
    drop = [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
    command = [*drop, sys.executable, "-B", "-c", code, str(root), str(state)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def nobodys(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A tree and a state directory that another user owns, where that user can reach them."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        top.chmod(0o755)
        tree, state = top / "tree", top / "state"
        for path in (tree, tree / "sub", state):
            path.mkdir()
        (tree / "sub" / "a").write_bytes(b"1\n")
        for path in (tree, tree / "sub", tree / "sub" / "a", state):
            os.chown(path, 65534, 65534)
        yield tree, state


def test_another_user_can_write_what_is_its_own(nobodys: tuple[Path, Path]) -> None:
    done = _as_nobody(*nobodys)
    assert (done.returncode, done.stderr) == (0, "")
    assert (nobodys[0] / "sub" / "a").read_bytes() == b"2\n"


def test_a_read_only_folder_leaves_everything(nobodys: tuple[Path, Path], look: Look) -> None:
    tree, state = nobodys
    (tree / "sub").chmod(0o555)
    before = look(tree)
    done = _as_nobody(tree, state)
    assert done.returncode == 7, done.stderr
    assert done.stdout.startswith("Nothing was written: Permission denied")
    assert look(tree) == before


def test_a_read_only_state_directory_disables_apply(nobodys: tuple[Path, Path], look: Look) -> None:
    tree, state = nobodys
    state.chmod(0o555)
    before = look(tree)
    done = _as_nobody(tree, state)
    assert done.returncode == 7, done.stderr
    assert "undo store" in done.stdout
    assert look(tree) == before


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_real_failing_fsync(tmp_path: Path, look: Look) -> None:
    tree, state = tmp_path / "tree", tmp_path / "state"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub" / "a").write_bytes(b"1\n")
    before = look(tree)
    refused = 0
    for when in range(1, 40, 2):
        trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync"]
        trace += ["-e", f"inject=fsync:error=EIO:when={when}"]
        command = [*trace, sys.executable, "-c", _SCRIPT, str(tree), str(state)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if "ptrace" in done.stderr:
            pytest.skip("this machine does not let processes be traced")
        if done.returncode != 7:
            break
        refused += 1
        assert "Input/output error" in done.stdout
        assert look(tree) == before
    assert refused > 2
