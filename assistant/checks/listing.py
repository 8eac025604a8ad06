"""Owns which files of a repository a scratch copy needs; asks git, reads no file.

Refuses what a test run does not need: ignored files, but for installed dependencies, built
extension modules and generated sources.
"""

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.repo.command import Git

_DEPENDENCIES = frozenset(
    {".venv", "venv", "env", "node_modules", "bower_components", ".yarn", "vendor", ".bundle"}
)
"""Folders that installers fill: large, needed, and never edited."""
_CACHES = frozenset(
    {"__pycache__", ".git", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox", ".nox"}
    | {"dist", "build", "target", ".hypothesis", "htmlcov", ".idea", ".vscode"}
)
_GENERATED = frozenset({".so", ".pyd", ".dylib", ".py", ".pyi", ".js", ".ts", ".go", ".rs", ".h"})


@dataclass(frozen=True, slots=True)
class Listing:
    """Paths relative to the root, posix separators, surrogate-escaped; sorted."""

    files: tuple[str, ...]
    """To be copied."""
    linked: tuple[str, ...]
    """Folders to be seen in the copy without copying: dependencies, submodules."""


def list_files(root: Path) -> Listing:
    """What the working tree holds: tracked and untracked files, and the ignored ones tests need.

    Raises RepositoryError with git's own words when git refuses.
    """
    git = Git(root)
    listed = _paths(git, "--cached", "--others", "--exclude-standard")
    ignored = _paths(git, "--others", "--ignored", "--exclude-standard", "--directory")
    files: set[str] = set()
    linked: set[str] = set()
    for path in listed:
        if dependency := _dependency(root, path):
            linked.add(dependency)
        elif path.endswith("/") or _is_folder(root / path):
            # A repository inside this one: a submodule, or one that git does not track.
            linked.add(path.rstrip("/"))
        else:
            files.add(path)
    for path in ignored:
        if dependency := _dependency(root, path):
            linked.add(dependency)
        elif path.endswith(".egg-info/"):
            linked.add(path.rstrip("/"))
        elif _is_generated(path):
            files.add(path)
    return Listing(tuple(sorted(files)), tuple(sorted(linked)))


def _dependency(root: Path, path: str) -> str:
    """The outermost folder of installed dependencies that the path lies in, or an empty text."""
    parts = PurePosixPath(path).parts
    folders = parts if path.endswith("/") else parts[:-1]
    for index, part in enumerate(folders):
        if part in _DEPENDENCIES:
            folder = "/".join(parts[: index + 1])
            return folder if _installed(root / folder) else ""
    return ""


def _installed(folder: Path) -> bool:
    """Sources may lie in folders of these names too; installers leave their marks."""
    if folder.name in ("env", "venv", ".venv"):
        return (folder / "pyvenv.cfg").is_file()
    return folder.name != "vendor" or (folder / "modules.txt").is_file()


def _is_generated(path: str) -> bool:
    pure = PurePosixPath(path)
    inside = not _CACHES.intersection(pure.parts) and not path.endswith("/")
    return inside and pure.suffix in _GENERATED


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _paths(git: Git, *options: str) -> list[str]:
    """Listing runs no filters: git compares nothing."""
    return [
        os.fsdecode(name) for name in git.output("ls-files", "-z", *options).split(b"\0") if name
    ]
