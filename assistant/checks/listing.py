"""Lists the files of a repository that a scratch copy needs, using git. Reads no file contents.

Ignored files are left out, except installed dependencies, built extension modules and generated
sources.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.repo.command import Git

_DEPENDENCIES = frozenset(
    {".venv", "venv", "env", "node_modules", "bower_components", ".yarn", "vendor", ".bundle"}
    | {".tox", ".nox"}
)
"""Folders of installed dependencies: large, needed, and never edited."""
_CACHES = frozenset(
    {"__pycache__", ".git", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
    | {"dist", "build", "target", ".hypothesis", "htmlcov", ".idea", ".vscode"}
)
_GENERATED = frozenset({".so", ".pyd", ".dylib", ".py", ".pyi", ".js", ".ts", ".go", ".rs", ".h"})


@dataclass(frozen=True, slots=True)
class Listing:
    """Sorted paths relative to the root, with POSIX separators, surrogate-escaped."""

    files: Mapping[str, os.stat_result]
    """Files to copy, each with its `lstat` result."""
    linked: tuple[str, ...]
    """Folders visible in the copy without being copied: dependencies and submodules."""


def list_files(root: Path) -> Listing:
    """Lists tracked and untracked files, and the ignored files that tests need.

    Raises RepositoryError with git's message when git fails.
    """
    git = Git(root)
    tracked = _paths(git, "--cached")
    untracked = _paths(git, "--others", "--exclude-standard")
    ignored = _paths(git, "--others", "--ignored", "--exclude-standard", "--directory")
    # Tracked dependencies are treated as sources.
    sources = {_dependency(path) for path in tracked}
    files: dict[str, os.stat_result] = {}
    linked: set[str] = set()
    for path in (*tracked, *untracked, *filter(_is_wanted, ignored)):
        folder = _dependency(path)
        if folder and folder not in sources and _is_installed(root / folder):
            linked.add(folder)
            continue
        facts = _lstat(f"{root}/{path}")
        if facts is None:
            continue
        if stat.S_ISDIR(facts.st_mode):
            # A nested repository or submodule, or a folder written by an installer.
            linked.add(path.rstrip("/"))
        else:
            files[path] = facts
    return Listing(dict(sorted(files.items())), tuple(sorted(linked)))


def _dependency(path: str) -> str:
    """The outermost folder of the path with a dependency folder's name, or an empty string."""
    folders = path.split("/")[:-1]
    if _DEPENDENCIES.isdisjoint(folders):
        return ""
    first = next(index for index, name in enumerate(folders) if name in _DEPENDENCIES)
    return "/".join(folders[: first + 1])


def _is_installed(folder: Path) -> bool:
    """True for installed dependencies, false for sources in a folder of the same name."""
    if folder.name in ("env", "venv", ".venv"):
        return (folder / "pyvenv.cfg").is_file()
    return folder.name != "vendor" or (folder / "modules.txt").is_file()


def _is_wanted(path: str) -> bool:
    """True when tests may need an ignored path. A fully ignored folder ends in `/`."""
    if path.endswith("/"):
        return path.endswith(".egg-info/") or bool(_dependency(path))
    pure = PurePosixPath(path)
    if _dependency(path):
        return True
    return pure.suffix in _GENERATED and _CACHES.isdisjoint(pure.parts)


def _lstat(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        # Deleted but still in the index, or a parent folder is now a file.
        return None


def _paths(git: Git, *options: str) -> list[str]:
    """Lists paths inside the tree. `ls-files` compares no content, so it runs no filters."""
    names = git.output("ls-files", "-z", *options).split(b"\0")
    paths = (os.fsdecode(name) for name in names if name)
    return [path for path in paths if not path.startswith(("/", "../"))]
