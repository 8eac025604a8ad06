"""Lists a working tree: the tracked, untracked and ignored files and their states.

Git only lists the index, staged differences and untracked names; it never compares contents.
"""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from assistant.errors import RepositoryError
from assistant.repo.command import Git
from assistant.repo.comparison import Comparison
from assistant.repo.files import FileEntry, FileState
from assistant.repo.index import Indexed, read_index


@dataclass(frozen=True, slots=True)
class Listing:
    files: tuple[FileEntry, ...]
    """Sorted by path."""
    truncated: bool


def list_files(
    git: Git, git_dir: Path, comparison: Comparison, *, has_head: bool, ignored: bool, limit: int
) -> Listing:
    """Every listed path with its state, at most `limit` of them. Raises RepositoryError."""
    # Git walks the folders while this process looks at each file of the index.
    with ThreadPoolExecutor(2) as pool:
        staged = pool.submit(_staged, git, has_head, limit)
        untracked = pool.submit(_others, git, limit + 1, FileState.UNTRACKED)
        entries = _compared(git, git_dir, comparison, limit)
    for path in staged.result():
        entry = entries.get(path)
        if entry is None:
            entries[path] = FileEntry(path, FileState.DELETED, 0)
        elif entry.state in (FileState.TRACKED, FileState.CHANGED):
            entries[path] = FileEntry(path, FileState.STAGED, entry.size)
    entries |= untracked.result()
    if ignored:
        room = max(limit + 1 - len(entries), 0)
        entries |= _others(git, room, FileState.IGNORED)
    ordered = sorted(entries.values(), key=lambda entry: entry.path)
    return Listing(tuple(ordered[:limit]), len(ordered) > limit)


def ignored_files(git: Git) -> list[str]:
    """Paths of the ignored files that are not in ignored folders. Raises RepositoryError."""
    arguments = ["ls-files", "-o", "-i", "-z", "--exclude-standard", "--directory"]
    return [os.fsdecode(each) for each in git.records(*arguments) if not each.endswith(b"/")]


def _compared(git: Git, git_dir: Path, comparison: Comparison, limit: int) -> dict[str, FileEntry]:
    """The paths in the index, compared with the working tree."""
    index_time = _index_time(git_dir)
    root = str(git.folder)
    found: dict[str, FileEntry] = {}
    doubtful: list[tuple[Indexed, os.stat_result]] = []
    for entry in read_index(git, limit):
        path = entry.path
        info = _lstat(root, path)
        if entry.unmerged:
            found[path] = FileEntry(path, FileState.UNMERGED, _size(info))
        elif info is None:
            state = FileState.TRACKED if entry.sparse else FileState.DELETED
            found[path] = FileEntry(path, state, 0)
        else:
            if not comparison.settled(entry, info, index_time):
                doubtful.append((entry, info))
            found[path] = FileEntry(path, FileState.TRACKED, _size(info))
    for entry, info in comparison.changed(doubtful):
        found[entry.path] = FileEntry(entry.path, FileState.CHANGED, _size(info))
    return found


def _staged(git: Git, has_head: bool, limit: int) -> list[str]:
    """Paths whose index entry differs from HEAD. Compares object ids only."""
    if not has_head:
        arguments = ["ls-files", "-z"]
    else:
        arguments = ["diff-index", "--cached", "--no-renames", "--no-ext-diff", "--no-textconv"]
        arguments += ["--ignore-submodules", "--name-only", "-z", "HEAD"]
    return [os.fsdecode(record) for record in islice(git.records(*arguments), limit + 1)]


def _others(git: Git, limit: int, state: FileState) -> dict[str, FileEntry]:
    """Paths that are not in the index, without folders, which are embedded repositories."""
    arguments = ["ls-files", "-o", "-z", "--exclude-standard"]
    arguments += ["-i"] if state is FileState.IGNORED else []
    root = str(git.folder)
    found: dict[str, FileEntry] = {}
    for record in git.records(*arguments):
        if len(found) >= limit:
            break
        if not record.endswith(b"/"):
            path = os.fsdecode(record)
            found[path] = FileEntry(path, state, _size(_lstat(root, path)))
    return found


def _index_time(git_dir: Path) -> int:
    try:
        return (git_dir / "index").stat().st_mtime_ns
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise RepositoryError(
            f"Cannot read the repository's index: {error}",
            hint="Check the permissions of the repository's .git folder.",
        ) from error


def _lstat(root: str, path: str) -> os.stat_result | None:
    try:
        return os.lstat(f"{root}/{path}")  # joining Path objects would dominate the run time
    except OSError:
        return None


def _size(info: os.stat_result | None) -> int:
    return info.st_size if info is not None and not stat.S_ISDIR(info.st_mode) else 0
