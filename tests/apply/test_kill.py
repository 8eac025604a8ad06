"""Death at every call to the system: afterwards all is old, all is new, or a conflict is named."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.apply.journal import EntryState
from assistant.apply.system import System
from assistant.apply.writer import Outcome, Writer
from assistant.errors import ApplyError
from assistant.proposal.changes import Change
from assistant.review.decisions import Reviewed
from tests.apply.kit import Accept, Look

_CALLS = (
    "folder",
    "open_new",
    "open_old",
    "write",
    "fsync",
    "chmod",
    "unlink",
    "mkdir",
    "rmdir",
    "replace",
    "link",
    "rename_flags",
)


class Counting(System):
    """Counts the calls, and ends the process right before one of them."""

    def fsync(self, fd: int) -> None:
        """A process that dies loses nothing that it wrote, so the disk need not be waited for."""

    def __init__(self, die_at: int = -1) -> None:
        self.count = 0
        self._die_at = die_at

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in _CALLS:
            return found

        def call(*arguments: Any) -> Any:
            if self.count == self._die_at:
                os._exit(9)
            self.count += 1
            return found(*arguments)

        return call


class WithoutRenameat2(Counting):
    def rename_flags(self, source: str, target: str, at: int, flags: int) -> bool:
        return False


class WithoutLinks(WithoutRenameat2):
    def link(self, source: str, target: str, at: int) -> None:
        raise PermissionError(1, "no links here")


def _in_child(work: Callable[[], object]) -> int:
    """The exit code of a child process that does the work."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - a child of a fork must not return into pytest
            os._exit(3)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _fresh(work: Path, saved: Path) -> tuple[Path, Path]:
    if work.exists():
        shutil.rmtree(work)
    shutil.copytree(saved, work, symlinks=True)
    return work / "tree", work / "state"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the system has such a place: the sweeps make many files."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def stages(
    memory: Path, root: Path, accept: Accept, every_kind: tuple[Change, ...]
) -> dict[str, Path]:
    """Trees with their state: before the apply, after it, and after its undo.

    The tree's path is part of its history, so all of them are used at one place.
    """
    work = memory / "work"
    shutil.copytree(root, work / "tree")
    saved = {}
    writer = Writer(work / "tree", work / "state", system=Counting())
    work.joinpath("state").mkdir()
    for name, act in [
        ("apply", lambda: None),
        ("undo", lambda: writer.apply(accept(*every_kind))),
        ("redo", writer.undo),
        ("", writer.redo),
    ]:
        act()
        saved[name] = memory / f"saved-{name}"
        shutil.copytree(work, saved[name], symlinks=True)
    saved["work"] = work
    return saved


def _action(name: str, writer: Writer, reviewed: Reviewed) -> Callable[[], object]:
    return {"apply": lambda: writer.apply(reviewed), "undo": writer.undo, "redo": writer.redo}[name]


