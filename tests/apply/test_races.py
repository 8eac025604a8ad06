"""Concurrent changes by other programs are never lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.apply.system import System
from assistant.apply.writer import Writer
from assistant.errors import ApplyError
from assistant.proposal.changes import Change
from tests.apply.kit import A_EDITED, Accept, Look


class Racing(System):
    """Runs a concurrent action right before a call of this name."""

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
    """Saves as editors do: writes a temporary file and renames it."""
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
    changes = (Change("src/run.sh", before["src/run.sh"][1], b"x\n"), A_EDITED)
    racing_second = Racing("exchange", lambda: save(root / "a.py", b"mine\n"), flags=flags)
    for system, order in ((racing, changes[::-1]), (racing_second, changes)):
        with pytest.raises(ApplyError, match=r"a\.py has changed since"):
            Writer(root, state, system=system).apply(accept(*order))
        now = look(root)
        assert now.pop("a.py")[1] == b"mine\n"
        assert now == {path: seen for path, seen in before.items() if path != "a.py"}
        (root / "a.py").write_bytes(b"a = 1\nb = 2\n")


def test_a_file_edited_while_its_replacement_is_written_survives(
    root: Path, state: Path, accept: Accept, look: Look
) -> None:
    class Editing(System):
        def chmod(self, fd: int, mode: int) -> None:
            super().chmod(fd, mode)
            (root / "a.py").write_bytes(b"mine\n")

        def exchange(self, fresh: str, target: str, at: int) -> None:
            raise AssertionError("it was seen before")

    before = look(root)
    with pytest.raises(ApplyError, match=r"a\.py has changed since"):
        Writer(root, state, system=Editing()).apply(accept(A_EDITED))
    assert look(root) == {**before, "a.py": (0o644, b"mine\n")}


def test_a_link_created_right_before_the_rename_survives(
    root: Path, state: Path, accept: Accept, look: Look
) -> None:
    def link() -> None:
        (root / "a.py").unlink()
        (root / "a.py").symlink_to("old.txt")

    before = look(root)
    with pytest.raises(ApplyError, match=r"a\.py has changed since"):
        Writer(root, state, system=Racing("exchange", link)).apply(accept(A_EDITED))
    now = look(root)
    assert now.pop("a.py")[1] == "old.txt"
    before.pop("a.py")
    assert now == before


class RacingBack(System):
    """Makes the second file stale, and saves to the first right before the rollback restores it."""

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
def test_bytes_saved_during_a_rollback_survive(
    root: Path, state: Path, accept: Accept, look: Look, first: Change
) -> None:
    before = look(root)
    system = RacingBack(root / "a.py", root / first.path)
    with pytest.raises(ApplyError, match=r"a\.py has changed since"):
        Writer(root, state, system=system).apply(accept(first, A_EDITED))
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
    with pytest.raises(ApplyError, match=r"gone\.txt has changed since"):
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
    with pytest.raises(ApplyError, match="new has changed since"):
        Writer(root, state, system=racing).apply(accept(A_EDITED, Change("new", None, b"ours\n")))
    now = look(root)
    assert now.pop("new")[1] == b"mine\n"
    assert now == before


def test_a_file_deleted_right_before_the_exchange_stays_deleted(
    root: Path, state: Path, accept: Accept, look: Look
) -> None:
    before = look(root)
    racing = Racing("exchange", (root / "a.py").unlink)
    with pytest.raises(ApplyError, match=r"a\.py has changed since"):
        Writer(root, state, system=racing).apply(accept(A_EDITED))
    before.pop("a.py")
    assert look(root) == before


def test_a_folder_replaced_by_a_link_meanwhile_is_detected(
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


def test_a_folder_moved_away_meanwhile_is_detected(root: Path, state: Path, accept: Accept) -> None:
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
