"""Measures how often real commits add a parameter that nothing reads: false alarms of the judge.

    python -m tests.benchmarks.unread_parameters REPO ... [--commits 150]

Looks at the Python files, without tests and documents, that the latest commits of each repository
changed, and prints each finding and the totals.
"""

import argparse
import subprocess
from collections.abc import Iterator
from pathlib import Path

from assistant.checks.unread import unread_parameters
from assistant.repo.paths import is_test_path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=150, help="per repository")
    options = parser.parse_args()
    files = flagged = 0
    for repository in options.repositories:
        for commit, path in _changed(repository, options.commits):
            old = _git(repository, "show", f"{commit}^:{path}")
            found = unread_parameters(_git(repository, "show", f"{commit}:{path}"), old)
            files += 1
            flagged += bool(found)
            for function, name in found:
                print(f"{repository} {commit[:8]} {path}: {function} never reads {name}")
    print(f"{flagged} of {files} changed files")


def _changed(repository: Path, commits: int) -> Iterator[tuple[str, str]]:
    """Commit and path of every changed source file."""
    listed = _git(repository, "log", "--no-merges", f"-n{commits}", "--format=%H").decode()
    for commit in listed.split():
        arguments = ["diff-tree", "-r", "--no-commit-id", "--name-only", "--diff-filter=M", commit]
        for path in _git(repository, *arguments).decode().splitlines():
            if path.endswith(".py") and not is_test_path(path) and "docs/" not in path:
                yield commit, path


def _git(repository: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", repository, *arguments], capture_output=True, check=False)
    return done.stdout


if __name__ == "__main__":
    main()
