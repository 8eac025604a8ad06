"""Owns the way from a path that some tool printed to a path inside the repository."""

import os
import re
import textwrap
from pathlib import Path, PurePosixPath

from assistant.checks.results import Frame

_FOREIGN = frozenset({"site-packages", "dist-packages", "node_modules", ".venv", "venv", ".tox"})
_STANDARD_LIBRARY = re.compile(r"/lib(?:64)?/python\d[\d.]*/|/lib/rustlib/|/go/src/")
_MOST_MESSAGE_LINES = 12


class Locator:
    """Finds printed paths inside one repository; remembers what it asked the file system."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._seen: dict[str, str] = {}

    def path(self, printed: str, *, folder: str = "") -> str:
        """The path relative to the root, or an empty text for what lies outside of it.

        `folder` is where relative paths start, relative to the root. Text that was pasted from
        another machine is matched by the longest ending of the path that exists here.
        """
        key = f"{folder}\0{printed}"
        if key not in self._seen:
            self._seen[key] = self._find(printed.strip().removeprefix("file://"), folder)
        return self._seen[key]

    def frame(
        self, printed: str, line: str | int, function: str = "", *, folder: str = ""
    ) -> Frame | None:
        """The place inside the repository, or None."""
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
    """Lines as a message: only the first few, without what all of them are indented by."""
    text = textwrap.dedent("\n".join(line.rstrip() for line in lines)).strip("\n").splitlines()
    kept = text[:_MOST_MESSAGE_LINES]
    if len(text) > len(kept):
        kept.append(f"... {len(text) - len(kept)} more lines")
    return "\n".join(kept).strip()
