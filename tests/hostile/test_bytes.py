"""Bytes outside the hunk stay as they are, from the command line to the file."""

import io
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.apply.writer import Writer
from assistant.errors import ApplyError, ProtectedFile
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from tests.headless.fakes import NEW, OLD
from tests.hostile.kit import EDIT, Model, Run, is_told, untouched

ANSWER = "def one():\n    return 1\n\n\ndef two():\n    return 3\n"
"""The model writes `\\n`, no mark and one newline at the end, whatever the file has."""


@pytest.fixture
def answering(model: Model) -> None:
    model(lambda request: ANSWER)


pytestmark = pytest.mark.usefixtures("answering")


def _edited(repo: Path, run: Run, data: bytes) -> bytes:
    (repo / "numbers.py").write_bytes(data)
    with untouched(repo / ".git"):
        code, _, err = run(*EDIT)
    assert code == 0, err
    return (repo / "numbers.py").read_bytes()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(OLD.replace(b"\n", b"\r\n"), id="crlf"),
        pytest.param(OLD.replace(b"\n\n\n", b"\n\r\n\r\n"), id="mixed"),
        pytest.param(OLD.replace(b":\n", b":\r\n"), id="mixed around"),
        pytest.param(b"\xef\xbb\xbf" + OLD, id="bom"),
        pytest.param(b"# -*- coding: cp1252 -*-\n# caf\xe9\n\n" + OLD, id="cp1252"),
        pytest.param(OLD.removesuffix(b"\n"), id="no newline at the end"),
    ],
)
def test_only_the_line_that_changes_has_other_bytes(repo: Path, run: Run, data: bytes) -> None:
    assert _edited(repo, run, data) == data.replace(b"return 2", b"return 1")
    run("undo")
    assert (repo / "numbers.py").read_bytes() == data


@pytest.mark.parametrize(("old", "new"), [(b"a\nb", b"a\nb\n"), (b"a\nb\n", b"a\nb")])
def test_a_newline_at_the_end_can_be_added_and_removed(repo: Path, old: bytes, new: bytes) -> None:
    (repo / "f").write_bytes(old)
    writer = Writer(repo, repo.parent / "state")
    review = Review.of("t", (Change("f", old, new),))
    writer.apply(review.decide_all(Decision.ACCEPTED).reviewed())
    assert (repo / "f").read_bytes() == new
    writer.undo()
    assert (repo / "f").read_bytes() == old


def test_an_empty_file_is_filled_and_emptied_again(repo: Path, run: Run) -> None:
    assert _edited(repo, run, b"") == ANSWER.encode()
    run("undo")
    assert (repo / "numbers.py").read_bytes() == b""


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_utf16_is_refused(repo: Path, run: Run, encoding: str) -> None:
    (repo / "numbers.py").write_bytes(OLD.decode().encode(encoding))
    with untouched(repo):
        is_told(run(*EDIT), "numbers.py is binary")


def test_mode_bits_and_attributes_stay(repo: Path, run: Run) -> None:
    file = repo / "numbers.py"
    file.chmod(0o2751)
    attributes = {"user.note": b"mine"}
    try:
        os.setxattr(file, "user.note", b"mine")
    except OSError:
        attributes = {}  # the file system has none
    assert _edited(repo, run, OLD) == ANSWER.encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o2751
    assert {name: os.getxattr(file, name) for name in os.listxattr(file)} == attributes


def _lfs(file: Path) -> None:
    file.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")


def _fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _device(file: Path) -> None:
    file.unlink()
    try:
        os.mknod(file, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # endless zeros
    except PermissionError:
        os.mkfifo(file)  # only root makes devices


def _link(file: Path) -> None:
    file.rename(file.with_name("aim.py"))
    file.symlink_to("aim.py")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda file: file.write_bytes(b"a\0b"), "is binary"),
        (_lfs, "is binary"),
        (_link, "is a symbolic link"),
        (_fifo, "is not a regular file"),
        (_device, "is not a regular file"),
        (lambda file: file.write_bytes(b"x = '" + b"y" * 10_000_000 + b"'\n"), "larger than 2 MB"),
    ],
    ids=["binary", "pointer", "link", "fifo", "device", "one line of 10 MB"],
)
def test_what_cannot_be_edited_is_told_at_once(
    repo: Path, run: Run, spoil: Callable[[Path], object], words: str
) -> None:
    spoil(repo / "numbers.py")
    began = time.monotonic()
    with untouched(repo):
        is_told(run(*EDIT), words)
    assert time.monotonic() - began < 20


