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
from assistant.errors import ApplyError
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
