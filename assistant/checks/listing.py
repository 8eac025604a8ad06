"""Owns which files of a repository a scratch copy needs; asks git, reads no file.

Refuses what a test run does not need: ignored files, but for installed dependencies, built
extension modules and generated sources.
"""

import os
import stat
from collections.abc import Mapping
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

    files: Mapping[str, os.stat_result]
    """To be copied, each with what `lstat` says of it."""
    linked: tuple[str, ...]
    """Folders to be seen in the copy without copying: dependencies, submodules."""


def list_files(root: Path) -> Listing:
    """What the working tree holds: tracked and untracked files, and the ignored ones tests need.

    Raises RepositoryError with git's own words when git refuses.
    """
    git = Git(root)
    tracked = _paths(git, "--cached")
    untracked = _paths(git, "--others", "--exclude-standard")
    ignored = _paths(git, "--others", "--ignored", "--exclude-standard", "--directory")
    # Dependencies that are tracked are sources like others.
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
            # A repository inside this one, a submodule perhaps; or what an installer wrote.
            linked.add(path.rstrip("/"))
        else:
            files[path] = facts
    return Listing(dict(sorted(files.items())), tuple(sorted(linked)))


def _dependency(path: str) -> str:
    """The outermost folder on the path that has a name of installed dependencies, or nothing."""
    folders = path.split("/")[:-1]
    if _DEPENDENCIES.isdisjoint(folders):
        return ""
    first = next(index for index, name in enumerate(folders) if name in _DEPENDENCIES)
    return "/".join(folders[: first + 1])


def _is_installed(folder: Path) -> bool:
    """Sources may lie in folders of these names too; installers leave their marks."""
    if folder.name in ("env", "venv", ".venv"):
        return (folder / "pyvenv.cfg").is_file()
    return folder.name != "vendor" or (folder / "modules.txt").is_file()


def _is_wanted(path: str) -> bool:
    """Whether tests may need an ignored path. A folder that is ignored as a whole ends in `/`."""
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
        # Deleted, and the index still lists it; or a file stands where a folder was.
        return None


def _paths(git: Git, *options: str) -> list[str]:
    """Listing runs no filters: git compares nothing. What leads outside is not of this tree."""
    names = git.output("ls-files", "-z", *options).split(b"\0")
    paths = (os.fsdecode(name) for name in names if name)
    return [path for path in paths if not path.startswith(("/", "../"))]
