"""Reviewed changes are applied atomically, and can be undone and redone."""

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.apply.journal import EntryState
from assistant.apply.writer import Writer
from assistant.errors import ApplyError, StaleFile
from assistant.proposal.changes import Change
from tests.apply.kit import A_EDITED, Accept, Look


def test_apply_undo_and_redo_are_exact_for_every_kind_of_change(
    writer: Writer, root: Path, accept: Accept, look: Look, every_kind: tuple[Change, ...]
) -> None:
    before = look(root)
    entry = writer.apply(accept(*every_kind))
    after = look(root)
    assert after["a.py"] == (0o644, b"a = 1\nb = 3\n")
    assert after["src/run.sh"] == (0o750, b"#!/bin/sh\r\necho \xff!\r\n")
    assert after["deep/er/new.py"][1] == b"new\n"
    assert after["moved/new.txt"] == (0o755, b"x\nY\nz\n")
    assert not {"gone.txt", "old.txt"} & after.keys()
    assert set(after) - set(before) == {
        "deep",
        "deep/er",
        "deep/er/new.py",
        "moved",
        "moved/new.txt",
    }
    assert (entry.title, entry.state) == ("a step", EntryState.APPLIED)
    assert set(entry.paths) >= {"a.py", "gone.txt", "deep/er/new.py", "old.txt", "moved/new.txt"}

    undone = writer.undo()
    assert (undone.id, undone.state) == (entry.id, EntryState.UNDONE)
    assert look(root) == before
    assert writer.redo().state is EntryState.APPLIED
    assert look(root) == after
    writer.undo()
    assert look(root) == before


_NAMES = ["a", "d/b", "d/c", "e/f/g", "é\udcff", "-x", "[b", ":(glob)", "sp ace"]
_CONTENT = st.none() | st.binary(max_size=12).filter(lambda data: b"\0" not in data)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(
    files=st.dictionaries(
        st.sampled_from(_NAMES), st.tuples(_CONTENT, _CONTENT, st.sampled_from([0o644, 0o755]))
    )
)
def test_apply_and_undo_restore_the_original(
    files: dict[str, tuple[bytes | None, bytes | None, int]],
    accept: Accept,
    look: Look,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    top = tmp_path_factory.mktemp("law")
    root = top / "tree"
    root.mkdir()
    changes = []
    for name, (old, new, mode) in files.items():
        if old is None and ":" in name:
            continue  # no name for a new file
        if old is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(old)
            (root / name).chmod(mode)
        if old != new:
            changes.append(Change(name, old, new))
    if not changes:
        return
    before = look(root)
    writer = Writer(root, top / "state")
    writer.apply(accept(*changes))
    applied = look(root)
    for change in changes:
        assert applied.get(change.path, (0, None))[1] == change.new
    writer.undo()
    assert look(root) == before
    writer.redo()
    assert look(root) == applied


def test_a_review_with_nothing_accepted_is_refused(
    writer: Writer, accept: Accept, state: Path
) -> None:
    with pytest.raises(ApplyError, match="Nothing was accepted") as caught:
        writer.apply(accept())
    assert caught.value.hint
    assert not state.exists()


def test_only_accepted_changes_are_recorded_for_undo(
    writer: Writer, root: Path, accept: Accept, look: Look
) -> None:
    writer.apply(accept(A_EDITED))
    (root / "other.py").write_bytes(b"mine")
    (root / "src" / "sibling").write_bytes(b"mine too")
    writer.undo()
    assert (root / "a.py").read_bytes() == A_EDITED.old
    assert (root / "other.py").read_bytes() == b"mine"
    assert (root / "src" / "sibling").read_bytes() == b"mine too"


def test_undo_keeps_a_folder_with_other_files(writer: Writer, root: Path, accept: Accept) -> None:
    writer.apply(accept(Change("x/y/new", None, b"n")))
    (root / "x" / "mine").write_bytes(b"m")
    writer.undo()
    assert not (root / "x" / "y").exists()
    assert (root / "x" / "mine").exists()
    writer.redo()
    assert (root / "x" / "y" / "new").read_bytes() == b"n"


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


@pytest.mark.parametrize(
    ("change", "spoil", "match"),
    [
        (A_EDITED, lambda r: (r / "a.py").write_bytes(b"a = 9\n"), "changed since"),
        (A_EDITED, lambda r: (r / "a.py").unlink(), "changed since"),
        (Change("no/such", b"x", b"y"), lambda r: None, "changed since"),
        (Change("gone.txt", b"gone", None), lambda r: (r / "gone.txt").unlink(), "changed since"),
        (Change("a.py", None, b"x"), lambda r: None, "exists already"),
        (Change("A.py", None, b"x"), lambda r: None, "clash with 'a.py'"),
        (
            Change("a.py", b"x\ny\nz\n", b"x", renamed_from="old.txt"),
            lambda r: None,
            "exists already",
        ),
        (Change("src", None, b"x"), lambda r: None, "exists already"),
        (Change("a.py/b", None, b"x"), lambda r: None, "folder should be"),
        (
            A_EDITED,
            lambda r: ((r / "a.py").unlink(), (r / "a.py").symlink_to("b")),
            "symbolic link",
        ),
        (A_EDITED, lambda r: ((r / "a.py").unlink(), os.mkfifo(r / "a.py")), "not a regular file"),
        (
            A_EDITED,
            lambda r: ((r / "a.py").unlink(), (r / "a.py").mkdir()),
            "folder or a submodule",
        ),
        (A_EDITED, lambda r: (r / "b").hardlink_to(r / "a.py"), "2 hard links"),
        (A_EDITED, lambda r: (r / "a.py").chmod(0o444), "read-only"),
        (Change("b", b"a\0b", b"c"), lambda r: (r / "b").write_bytes(b"a\0b"), "binary"),
        (Change("b", None, b"a\0b"), lambda r: None, "binary"),
        (
            Change("b", b"version https://git-lfs.github.com/spec/v1\n", b"c"),
            lambda r: None,
            "Git LFS pointer",
        ),
        (
            Change("src/new", None, b"x"),
            lambda r: (r / "src" / ".git").write_bytes(b"gitdir: x"),
            "nested repository",
        ),
    ],
)
def test_an_unsafe_change_is_refused_and_changes_nothing(
    writer: Writer,
    root: Path,
    accept: Accept,
    look: Look,
    change: Change,
    spoil: Callable[[Path], object],
    match: str,
) -> None:
    spoil(root)
    before = look(root)
    with pytest.raises(ApplyError, match=match) as caught:
        writer.apply(accept(Change("first", None, b"1"), change))
    assert caught.value.hint
    assert look(root) == before
    assert writer.entries() == ()


def test_two_changes_to_one_path_are_refused(writer: Writer, accept: Accept, root: Path) -> None:
    rename = Change("new", b"x\ny\nz\n", b"x", renamed_from="old.txt")
    with pytest.raises(ApplyError, match=r"Two changes would write old\.txt"):
        writer.apply(accept(Change("old.txt", b"x\ny\nz\n", b"q"), rename))
    assert (root / "old.txt").read_bytes() == b"x\ny\nz\n"


def test_a_symlinked_folder_is_refused(
    writer: Writer, root: Path, accept: Accept, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "link").symlink_to(outside)
    with pytest.raises(ApplyError, match="is a link"):
        writer.apply(accept(Change("link/x", None, b"x")))
    assert list(outside.iterdir()) == []


def test_a_file_with_a_merge_conflict_is_refused(root: Path, state: Path, accept: Accept) -> None:
    def git(*arguments: str, ok: bool = True) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@e"]
        subprocess.run(["git", *identity, *arguments], cwd=root, check=ok, capture_output=True)

    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "1")
    git("checkout", "-qb", "side")
    (root / "a.py").write_bytes(b"side\n")
    git("commit", "-qam", "2")
    git("checkout", "-q", "main")
    (root / "a.py").write_bytes(b"main\n")
    git("commit", "-qam", "3")
    git("merge", "-q", "side", ok=False)
    now = (root / "a.py").read_bytes()
    writer = Writer(root, state)
    with pytest.raises(ApplyError, match=r"a\.py has an unresolved merge conflict") as caught:
        writer.apply(accept(Change("a.py", now, b"x\n")))
    assert caught.value.hint
    assert (root / "a.py").read_bytes() == now
    writer.apply(accept(Change("old.txt", b"x\ny\nz\n", b"x\n")))
    assert (root / "old.txt").read_bytes() == b"x\n"


