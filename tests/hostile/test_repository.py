"""Repositories in every state: one line says what is wrong, and no byte changes."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.apply.writer import Writer
from assistant.engine.base import Cancel
from assistant.errors import ApplyError, Cancelled, RepositoryError
from assistant.proposal.changes import Change
from assistant.repo.command import Git
from assistant.repo.files import FileState
from assistant.repo.git import Repository
from assistant.review.decisions import Decision, Review, Reviewed
from tests.headless.fakes import NEW, OLD
from tests.hostile.kit import EDIT, Model, Run, is_told, untouched


def git(root: Path, *arguments: str, stdin: bytes = b"") -> str:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=root, input=stdin, capture_output=True, check=True
    )
    return done.stdout.decode()


def edited(path: str = "numbers.py", old: bytes = OLD, new: bytes = NEW) -> Reviewed:
    return Review.of("t", (Change(path, old, new),)).decide_all(Decision.ACCEPTED).reviewed()


@pytest.fixture(autouse=True)
def identity(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{kind}_NAME", "T")
        monkeypatch.setenv(f"GIT_{kind}_EMAIL", "t@example.org")
    monkeypatch.setenv("EMAIL", "t@example.org")


def _no_repository(repo: Path) -> None:
    (repo / ".git").rename(repo.parent / "elsewhere")


def _bare(repo: Path) -> None:
    git(repo, "config", "core.bare", "true")


def _corrupt_index(repo: Path) -> None:
    (repo / ".git" / "index").write_bytes(b"DIRC nonsense")


def _corrupt_commit(repo: Path) -> None:
    head = git(repo, "rev-parse", "HEAD").strip()
    file = repo / ".git" / "objects" / head[:2] / head[2:]
    file.chmod(0o644)
    file.write_bytes(b"nonsense")


def _borrowed(repo: Path) -> None:
    git(repo.parent, "init", "-q", "victim")
    (repo / ".git" / "commondir").write_text("../../victim/.git\n")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_no_repository, "not inside a git repository"),
        (_bare, "no working tree"),
        (_corrupt_index, "git ls-files failed"),
        (_corrupt_commit, "missing or damaged"),
        (_borrowed, "another repository"),
    ],
)
def test_a_repository_that_cannot_be_used_is_told_in_one_line(
    repo: Path, run: Run, model: Model, spoil: Callable[[Path], None], words: str
) -> None:
    model(lambda request: NEW.decode())
    spoil(repo)
    with untouched(repo.parent / "victim"), untouched(repo):
        is_told(run(*EDIT), words)


def test_a_foreign_owner_is_told_in_gits_words_and_never_made_safe(
    repo: Path, run: Run, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model(lambda request: NEW.decode())
    home = repo.parent / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setitem(
        __import__("assistant.repo.command", fromlist=["x"])._ENVIRONMENT,
        "GIT_TEST_ASSUME_DIFFERENT_OWNER",
        "1",
    )
    with untouched(repo), untouched(home):
        is_told(run(*EDIT), "dubious ownership")


def test_a_commit_beside_a_lock_leaves_the_lock_and_everything_else(repo: Path) -> None:
    writer = Writer(repo, repo.parent / "state")
    writer.apply(edited())
    (repo / ".git" / "index.lock").write_bytes(b"")
    with untouched(repo), pytest.raises(ApplyError, match="locked the index") as caught:
        writer.commit("Do it")
    assert caught.value.hint


def test_a_lock_does_not_keep_the_program_from_reading_and_writing(
    repo: Path, run: Run, model: Model
) -> None:
    model(lambda request: NEW.decode())
    (repo / ".git" / "index.lock").write_bytes(b"")
    with untouched(repo / ".git"):
        assert run(*EDIT)[0] == 0
    assert (repo / "numbers.py").read_bytes() == NEW


def test_a_linked_worktree_has_a_history_and_commits_of_its_own(repo: Path) -> None:
    state, linked = repo.parent / "state", repo.parent / "linked"
    git(repo, "worktree", "add", "-q", "-b", "side", str(linked))
    main = git(repo, "rev-parse", "main")
    writer = Writer(linked, state)
    writer.apply(edited())
    committed = writer.commit("Do it")
    assert committed.branch == "side"
    assert git(repo, "rev-parse", "main") == main
    assert git(linked, "status", "--porcelain") == ""
    assert Writer(repo, state).entries() == ()
    assert (repo / "numbers.py").read_bytes() == OLD
    with pytest.raises(ApplyError, match="nothing to undo"):
        Writer(repo, state).undo()
    writer.undo()
    assert (linked / "numbers.py").read_bytes() == OLD


def test_what_a_sparse_checkout_leaves_out_stays_in_the_commit(repo: Path) -> None:
    (repo / "far").mkdir()
    (repo / "far" / "away.txt").write_bytes(b"still here\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "far")
    git(repo, "sparse-checkout", "set", "--no-cone", "/numbers.py")
    assert not (repo / "far").exists()
    writer = Writer(repo, repo.parent / "state")
    writer.apply(edited())
    writer.commit("Do it")
    assert git(repo, "show", "HEAD:far/away.txt") == "still here\n"
    assert git(repo, "show", "--name-only", "--format=", "HEAD") == "numbers.py\n"
    assert git(repo, "status", "--porcelain") == ""


_MANY = 100_000


@pytest.fixture
def huge(repo: Path) -> Path:
    """A commit with a hundred thousand files, of which one is in the working tree."""
    blob = git(repo, "hash-object", "-w", "numbers.py").strip()
    names = (f"100644 {blob}\td{n % 100}/f{n}.py\n" for n in range(_MANY))
    git(repo, "update-index", "--index-info", stdin="".join(names).encode())
    git(repo, "commit", "-qm", "many")
    (repo / "d1").mkdir()
    (repo / "d1" / "f1.py").write_bytes(OLD)
    return repo


def test_a_hundred_thousand_files_are_bounded_and_never_added(
    huge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.thread_time()
    snapshot = Repository.open(huge).snapshot(limit=5_000)
    assert len(snapshot.files) == 5_000
    assert snapshot.truncated
    assert time.thread_time() - began < 5
    called: list[str] = []
    call = Git.call

    def watched(self: Git, *arguments: str, **options: object) -> object:
        called.append(arguments[0])
        return call(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Git, "call", watched)
    writer = Writer(huge, huge.parent / "state")
    writer.apply(edited("d1/f1.py"))
    writer.commit("One of many")
    assert not {"add", "status", "commit", "checkout", "reset"} & set(called)
    assert git(huge, "show", "--name-only", "--format=", "HEAD") == "d1/f1.py\n"
    assert len(git(huge, "ls-tree", "-r", "--name-only", "HEAD").splitlines()) == _MANY + 1


def test_a_task_on_a_hundred_thousand_files_can_be_cancelled(huge: Path, make_workspace) -> None:
    from assistant.solving.request import TaskRequest
    from assistant.tasks.edit import edit

    cancel = Cancel()
    events = edit(make_workspace(huge), TaskRequest("Return 1 from one"), cancel)
    next(events)
    cancel.set()
    began = time.process_time()  # a busy machine does not count
    with pytest.raises(Cancelled):
        list(events)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("answer", [True, False])
def test_the_interface_asks_before_it_works_on_a_whole_home_directory(
    repo: Path, run: Run, monkeypatch: pytest.MonkeyPatch, answer: bool
) -> None:
    opened, asked = [], []
    monkeypatch.setenv("HOME", str(repo))
    (repo / "below").mkdir()
    monkeypatch.chdir(repo / "below")
    monkeypatch.setattr("assistant.cli.composition.terminal", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(
        "assistant.cli.interface.open_interface",
        lambda folder, preferences, reopen: opened.append(folder),
    )
    monkeypatch.setattr(
        "click.confirm", lambda question, **options: asked.append(question) or answer
    )
    with untouched(repo):
        code, _, err = run()
    assert len(asked) == 1
    assert str(repo) in asked[0]
    assert opened == ([repo / "below"] if answer else [])
    assert code == (0 if answer else 2), err


def test_a_file_of_a_submodule_is_only_read(repo: Path) -> None:
    inner = repo / "module"
    git(repo, "init", "-q", str(inner))
    (inner / "f.py").write_bytes(OLD)
    with untouched(repo), pytest.raises(ApplyError, match="submodule") as caught:
        Writer(repo, repo.parent / "state").apply(edited("module/f.py"))
    assert caught.value.hint


def test_a_branch_that_was_switched_meanwhile_makes_the_proposal_stale(repo: Path) -> None:
    from assistant.errors import StaleFile

    git(repo, "checkout", "-qb", "side")
    (repo / "numbers.py").write_bytes(b"other = 1\n")
    git(repo, "commit", "-qam", "other")
    with untouched(repo), pytest.raises(StaleFile):
        Writer(repo, repo.parent / "state").apply(edited())
    assert Repository.open(repo).snapshot().entry("numbers.py").state is FileState.TRACKED  # type: ignore[union-attr]


def test_a_chain_of_worktrees_is_told_apart_from_a_borrowed_repository(repo: Path) -> None:
    linked = repo.parent / "linked"
    git(repo, "worktree", "add", "-q", "-b", "side", str(linked))
    assert Repository.open(linked).branch() == "side"
    folder = next((repo / ".git" / "worktrees").iterdir())
    (folder / "commondir").write_text("../../../victim/.git\n")
    git(repo.parent, "clone", "-q", str(repo), "victim")
    with pytest.raises(RepositoryError) as caught:
        Repository.open(linked)
    assert caught.value.hint
    assert os.path.lexists(linked / ".git")
