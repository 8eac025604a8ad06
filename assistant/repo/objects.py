"""Owns the reading of committed files, through GitPython, under the same settings as our own git.

What GitPython cannot read (SHA-256 names, damaged objects) is left to git itself, whose complaint
is then the error. Neither runs a filter on what it reads.
"""

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.repo.command import Git

if TYPE_CHECKING:
    from git import Repo


class Objects:
    """Committed files of one repository; safe to share between threads."""

    def __init__(self, git: Git, git_dir: Path) -> None:
        self._git = git
        self._git_dir = git_dir
        self._repo: Repo | None = None
        self._lock = threading.Lock()

    def blob(self, commit: str, path: str) -> bytes | None:
        """The bytes of the file at `path` in a commit; None when there is no file.

        Raises RepositoryError when an object is missing or damaged.
        """
        with self._lock:
            repo = self._opened()
            from gitdb.exc import ODBError

            try:
                found = repo.commit(commit).tree.join(path)
                return bytes(found.data_stream.read()) if found.type == "blob" else None
            except KeyError:
                return None
            except (OSError, ValueError, IndexError, ODBError):
                return self._read_by_git(commit, path)

    def _read_by_git(self, commit: str, path: str) -> bytes | None:
        listed = self._git.output("ls-tree", "-z", commit, "--", path)
        _mode, _, rest = listed.partition(b" ")
        kind, _, rest = rest.partition(b" ")
        if kind != b"blob":
            return None
        return self._git.output("cat-file", "blob", rest.partition(b"\t")[0].decode())

    def _opened(self) -> "Repo":
        if self._repo is None:
            # Importing GitPython starts a git once: it must be ours, not what PATH leads to.
            os.environ["GIT_PYTHON_GIT_EXECUTABLE"] = str(self._git.program)
            os.environ["GIT_PYTHON_REFRESH"] = "quiet"
            from git import Repo

            repo = Repo(self._git.folder, expand_vars=False)
            # GitPython adds to the environment but cannot remove from it: a hook's GIT_DIR and the
            # like are therefore set to what they must be.
            objects = {
                "GIT_DIR": str(self._git_dir),
                "GIT_COMMON_DIR": str(repo.common_dir),
                "GIT_OBJECT_DIRECTORY": str(Path(repo.common_dir) / "objects"),
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
            }
            repo.git.update_environment(**self._git.environment, **objects)
            repo.git.set_persistent_git_options(c=list(self._git.overrides))
            self._repo = repo
        return self._repo
