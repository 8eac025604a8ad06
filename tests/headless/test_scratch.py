"""Folders that become repositories."""

import subprocess

import pytest

from assistant.errors import RepositoryError
from assistant.headless.scratch import make_repository


def git(folder, *arguments):
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def test_everything_in_the_folder_is_committed(tmp_path):
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "a.log").write_text("kept\n")
    make_repository(tmp_path)
    assert git(tmp_path, "ls-files").split() == [".gitignore", "a.log"]
    assert git(tmp_path, "status", "--porcelain") == ""


def test_an_empty_folder_works_too(tmp_path):
    make_repository(tmp_path)
    assert git(tmp_path, "rev-list", "--count", "HEAD").strip() == "1"


def test_the_users_hooks_and_identity_are_not_used(tmp_path, monkeypatch):
    hooks, folder = tmp_path / "hooks", tmp_path / "repo"
    hooks.mkdir()
    folder.mkdir()
    hook = hooks / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    config = tmp_path / "config"
    config.write_text(f"[core]\n\thooksPath = {hooks}\n[user]\n\tname = Someone\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    make_repository(folder)
    monkeypatch.delenv("GIT_DIR")
    assert git(folder, "log", "--format=%an").strip() == "assistant"


def test_git_that_fails_is_told(tmp_path):
    (tmp_path / ".git").write_text("not a repository\n")
    with pytest.raises(RepositoryError, match="git init failed"):
        make_repository(tmp_path)


def test_git_that_is_missing_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="not found"):
        make_repository(tmp_path)


def test_a_folder_that_is_gone_is_told(tmp_path):
    with pytest.raises(RepositoryError, match="could not be run"):
        make_repository(tmp_path / "gone")
