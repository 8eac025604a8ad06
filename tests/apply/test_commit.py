"""A commit contains exactly the applied changes."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.apply.commit import Written, commit_written
from assistant.apply.writer import Writer
from assistant.errors import ApplyError, RepositoryError
from assistant.proposal.changes import Change
from assistant.repo.git import Repository
from tests.apply.kit import A_EDITED, Accept


def _git(root: Path, *arguments: str, ok: bool = True) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=root, check=ok, capture_output=True, text=True, errors="replace"
    )
    return done.stdout


@pytest.fixture
def repo(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    _git(root, "init", "-q", "-b", "main")
    _git(root, "config", "user.name", "T")
    _git(root, "config", "user.email", "t@example.org")
    _git(root, "add", ".")
    _git(root, "commit", "-qm", "first")
    return root


def test_exactly_the_applied_changes_are_committed(
    repo: Path, writer: Writer, accept: Accept, every_kind: tuple[Change, ...]
) -> None:
    (repo / "untracked").write_bytes(b"u")
    writer.apply(accept(*every_kind))
    committed = writer.commit("Do it\n\nBecause.")
    assert committed.branch == "main"
    assert committed.id == _git(repo, "rev-parse", "HEAD").strip()
    assert _git(repo, "log", "-1", "--format=%B").strip() == "Do it\n\nBecause."
    names = _git(repo, "show", "--name-status", "--no-renames", "--format=", "HEAD")
    assert sorted(names.split("\n")[:-1]) == [
        "A\tdeep/er/new.py",
        "A\tmoved/new.txt",
        "D\tgone.txt",
        "D\told.txt",
        "M\ta.py",
        "M\tsrc/run.sh",
    ]
    assert "100755" in _git(repo, "ls-tree", "HEAD", "moved/new.txt")
    assert "100755" in _git(repo, "ls-tree", "HEAD", "src/run.sh")
    assert _git(repo, "status", "--porcelain") == "?? untracked\n"
    assert _git(repo, "fsck", "--strict") == ""
    writer.undo()
    assert (repo / "a.py").read_bytes() == A_EDITED.old


def test_other_edits_stay_out_of_the_commit(repo: Path, writer: Writer, accept: Accept) -> None:
    (repo / "old.txt").write_bytes(b"staged\n")
    _git(repo, "add", "old.txt")
    (repo / "gone.txt").write_bytes(b"unstaged")
    lines = b"".join(b"%d\n" % number for number in range(9))
    (repo / "f").write_bytes(lines)
    _git(repo, "add", "f")
    _git(repo, "commit", "-qm", "f", "f")
    mine = lines.replace(b"0\n", b"mine\n")
    (repo / "f").write_bytes(mine)
    writer.apply(accept(Change("f", mine, mine.replace(b"8\n", b"theirs\n"))))
    writer.commit("Theirs")
    assert _git(repo, "show", "HEAD:f").encode() == lines.replace(b"8\n", b"theirs\n")
    assert _git(repo, "show", "--name-only", "--format=", "HEAD") == "f\n"
    assert _git(repo, "status", "--porcelain") == " M f\n M gone.txt\nM  old.txt\n"
    assert (repo / "f").read_bytes() == mine.replace(b"8\n", b"theirs\n")


def _state(repo: Path) -> tuple[str, str, bytes]:
    index = repo / ".git" / "index"
    return (
        _git(repo, "for-each-ref"),
        _git(repo, "rev-parse", "-q", "--verify", "HEAD", ok=False),
        index.read_bytes() if index.exists() else b"",
    )


def _edit_same_lines(repo: Path) -> None:
    _git(repo, "commit", "-q", "--allow-empty", "-m", "x")
    (repo / "a.py").write_bytes(b"a = 1\nb = 99\n")
    _git(repo, "commit", "-qam", "another b")


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda r: (r / ".git" / "MERGE_HEAD").write_text("x"), "merge is in progress"),
        (lambda r: (r / ".git" / "rebase-merge").mkdir(), "rebase is in progress"),
        (lambda r: (r / ".git" / "index.lock").write_text(""), "locked the index"),
        (lambda r: _git(r, "add", "a.py"), r"a\.py is staged"),
        (lambda r: _git(r, "rm", "-q", "--cached", "a.py"), r"a\.py is staged"),
        (_edit_same_lines, "other uncommitted edits"),
        (lambda r: (r / ".gitattributes").write_text("*.py filter=x\n"), "attribute filter"),
        (lambda r: _git(r, "config", "user.useConfigOnly", "true"), ""),
    ],
)
def test_a_refused_commit_changes_neither_refs_nor_index(
    repo: Path, writer: Writer, accept: Accept, spoil: Callable[[Path], object], match: str
) -> None:
    writer.apply(accept(A_EDITED))
    if not match:
        _git(repo, "config", "--unset", "user.name")
        _git(repo, "config", "--unset", "user.email")
        match = "could not create the commit"
    spoil(repo)
    before = _state(repo)
    with pytest.raises(ApplyError, match=match) as caught:
        writer.commit("Do it")
    assert caught.value.hint
    assert _state(repo) == before


def test_a_second_commit_and_an_empty_message_are_refused(
    repo: Path, writer: Writer, accept: Accept
) -> None:
    writer.apply(accept(A_EDITED))
    with pytest.raises(ApplyError, match="no message"):
        writer.commit(" \n")
    writer.commit("Do it")
    with pytest.raises(ApplyError, match="committed already") as caught:
        writer.commit("Do it")
    assert caught.value.hint


def test_a_commit_with_nothing_applied_is_refused(repo: Path, writer: Writer) -> None:
    with pytest.raises(ApplyError, match="nothing to"):
        writer.commit("Do it")


def test_a_branch_that_moved_meanwhile_is_not_overwritten(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository.open(repo)
    head = repository.head_commit()
    _git(repo, "commit", "-q", "--allow-empty", "-m", "someone else")
    moved = _state(repo)
    monkeypatch.setattr(repository, "head_commit", lambda: head)
    with pytest.raises(ApplyError, match="moved meanwhile") as caught:
        commit_written(repository, [Written("a.py", A_EDITED.old, A_EDITED.new)], "Do it")
    assert caught.value.hint
    assert _state(repo) == moved


def test_an_index_locked_meanwhile_is_reported(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository.open(repo)
    call = repository.git.call

    def locking(*arguments: str, **options: object) -> object:
        if arguments[0] == "update-ref":
            (repo / ".git" / "index.lock").write_text("")
        return call(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(repository.git, "call", locking)
    with pytest.raises(ApplyError, match="index could not be updated") as caught:
        commit_written(repository, [Written("a.py", A_EDITED.old, A_EDITED.new)], "Do it")
    assert "git reset -q" in caught.value.hint
    assert (repo / ".git" / "index.lock").exists()
    assert _git(repo, "show", "HEAD:a.py").encode() == A_EDITED.new


def test_the_first_commit_of_a_repository(
    root: Path, state: Path, accept: Accept, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{kind}_NAME", raising=False)
    _git(root, "init", "-q", "-b", "trunk")
    _git(root, "config", "user.name", "T")
    _git(root, "config", "user.email", "t@example.org")
    writer = Writer(root, state)
    writer.apply(accept(Change("new", None, b"n\n")))
    assert writer.commit("First").branch == "trunk"
    assert _git(root, "ls-tree", "-r", "--name-only", "HEAD") == "new\n"


def test_a_sha256_repository(
    root: Path, state: Path, accept: Accept, every_kind: tuple[Change, ...]
) -> None:
    done = subprocess.run(["git", "init", "-q", "--object-format=sha256"], cwd=root, check=False)
    if done.returncode != 0:
        pytest.skip("this git knows no other object format")
    _git(root, "config", "user.name", "T")
    _git(root, "config", "user.email", "t@example.org")
    _git(root, "add", ".")
    _git(root, "commit", "-qm", "first")
    writer = Writer(root, state)
    writer.apply(accept(*every_kind))
    assert len(writer.commit("Do it").id) == 64
    assert _git(root, "status", "--porcelain") == ""


def test_a_detached_head_is_reported(repo: Path, writer: Writer, accept: Accept) -> None:
    _git(repo, "checkout", "-q", "--detach")
    writer.apply(accept(A_EDITED))
    committed = writer.commit("Do it")
    assert committed.branch == ""
    assert _git(repo, "rev-parse", "HEAD").strip() == committed.id
    assert _git(repo, "rev-parse", "main").strip() != committed.id


def test_no_hook_filter_or_signing_program_runs(
    repo: Path, writer: Writer, accept: Accept, tmp_path: Path
) -> None:
    trap = tmp_path / "ran"
    script = f"#!/bin/sh\ntouch {trap}\n"
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction"):
        hook = repo / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(script)
        hook.chmod(0o755)
    (repo / ".git" / "hooks" / "post-index-change").write_text(script)
    (repo / ".git" / "hooks" / "post-index-change").chmod(0o755)
    _git(repo, "config", "commit.gpgSign", "true")
    _git(repo, "config", "gpg.program", str(repo / ".git" / "hooks" / "pre-commit"))
    _git(repo, "config", "core.fsmonitor", str(repo / ".git" / "hooks" / "pre-commit"))
    trap.unlink(missing_ok=True)
    writer.apply(accept(A_EDITED))
    writer.commit("Do it")
    assert not trap.exists()


@pytest.mark.parametrize("setting", ["true", "false"])
def test_line_endings_are_stored_as_git_stores_them(
    repo: Path, writer: Writer, accept: Accept, setting: str
) -> None:
    _git(repo, "config", "core.autocrlf", setting)
    (repo / "dos").write_bytes(b"1\r\n2\r\n")
    _git(repo, "add", "dos")
    _git(repo, "commit", "-qm", "dos")
    changes = (
        Change("dos", b"1\r\n2\r\n", b"1\r\n3\r\n"),
        Change("fresh", None, b"1\r\n"),
    )
    writer.apply(accept(*changes))
    writer.commit("Do it")
    end = b"\n" if setting == "true" else b"\r\n"
    for path, text in (("dos", b"1" + end + b"3" + end), ("fresh", b"1" + end)):
        blob = subprocess.run(
            ["git", "cat-file", "blob", f"HEAD:{path}"], cwd=repo, check=True, capture_output=True
        )
        assert blob.stdout == text
    assert _git(repo, "status", "--porcelain") == ""


def test_names_that_are_not_utf8_are_committed(repo: Path, writer: Writer, accept: Accept) -> None:
    names = ["é\udcff", "-x", "[b", "sp ace"]
    writer.apply(accept(*(Change(name, None, b"n") for name in names)))
    writer.commit("Do it")
    listed = subprocess.run(
        ["git", "ls-tree", "-z", "--name-only", "HEAD"], cwd=repo, check=True, capture_output=True
    )
    assert {os.fsencode(name) for name in names} <= set(listed.stdout.split(b"\0"))


def test_a_commit_outside_a_repository_is_refused(writer: Writer, accept: Accept) -> None:
    writer.apply(accept(A_EDITED))
    with pytest.raises(RepositoryError):
        writer.commit("Do it")
