"""What changes together is counted over real commits."""

import subprocess
from pathlib import Path

import pytest

from assistant.repo.git import Repository
from assistant.repo.history import History, count_changes, read_history


def commit(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / f"{name} file.py").write_text(text)
    run = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*run, "add", "-A"], cwd=root, check=True)
    subprocess.run([*run, "commit", "-qm", "change"], cwd=root, check=True)


def test_files_of_a_commit_change_together(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    commit(tmp_path, a="1", b="1")
    commit(tmp_path, a="2", b="2")
    commit(tmp_path, a="3", c="3")
    history = read_history(Repository.open(tmp_path).git)
    assert history.commits == 3
    assert history.frequency("a file.py") == 1.0
    assert history.frequency("b file.py") == pytest.approx(2 / 3)
    assert history.together("b file.py", "a file.py") == pytest.approx(2 / (2 + 3))
    assert history.together("a file.py", "b file.py") == pytest.approx(2 / (3 + 3))
    assert history.together("b file.py", "c file.py") == 0


def test_a_repository_without_commits_has_an_empty_history(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    history = read_history(Repository.open(tmp_path).git)
    assert history == History()
    assert history.frequency("a") == history.together("a", "b") == 0


def test_mass_edits_do_not_count() -> None:
    history = count_changes([["a", "b"], [f"{n}" for n in range(31)], []])
    assert (history.commits, dict(history.changes)) == (1, {"a": 1, "b": 1})
