"""Undo and redo of any write, and what the history keeps."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.apply.journal import EntryState
from assistant.apply.writer import Writer
from assistant.errors import ApplyError, StaleFile
from assistant.proposal.changes import Change
from tests.apply.kit import A_EDITED, Accept, Look


def test_the_history_persists_across_instances(root: Path, state: Path, accept: Accept) -> None:
    one, two, three = b"1\n", b"2\n", b"3\n"
    Writer(root, state).apply(accept(Change("f", None, one)))
    Writer(root, state).apply(accept(Change("f", one, two)))
    writer = Writer(root, state)
    assert [entry.state for entry in writer.entries()] == [EntryState.APPLIED] * 2
    writer.undo()
    assert (root / "f").read_bytes() == one
    writer.apply(accept(Change("f", one, three)))
    with pytest.raises(ApplyError, match="nothing to redo"):
        writer.redo()
    writer.undo()
    writer.undo()
    assert not (root / "f").exists()
    with pytest.raises(ApplyError, match="nothing to undo") as caught:
        writer.undo()
    assert caught.value.hint
    writer.redo()
    writer.redo()
    assert (root / "f").read_bytes() == three
    with pytest.raises(ApplyError, match="nothing to redo"):
        writer.redo()
    assert [entry.id for entry in writer.entries()] == ["000001", "000002", "000003"]


def test_each_working_tree_has_its_own_history(
    root: Path, state: Path, accept: Accept, tmp_path: Path
) -> None:
    Writer(root, state).apply(accept(A_EDITED))
    other = tmp_path / "other"
    other.mkdir()
    assert Writer(other, state).entries() == ()
    assert len(Writer(root, state).entries()) == 1


def test_undo_is_refused_when_a_file_changed_since(
    writer: Writer, root: Path, accept: Accept, look: Look
) -> None:
    writer.apply(accept(A_EDITED, Change("new", None, b"n")))
    (root / "a.py").write_bytes(b"a = 1\nb = 3\nmine = 4\n")
    before = look(root)
    with pytest.raises(ApplyError, match=r"a\.py has changed since") as caught:
        writer.undo()
    assert "merge" in caught.value.hint
    assert look(root) == before
    assert writer.entries()[0].state is EntryState.APPLIED


def test_undo_of_a_deletion_is_refused_when_the_path_exists(
    writer: Writer, root: Path, accept: Accept
) -> None:
    writer.apply(accept(Change("gone.txt", b"gone", None)))
    (root / "gone.txt").write_bytes(b"another")
    with pytest.raises(ApplyError, match="exists already"):
        writer.undo()
    assert (root / "gone.txt").read_bytes() == b"another"


@pytest.mark.parametrize("damage", [lambda f: f.unlink(), lambda f: f.write_bytes(b"bad")])
def test_undo_is_refused_when_stored_content_is_missing_or_damaged(
    writer: Writer,
    root: Path,
    state: Path,
    accept: Accept,
    look: Look,
    damage: Callable[[Path], object],
    every_kind: tuple[Change, ...],
) -> None:
    entry = writer.apply(accept(*every_kind))
    image = next(step.before for step in entry.steps if step.path == "gone.txt")
    assert image is not None
    (stored,) = state.rglob(image.digest)
    damage(stored)
    before = look(root)
    with pytest.raises(ApplyError, match="undo store") as caught:
        writer.undo()
    assert caught.value.hint
    assert look(root) == before


def test_the_store_is_private(writer: Writer, state: Path, accept: Accept) -> None:
    os.umask(mask := os.umask(0))
    try:
        os.umask(0)
        writer.apply(accept(A_EDITED))
    finally:
        os.umask(mask)
    for path in (state / "undo").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


LINES = [f"line {number}\n".encode() for number in range(1, 10)]


def _with(*numbers: int) -> bytes:
    return b"".join(
        line.replace(b"line", b"LINE") if at in numbers else line
        for at, line in enumerate(LINES, 1)
    )


def _three_writes(writer: Writer, root: Path, accept: Accept) -> None:
    (root / "a.py").write_bytes(_with())
    for before, after in (((), (1,)), ((1,), (1, 5)), ((1, 5), (1, 5, 9))):
        writer.apply(accept(Change("a.py", _with(*before), _with(*after))))


def test_any_write_can_be_undone_and_redone(writer: Writer, root: Path, accept: Accept) -> None:
    _three_writes(writer, root, accept)
    assert writer.undo_one(1).state is EntryState.UNDONE
    assert (root / "a.py").read_bytes() == _with(5, 9)
    assert writer.undo_one(2).state is EntryState.UNDONE
    assert (root / "a.py").read_bytes() == _with(9)
    assert [entry.state.value for entry in writer.entries()] == ["undone", "undone", "applied"]
    assert writer.redo_one(1).state is EntryState.APPLIED
    assert writer.redo_one(2).state is EntryState.APPLIED
    assert (root / "a.py").read_bytes() == _with(1, 5, 9)
    for number in (3, 1, 2):
        writer.undo_one(number)
    assert (root / "a.py").read_bytes() == _with()


def test_an_early_write_whose_lines_were_changed_since_stays(
    writer: Writer, root: Path, accept: Accept, look: Look
) -> None:
    _three_writes(writer, root, accept)
    (root / "a.py").write_bytes(_with(1, 5, 9).replace(b"LINE 1", b"mine 1"))
    before, entries = look(root), writer.entries()
    with pytest.raises(StaleFile) as caught:
        writer.undo_one(1)
    assert "same lines" in caught.value.hint
    assert (look(root), writer.entries()) == (before, entries)
    writer.undo_one(2)
    assert b"mine 1" in (root / "a.py").read_bytes()


@pytest.mark.parametrize("number", [0, 4])
def test_a_write_that_is_not_there_cannot_be_undone(
    writer: Writer, root: Path, accept: Accept, number: int
) -> None:
    _three_writes(writer, root, accept)
    for turn in (writer.undo_one, writer.redo_one):
        with pytest.raises(ApplyError, match=f"no write with the number {number}"):
            turn(number)


def test_a_write_is_undone_and_redone_once(writer: Writer, root: Path, accept: Accept) -> None:
    _three_writes(writer, root, accept)
    with pytest.raises(ApplyError, match="1 is applied already"):
        writer.redo_one(1)
    writer.undo_one(1)
    with pytest.raises(ApplyError, match="1 is undone already"):
        writer.undo_one(1)


def test_what_a_write_changed_can_be_looked_at(
    writer: Writer, root: Path, accept: Accept, every_kind: tuple[Change, ...], state: Path
) -> None:
    entry = writer.apply(accept(*every_kind))
    changes = {change.path: (change.old, change.new) for change in writer.changes(entry)}
    assert changes["a.py"] == (b"a = 1\nb = 2\n", b"a = 1\nb = 3\n")
    assert changes["gone.txt"] == (b"gone", None)
    assert changes["deep/er/new.py"] == (None, b"new\n")
    for file in state.rglob("objects/*"):
        file.unlink()
    with pytest.raises(ApplyError, match="missing"):
        writer.changes(entry)
