"""Which files change together, from the recent commits of a repository."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from assistant.repo.command import Git

_COMMITS = 400
_MOST_FILES = 30
"""Commits of more files are moves and mass edits, which say nothing about two files."""
_SHRINKAGE = 3.0
"""Commits that a file needs before the share of them counts for much."""


@dataclass(frozen=True, slots=True)
class History:
    """Counts over recent commits. Empty for a repository without any."""

    commits: int = 0
    changes: Mapping[str, int] = field(default_factory=dict)
    """Commits that change a file."""
    pairs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Commits that change both files; a pair is sorted."""

    def frequency(self, path: str) -> float:
        """Share of the commits that change a file."""
        return self.changes.get(path, 0) / self.commits if self.commits else 0.0

    def together(self, path: str, other: str) -> float:
        """Share of the commits changing `path` that also change `other`, lower where few do."""
        both = self.pairs.get((min(path, other), max(path, other)), 0)
        return both / (self.changes.get(path, 0) + _SHRINKAGE)


def read_history(git: Git) -> History:
    """The history of HEAD. Empty without a commit, and in a partial clone that lacks objects."""
    arguments = ["log", f"--max-count={_COMMITS}", "--format=%x00", "--name-only", "-z"]
    arguments += ["--no-renames", "--no-merges", "--no-ext-diff", "--no-textconv"]
    found = git.call(*arguments)
    return count_changes(_commits(found.stdout)) if found.code == 0 else History()


def count_changes(commits: Iterable[Iterable[str]]) -> History:
    """The history of commits, each given by the paths that it changes."""
    changes: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    total = 0
    for paths in commits:
        changed = sorted(set(paths))
        if not 0 < len(changed) <= _MOST_FILES:
            continue
        total += 1
        changes.update(changed)
        pairs.update((one, other) for at, one in enumerate(changed) for other in changed[at + 1 :])
    return History(total, changes, pairs)


def _commits(output: bytes) -> Iterator[list[str]]:
    r"""The paths of each commit: \0\0 before a commit's first path, \0 after every path."""
    paths: list[str] = []
    for record in output.split(b"\0"):
        name = record.lstrip(b"\n")
        if name:
            paths.append(os.fsdecode(name))
        elif paths:
            yield paths
            paths = []
    if paths:
        yield paths
