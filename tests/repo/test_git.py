"""Opening repositories and taking snapshots of them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assistant.errors import RepositoryError
from assistant.repo.files import FileKind, FileState, Operation
from assistant.repo.git import Repository


def states(root: Path, **options: bool) -> dict[str, FileState]:
    snapshot = Repository.open(root).snapshot(**options)
    assert list(snapshot.files) == sorted(snapshot.files, key=lambda entry: entry.path)
    return {entry.path: entry.state for entry in snapshot.files}


def test_the_root_is_found_from_a_subdirectory(committed: Path) -> None:
    assert Repository.open(committed / "sub").root == committed
    assert Repository.open(committed / "sub" / "b.txt").root == committed


def test_a_folder_without_a_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="not inside a git repository") as caught:
        Repository.open(tmp_path)
    assert "git init" in caught.value.hint


def test_a_bare_repository_is_refused(tmp_path: Path, git) -> None:
    git("init", "-q", "--bare", str(tmp_path / "bare.git"))
    with pytest.raises(RepositoryError, match="bare"):
        Repository.open(tmp_path / "bare.git")


def test_the_git_folder_itself_is_refused(committed: Path) -> None:
    with pytest.raises(RepositoryError, match=r"this is its \.git folder"):
        Repository.open(committed / ".git")


def test_a_missing_git_is_reported(committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RepositoryError, match="git was not found"):
        Repository.open(committed)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs permission to change a folder's owner")
def test_a_foreign_owner_is_reported_with_the_message_of_git(committed: Path) -> None:
    os.chown(committed, 12345, 12345)
    with pytest.raises(RepositoryError, match="dubious ownership") as caught:
        Repository.open(committed)
    assert "safe.directory" in caught.value.hint


def test_a_repository_without_a_commit_has_a_snapshot(root: Path) -> None:
    (root / "new.py").write_text("x = 1\n")
    repository = Repository.open(root)
    snapshot = repository.snapshot()
    assert (snapshot.head, snapshot.branch) == ("", "main")
    assert [entry.state for entry in snapshot.files] == [FileState.UNTRACKED]
    assert repository.head("new.py") is None
    assert repository.recency() == {}


def test_every_state_is_recognized(committed: Path, git) -> None:
    for name in ("changed", "deleted", "staged", "gone"):
        (committed / name).write_text("old\n")
    git("add", "-A")
    git("commit", "-qm", "second")
    (committed / "changed").write_text("new\n")
    (committed / "deleted").unlink()
    (committed / "staged").write_text("new\n")
    git("add", "staged")
    git("rm", "-q", "gone")
    (committed / "untracked").write_text("")
    (committed / "x.log").write_text("")
    found = states(committed, include_ignored=True)
    assert found == {
        ".gitignore": FileState.TRACKED,
        "a.py": FileState.TRACKED,
        "changed": FileState.CHANGED,
        "deleted": FileState.DELETED,
        "gone": FileState.DELETED,
        "staged": FileState.STAGED,
        "sub/b.txt": FileState.TRACKED,
        "untracked": FileState.UNTRACKED,
        "x.log": FileState.IGNORED,
    }
    assert "x.log" not in states(committed)


def test_a_change_with_the_same_size_and_time_is_detected(committed: Path, git) -> None:
    file = committed / "a.py"
    before = file.stat()
    file.write_text("def f():\n    return 2\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert states(committed)["a.py"] is FileState.CHANGED


def test_a_touched_file_is_not_changed(committed: Path) -> None:
    os.utime(committed / "a.py", (1, 1))
    assert states(committed)["a.py"] is FileState.TRACKED


def test_a_mode_change_counts_unless_git_ignores_modes(committed: Path, git) -> None:
    (committed / "a.py").chmod(0o755)
    assert states(committed)["a.py"] is FileState.CHANGED
    git("config", "core.fileMode", "false")
    assert states(committed)["a.py"] is FileState.TRACKED


def test_line_ends_that_git_converts_are_not_a_change(committed: Path, git) -> None:
    (committed / "a.py").write_bytes(b"def f():\r\n    return 1\r\n")
    assert states(committed)["a.py"] is FileState.CHANGED
    (committed / ".gitattributes").write_text("*.py text\n")
    assert states(committed)["a.py"] is FileState.TRACKED
    (committed / ".gitattributes").write_text("*.py -text\n")
    git("config", "core.autocrlf", "true")
    assert states(committed)["a.py"] is FileState.CHANGED


def test_a_merge_in_progress_and_its_conflicts_are_recognized(committed: Path, git) -> None:
    git("checkout", "-qb", "side")
    (committed / "a.py").write_text("side\n")
    git("commit", "-qam", "side")
    git("checkout", "-q", "main")
    (committed / "a.py").write_text("main\n")
    git("commit", "-qam", "main")
    git("merge", "side", check=False)
    snapshot = Repository.open(committed).snapshot()
    assert snapshot.operation is Operation.MERGE
    entry = snapshot.entry("a.py")
    assert entry is not None
    assert entry.state is FileState.UNMERGED
    others = {entry.path: entry.state for entry in snapshot.files if entry.path != "a.py"}
    assert others == {".gitignore": FileState.TRACKED, "sub/b.txt": FileState.TRACKED}


def test_a_detached_head_has_no_branch(committed: Path, git) -> None:
    git("checkout", "-q", "--detach")
    snapshot = Repository.open(committed).snapshot()
    assert snapshot.branch == ""
    assert len(snapshot.head) == 40


def test_a_linked_worktree_is_separate(committed: Path, git, tmp_path: Path) -> None:
    git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "other")
    (tmp_path / "linked" / "only.txt").write_text("here\n")
    linked = Repository.open(tmp_path / "linked")
    snapshot = linked.snapshot()
    assert (snapshot.root, snapshot.branch) == (tmp_path / "linked", "other")
    assert snapshot.entry("only.txt") is not None
    assert Repository.open(committed).snapshot().entry("only.txt") is None
    assert linked.head("a.py") == b"def f():\n    return 1\n"


def test_a_file_outside_the_sparse_checkout_is_not_deleted(committed: Path, git) -> None:
    git("sparse-checkout", "set", "--no-cone", "/a.py")
    assert not (committed / "sub").exists()
    assert states(committed)["sub/b.txt"] is FileState.TRACKED


def test_awkward_file_names_are_handled(committed: Path, git) -> None:
    names = ["-x", ":(glob)", "[b", "new\nline", "tab\t", os.fsdecode(b"caf\xe9"), "ünï"]
    for name in names:
        (committed / name).write_text("content\n")
    git("add", "-A")
    git("commit", "-qm", "names")
    (committed / "[b").write_text("changed\n")
    repository = Repository.open(committed)
    found = states(committed)
    assert {found[name] for name in names} == {FileState.TRACKED, FileState.CHANGED}
    assert found["[b"] is FileState.CHANGED
    for name in names:
        assert repository.head(name) == b"content\n"
        assert repository.kind(name) is FileKind.TEXT
        assert name in repository.recency()


def test_the_listing_of_a_large_repository_is_truncated(committed: Path, git) -> None:
    for number in range(20):
        (committed / f"{number}.txt").write_text("")
    snapshot = Repository.open(committed).snapshot(limit=10)
    assert snapshot.truncated
    assert len(snapshot.files) == 10
    git("add", "-A")
    assert len(Repository.open(committed).snapshot(limit=10).files) == 10
    assert not Repository.open(committed).snapshot().truncated


def test_a_pinned_repository_keeps_its_listing_and_recency(committed: Path, git) -> None:
    repository = Repository.open(committed)
    pinned = repository.pinned()
    first, recency = pinned.snapshot(), pinned.recency()
    (committed / "later.py").write_text("x = 1\n")
    git("add", "-A")
    git("commit", "-qm", "later")
    assert pinned.pinned() is pinned
    assert pinned.snapshot() is first
    assert pinned.recency() is recency
    assert pinned.text("later.py").text == "x = 1\n", "only the list is kept"
    assert repository.snapshot().entry("later.py") is not None
    assert repository.recency()["later.py"] == 0
    assert repository.pinned().snapshot().entry("later.py") is not None


def test_head_returns_the_committed_bytes(committed: Path) -> None:
    (committed / "a.py").write_text("other\n")
    repository = Repository.open(committed)
    assert repository.head("a.py") == b"def f():\n    return 1\n"
    assert repository.head("sub") is None
    assert repository.head("nowhere") is None


def test_head_falls_back_to_git_where_gitpython_fails(tmp_path: Path, git) -> None:
    other = tmp_path / "sha256"
    git("init", "-q", "--object-format=sha256", str(other))
    (other / "a").write_text("content\n")
    git("add", "-A", cwd=other)
    git("commit", "-qm", "first", cwd=other)
    assert Repository.open(other).head("a") == b"content\n"
    assert Repository.open(other).head("b") is None
    assert states(other) == {"a": FileState.TRACKED}


def test_a_corrupt_index_is_reported(committed: Path) -> None:
    (committed / ".git" / "index").write_bytes(b"DIRC nonsense")
    with pytest.raises(RepositoryError, match="git ls-files failed"):
        Repository.open(committed).snapshot()


def test_recency_ranks_the_latest_change_first(committed: Path, git) -> None:
    (committed / "sub" / "b.txt").write_text("again\n")
    git("commit", "-qam", "second")
    recency = Repository.open(committed).recency()
    assert recency["sub/b.txt"] == 0
    assert recency["a.py"] > 0


def test_a_snapshot_does_not_modify_the_repository(committed: Path) -> None:
    os.utime(committed / "a.py", (1, 1))
    before = {path: path.read_bytes() for path in (committed / ".git").rglob("*") if path.is_file()}
    Repository.open(committed).snapshot(include_ignored=True)
    after = {path: path.read_bytes() for path in (committed / ".git").rglob("*") if path.is_file()}
    assert before == after


def test_files_with_outdated_stat_data_are_read_once(
    committed: Path, git, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("a.py", "sub/b.txt", ".gitignore"):
        os.utime(committed / path, (1, 1))
    time_later = time.time_ns() + 10_000_000_000
    monkeypatch.setattr("assistant.repo.comparison.time.time_ns", lambda: time_later)
    read: list[str] = []

    def reading(root: Path, path: str) -> bytes:
        read.append(path)
        return (root / path).read_bytes()

    monkeypatch.setattr("assistant.repo.comparison.read_bytes", reading)
    repository = Repository.open(committed)
    first = repository.snapshot()
    assert sorted(read) == [".gitignore", "a.py", "sub/b.txt"]
    assert repository.snapshot() == first
    assert len(read) == 3
    (committed / "a.py").write_text("def f():\n    return 2\n")
    entry = repository.snapshot().entry("a.py")
    assert entry is not None
    assert entry.state is FileState.CHANGED
    assert read[3:] == ["a.py"]


def test_keywords_that_git_expands_are_not_a_change(committed: Path, git) -> None:
    (committed / "k.txt").write_text("$Id$\n")
    git("add", "-A")
    (committed / "k.txt").write_text("$Id: 0123456789 $\n")
    assert states(committed)["k.txt"] is FileState.STAGED
    git("commit", "-qm", "keyword")
    assert states(committed)["k.txt"] is FileState.CHANGED
    (committed / ".gitattributes").write_text("k.txt ident\n")
    assert states(committed)["k.txt"] is FileState.TRACKED


def test_importing_does_not_load_heavy_modules() -> None:
    code = (
        "import sys, assistant.context.build, assistant.context.tokens, assistant.repo.ranking\n"
        "print([name for name in ('torch', 'transformers', 'git') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_file_added_before_the_first_commit_is_staged(root: Path, git) -> None:
    (root / "a").write_text("")
    git("add", "a")
    assert states(root) == {"a": FileState.STAGED}


def test_an_index_lock_is_ignored_and_kept(committed: Path) -> None:
    lock = committed / ".git" / "index.lock"
    lock.write_bytes(b"")
    assert states(committed)["a.py"] is FileState.TRACKED
    assert lock.exists()


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError):
        Repository.open(tmp_path / "gone" / "deeper")