@pytest.mark.parametrize(
    ("name", "then", "kind"),
    [
        ("apply", "undo", Counting),
        ("apply", "undo", WithoutRenameat2),
        ("apply", "undo", WithoutLinks),
        ("undo", "redo", Counting),
        ("undo", "redo", WithoutRenameat2),
        ("redo", "", Counting),
    ],
)
def test_death_at_any_call_leaves_all_old_or_all_new(
    stages: dict[str, Path],
    accept: Accept,
    look: Look,
    every_kind: tuple[Change, ...],
    name: str,
    then: str,
    kind: type[Counting],
) -> None:
    old, new = look(stages[name] / "tree"), look(stages[then] / "tree")
    if name == "undo":
        new = look(stages["apply"] / "tree")
    reviewed = accept(*every_kind)
    tree, state = _fresh(stages["work"], stages[name])
    system = kind()
    _action(name, Writer(tree, state, system=system), reviewed)()
    assert look(tree) == new
    outcomes = set()
    # Storing bytes comes first and is the same for every kind of system.
    for step in range(0 if kind is Counting else system.count // 2, system.count):
        tree, state = _fresh(stages["work"], stages[name])
        dying = Writer(tree, state, system=kind(step))
        assert _in_child(_action(name, dying, reviewed)) == 9
        recovery = Writer(tree, state, system=kind()).recover()
        now = look(tree)
        assert now in (old, new), step
        if recovery is not None:
            assert recovery.conflicts == ()
            assert (now == new) == (recovery.outcome is Outcome.COMPLETED)
        outcomes.add(now == new)
        entries = Writer(tree, state).entries()
        applied = bool(entries) and entries[-1].state is EntryState.APPLIED
        assert applied == ((now == new) == (name != "undo"))
        assert not list(state.rglob("journal.json"))
    assert outcomes == {False, True}


def test_death_during_recovery_is_recovered_too(
    stages: dict[str, Path], accept: Accept, look: Look, every_kind: tuple[Change, ...]
) -> None:
    old, new = look(stages["apply"] / "tree"), look(stages["undo"] / "tree")
    reviewed = accept(*every_kind)
    counting = Counting()
    tree, state = _fresh(stages["work"], stages["apply"])
    Writer(tree, state, system=counting).apply(reviewed)
    for kind in (Counting, WithoutRenameat2):
        for first in range(counting.count // 2, counting.count, 11):
            for second in range(3, 60, 9):
                tree, state = _fresh(stages["work"], stages["apply"])
                _in_child(lambda: Writer(tree, state, system=kind(first)).apply(reviewed))  # noqa: B023
                _in_child(lambda: Writer(tree, state, system=kind(second)).recover())  # noqa: B023
                Writer(tree, state, system=Counting()).recover()
                assert look(tree) in (old, new), (first, second)


def test_the_next_apply_recovers_first(
    stages: dict[str, Path], accept: Accept, every_kind: tuple[Change, ...]
) -> None:
    counting = Counting()
    tree, state = _fresh(stages["work"], stages["apply"])
    Writer(tree, state, system=counting).apply(accept(*every_kind))
    tree, state = _fresh(stages["work"], stages["apply"])
    dying = Writer(tree, state, system=Counting(counting.count * 2 // 3))
    assert _in_child(lambda: dying.apply(accept(*every_kind))) == 9
    assert list(state.rglob("journal.json"))
    entry = Writer(tree, state, system=Counting()).apply(accept(*every_kind))
    assert entry.state is EntryState.APPLIED
    assert (tree / "a.py").read_bytes() == b"a = 1\nb = 3\n"


def test_what_someone_else_changed_after_the_death_is_named_and_kept(
    stages: dict[str, Path], accept: Accept, every_kind: tuple[Change, ...]
) -> None:
    counting = Counting()
    tree, state = _fresh(stages["work"], stages["apply"])
    Writer(tree, state, system=counting).apply(accept(*every_kind))
    named = set()
    for step in range(counting.count // 2, counting.count):
        tree, state = _fresh(stages["work"], stages["apply"])
        _in_child(lambda: Writer(tree, state, system=Counting(step)).apply(accept(*every_kind)))  # noqa: B023
        (tree / "a.py").write_bytes(b"mine")
        (tree / "gone.txt").write_bytes(b"mine too")
        recovery = Writer(tree, state, system=Counting()).recover()
        assert (tree / "a.py").read_bytes() == b"mine"
        assert (tree / "gone.txt").read_bytes() == b"mine too"
        if recovery and recovery.outcome is Outcome.ROLLED_BACK:
            assert recovery.conflicts == ("a.py", "gone.txt")
            named.add(step)
            assert (tree / "old.txt").read_bytes() == b"x\ny\nz\n"
    assert named


def test_a_folder_swapped_for_a_link_after_the_death_is_named(
    stages: dict[str, Path], accept: Accept, every_kind: tuple[Change, ...], memory: Path
) -> None:
    outside = memory / "outside"
    outside.mkdir()
    (outside / "run.sh").write_bytes(b"other")
    counting = Counting()
    tree, state = _fresh(stages["work"], stages["apply"])
    Writer(tree, state, system=counting).apply(accept(*every_kind))
    tree, state = _fresh(stages["work"], stages["apply"])
    dying = Writer(tree, state, system=Counting(counting.count // 2))
    _in_child(lambda: dying.apply(accept(*every_kind)))
    (tree / "src").rename(tree / "was")
    (tree / "src").symlink_to(outside)
    recovery = Writer(tree, state).recover()
    assert recovery is not None
    assert recovery.conflicts == ("src/run.sh",)
    assert (outside / "run.sh").read_bytes() == b"other"
    assert (tree / "a.py").read_bytes() == b"a = 1\nb = 2\n"


def test_a_temporary_that_may_be_anyones_stays(
    stages: dict[str, Path], accept: Accept, every_kind: tuple[Change, ...]
) -> None:
    counting = Counting()
    tree, state = _fresh(stages["work"], stages["apply"])
    Writer(tree, state, system=counting).apply(accept(*every_kind))
    for step in range(counting.count // 2, counting.count):
        tree, state = _fresh(stages["work"], stages["apply"])
        dying = Writer(tree, state, system=Counting(step))
        _in_child(lambda: dying.apply(accept(*every_kind)))  # noqa: B023
        left = [file for file in tree.glob(".assistant-*") if file.read_bytes()]
        if left:
            break
    left[0].write_bytes(b"no bytes of ours")
    recovery = Writer(tree, state).recover()
    assert recovery is not None
    assert left[0].read_bytes() == b"no bytes of ours"


_SCRIPT = """
import sys
from pathlib import Path
from assistant.apply.writer import Writer
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
changes = (Change("a", b"1\\n", b"2\\n"), Change("b", b"1\\n", None), Change("d/c", None, b"2\\n"))
review = Review.of("t", changes).decide_all(Decision.ACCEPTED)
Writer(Path(sys.argv[1]), Path(sys.argv[2])).apply(review.reviewed())
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("call", ["renameat2", "fsync"])
def test_a_real_kill_signal(tmp_path: Path, look: Look, call: str) -> None:
    survived = False
    for when in range(1, 60, 5):
        root, state = tmp_path / f"tree{when}", tmp_path / f"state{when}"
        root.mkdir()
        for name in ("a", "b"):
            (root / name).write_bytes(b"1\n")
        old = look(root)
        trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
        trace += ["-e", f"inject={call}:signal=KILL:when={when}"]
        command = [*trace, sys.executable, "-c", _SCRIPT, str(root), str(state)]
        done = subprocess.run(command, capture_output=True, check=False)
        if b"ptrace" in done.stderr:
            pytest.skip("this machine does not let processes be traced")
        Writer(root, state).recover()
        now = look(root)
        if now != old:
            assert {path: content for path, (_, content) in now.items()} == {
                "a": b"2\n",
                "d": None,
                "d/c": b"2\n",
            }
        survived = done.returncode == 0
        if survived:
            break
    assert survived


def test_a_damaged_journal_stops_everything(
    stages: dict[str, Path], accept: Accept, every_kind: tuple[Change, ...], look: Look
) -> None:
    counting = Counting()
    tree, state = _fresh(stages["work"], stages["apply"])
    Writer(tree, state, system=counting).apply(accept(*every_kind))
    tree, state = _fresh(stages["work"], stages["apply"])
    dying = Writer(tree, state, system=Counting(counting.count // 2))
    _in_child(lambda: dying.apply(accept(*every_kind)))
    (journal,) = state.rglob("journal.json")
    journal.write_bytes(b"{")
    before = look(tree)
    for act in (
        Writer(tree, state).recover,
        lambda: Writer(tree, state).apply(accept(*every_kind)),
    ):
        with pytest.raises(ApplyError, match="damaged") as caught:
            act()
        assert caught.value.hint
    assert look(tree) == before
