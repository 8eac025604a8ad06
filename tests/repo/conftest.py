"""Fixtures: git repositories in temporary folders."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs git in the test's repository, isolated from the user's configuration."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    root = tmp_path / "repo"
    root.mkdir()
    identity = [
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.org",
        "-c",
        "init.defaultBranch=main",
    ]

    def run(*arguments: str, cwd: Path = root, check: bool = True) -> str:
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=cwd, capture_output=True, check=check
        )
        return done.stdout.decode("utf-8", "surrogateescape")

    run("init", "-q")
    return run


@pytest.fixture
def root(tmp_path: Path, git: Run) -> Path:
    """An empty repository without a commit."""
    return tmp_path / "repo"


@pytest.fixture
def committed(root: Path, git: Run) -> Path:
    """A repository with three files in one commit."""
    (root / "a.py").write_text("def f():\n    return 1\n")
    (root / "sub").mkdir()
    (root / "sub" / "b.txt").write_text("text\n")
    (root / ".gitignore").write_text("*.log\n")
    git("add", "-A")
    git("commit", "-qm", "first")
    return root