def test_one_line_of_10_mb_beside_the_task_costs_little(repo: Path, run: Run) -> None:
    (repo / "data.py").write_bytes(b"x = '" + b"y" * 10_000_000 + b"'\n")
    began = time.thread_time()
    code, _, err = run("edit", "--yes", "--no-tests", "--candidates", "1", "Return 1 from one")
    assert code == 0, err
    assert time.thread_time() - began < 10
    assert (repo / "numbers.py").read_bytes() == ANSWER.encode()


_NAMES = ["-x.py", ":(glob)*.py", "[b.py", "new\nline.py", "tab\t.py", os.fsdecode(b"caf\xe9.py")]


@pytest.mark.parametrize("name", _NAMES)
def test_odd_names_are_edited_undone_and_committed(repo: Path, run: Run, name: str) -> None:
    file = repo / name
    file.write_bytes(OLD)
    code, out, err = run(*(f"./{name}" if each == "numbers.py" else each for each in EDIT))
    assert code == 0, err
    assert file.read_bytes() == ANSWER.encode()
    assert (repo / "numbers.py").read_bytes() == OLD
    assert not [c for c in out + err if ord(c) < 32 and c != "\n"]
    assert run("undo")[0] == 0
    assert file.read_bytes() == OLD


@pytest.mark.parametrize(
    ("there", "new"), [("Name.py", "name.py"), ("caf\u00e9.py", "cafe\u0301.py")]
)
def test_names_that_collide_elsewhere_are_refused(repo: Path, there: str, new: str) -> None:
    (repo / there).write_bytes(OLD)
    review = Review.of("t", (Change(new, None, NEW),)).decide_all(Decision.ACCEPTED)
    with untouched(repo), pytest.raises(ApplyError, match="would clash with") as caught:
        Writer(repo, repo.parent / "state").apply(review.reviewed())
    assert caught.value.hint


protected = pytest.mark.parametrize(
    ("protect", "words"),
    [
        (lambda file: (file.parent / "same.py").hardlink_to(file), "2 hard links"),
        (lambda file: file.chmod(0o444), "is read-only"),
    ],
    ids=["hard link", "read-only"],
)


@protected
def test_a_protected_file_is_refused_without_a_terminal(
    repo: Path, run: Run, protect: Callable[[Path], object], words: str
) -> None:
    protect(repo / "numbers.py")
    with untouched(repo):
        is_told(run(*EDIT), words)


@protected
@pytest.mark.parametrize("answers", ["y\ny\n", "y\nn\n", "y\n"])
def test_a_protected_file_is_written_after_a_question(
    repo: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    protect: Callable[[Path], object],
    words: str,
    answers: str,
) -> None:
    protect(repo / "numbers.py")
    mode = (repo / "numbers.py").stat().st_mode
    monkeypatch.setattr("assistant.cli.composition.terminal", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO(answers))
    code, out, _ = run(*(each for each in EDIT if each != "--yes"))
    assert f"{words}" in out.partition("Apply this?")[2]
    agreed = answers == "y\ny\n"
    assert code == (0 if agreed else 1)
    assert (repo / "numbers.py").read_bytes() == (ANSWER.encode() if agreed else OLD)
    assert (repo / "numbers.py").stat().st_mode == mode
    if (repo / "same.py").exists():
        assert (repo / "same.py").read_bytes() == OLD
    if agreed:
        Writer(repo, repo.parent / "state").undo()
        assert (repo / "numbers.py").read_bytes() == OLD
        assert (repo / "numbers.py").stat().st_mode == mode


@protected
def test_all_protected_files_are_named_at_once(
    repo: Path, protect: Callable[[Path], object], words: str
) -> None:
    (repo / "other.py").write_bytes(OLD)
    (repo / "other.py").chmod(0o400)
    protect(repo / "numbers.py")
    changes = (Change("numbers.py", OLD, NEW), Change("other.py", OLD, NEW))
    reviewed = Review.of("t", changes).decide_all(Decision.ACCEPTED).reviewed()
    with untouched(repo), pytest.raises(ProtectedFile) as caught:
        Writer(repo, repo.parent / "state").apply(reviewed)
    assert words in caught.value.message
    assert "other.py is read-only" in caught.value.message
    Writer(repo, repo.parent / "state").apply(reviewed, anyway=True)
    assert (repo / "other.py").read_bytes() == NEW