def test_the_index_and_refs_are_unchanged(root: Path, state: Path, accept: Accept) -> None:
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    git = {path: path.read_bytes() for path in (root / ".git").rglob("*") if path.is_file()}
    writer = Writer(root, state)
    writer.apply(accept(A_EDITED, Change("new", None, b"n")))
    writer.undo()
    now = {path: path.read_bytes() for path in (root / ".git").rglob("*") if path.is_file()}
    assert now == git


def test_extended_attributes_are_kept(writer: Writer, root: Path, accept: Accept) -> None:
    try:
        os.setxattr(root / "a.py", "user.note", b"mine")
    except OSError:
        pytest.skip("no extended attributes here")
    writer.apply(accept(A_EDITED))
    assert os.getxattr(root / "a.py", "user.note") == b"mine"


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


def test_nothing_is_written_without_a_state_directory(
    root: Path, tmp_path: Path, accept: Accept
) -> None:
    (tmp_path / "file").write_bytes(b"")
    writer = Writer(root, tmp_path / "file" / "state")
    with pytest.raises(ApplyError, match="cannot be written") as caught:
        writer.apply(accept(A_EDITED))
    assert caught.value.hint
    assert (root / "a.py").read_bytes() == A_EDITED.old
    assert writer.entries() == ()
    assert writer.recover() is None


def test_recover_without_a_journal_creates_nothing(writer: Writer, state: Path) -> None:
    assert writer.recover() is None
    assert not state.exists()


def test_a_second_instance_waits_and_then_fails(root: Path, state: Path, accept: Accept) -> None:
    Writer(root, state).apply(accept(A_EDITED))
    (lock,) = state.rglob("lock")
    second = Writer(root, state, wait=0.05)
    with (
        filelock.FileLock(lock),
        pytest.raises(ApplyError, match="Another assistant") as caught,
    ):
        second.undo()
    assert caught.value.hint
    second.undo()


def test_concurrent_threads_are_serialized(root: Path, state: Path, accept: Accept) -> None:
    def write(number: int) -> None:
        Writer(root, state).apply(accept(Change(f"t{number}", None, b"x")))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({entry.id for entry in Writer(root, state).entries()}) == 6


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
