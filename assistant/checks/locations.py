"""Maps paths printed by tools to paths in the repository."""

import os
import re
import textwrap
from pathlib import Path, PurePosixPath

from assistant.checks.results import Frame

_FOREIGN = frozenset({"site-packages", "dist-packages", "node_modules", ".venv", "venv", ".tox"})
_STANDARD_LIBRARY = re.compile(r"/lib(?:64)?/python\d[\d.]*/|/lib/rustlib/|/go/src/")
_MAX_MESSAGE_LINES = 12


class Locator:
    """Finds printed paths in one repository, and caches the lookups."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._cache: dict[str, str] = {}

    def path(self, printed: str, *, folder: str = "") -> str:
        """The path relative to the root, or an empty string for a path outside the repository.

        `folder`, relative to the root, is the base of relative paths. A path from another machine
        is matched by its longest suffix that exists here.
        """
        key = f"{folder}\0{printed}"
        if key not in self._cache:
            self._cache[key] = self._find(printed.strip().removeprefix("file://"), folder)
        return self._cache[key]

    def frame(
        self, printed: str, line: str | int, function: str = "", *, folder: str = ""
    ) -> Frame | None:
        """The frame for a path in the repository, or None."""
        path = self.path(printed, folder=folder)
        return Frame(path, int(line), function) if path else None

    def holds_folder(self, path: str) -> bool:
        """True when the relative path is a folder of the repository."""
        try:
            return ".." not in path.split("/") and (self._root / path).is_dir()
        except OSError:
            return False

    def _find(self, printed: str, folder: str) -> str:
        text = printed.replace("\\", "/")
        if not text or text.startswith("<") or "\0" in text:
            return ""
        if _FOREIGN.intersection(PurePosixPath(text).parts) or _STANDARD_LIBRARY.search(text):
            return ""
        pure = PurePosixPath(os.path.normpath(text))
        if pure.is_relative_to(self._root.as_posix()):
            return pure.relative_to(self._root.as_posix()).as_posix()
        if not pure.is_absolute() and ":" not in pure.parts[0]:
            below = PurePosixPath(os.path.normpath(PurePosixPath(folder) / pure))
            return below.as_posix() if self._is_file(below) else ""
        endings = (PurePosixPath(*pure.parts[start:]) for start in range(1, len(pure.parts)))
        return next((ending.as_posix() for ending in endings if self._is_file(ending)), "")

    def _is_file(self, path: PurePosixPath) -> bool:
        try:
            return ".." not in path.parts and (self._root / path).is_file()
        except OSError:
            return False


def message_of(lines: list[str]) -> str:
    """Joins lines into a message: the first few, without their common indentation."""
    text = textwrap.dedent("\n".join(line.rstrip() for line in lines)).strip("\n").splitlines()
    kept = text[:_MAX_MESSAGE_LINES]
    if len(text) > len(kept):
        kept.append(f"... {len(text) - len(kept)} more lines")
    return "\n".join(kept).strip()
