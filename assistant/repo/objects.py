"""Reads committed files through GitPython, with the same settings as in `command`.

Falls back to git for what GitPython cannot read (SHA-256 ids, damaged objects), so that errors
carry git's message. Neither runs content filters.
"""

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.repo.command import Git

if TYPE_CHECKING:
    from git import Repo


class Objects:
    """Committed files of one repository. Thread-safe."""

    def __init__(self, git: Git, git_dir: Path) -> None:
        self._git = git
        self._git_dir = git_dir
        self._repo: Repo | None = None
        self._lock = threading.Lock()

    def blob(self, commit: str, path: str) -> bytes | None:
        """The bytes of the file at `path` in a commit; None if there is no file.

        Raises RepositoryError if an object is missing or damaged.
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
            # Importing GitPython runs git once: it must be our program, not the one on PATH.
            os.environ["GIT_PYTHON_GIT_EXECUTABLE"] = str(self._git.program)
            os.environ["GIT_PYTHON_REFRESH"] = "quiet"
            from git import Repo

            repo = Repo(self._git.folder, expand_vars=False)
            # GitPython can only add to the environment, so GIT_DIR and the like, which may be
            # inherited from a hook, are set explicitly.
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
