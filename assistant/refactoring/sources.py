"""Reads the files of a repository that contain a name, as they are or as a candidate has them."""

import re
from collections.abc import Iterator
from types import MappingProxyType

from assistant.errors import ContextError
from assistant.refactoring.values import Overlay
from assistant.repo.files import FileState, TextFile
from assistant.repo.git import Repository
from assistant.repo.paths import is_generated_path
from assistant.repo.reading import text_file
from assistant.repo.search import INDEXED_FROM, containing

_LARGEST = 2_000_000
"""Bytes; larger files are not searched."""


class Sources:
    """The text files of a repository, each read once."""

    def __init__(self, repository: Repository, overlay: Overlay = MappingProxyType({})) -> None:
        self.root = repository.root
        self._repository = repository
        self._overlay = overlay
        self._files: dict[str, TextFile | None] = {}
        self._paths: tuple[str, ...] | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of files that may be searched, sorted; ignored and generated ones are not."""
        if self._paths is None:
            listed = {
                entry.path
                for entry in self._repository.snapshot().files
                if entry.state is not FileState.DELETED and entry.size <= _LARGEST
            }
            listed |= {path for path, data in self._overlay.items() if data is not None}
            listed -= {path for path, data in self._overlay.items() if data is None}
            self._paths = tuple(sorted(path for path in listed if not is_generated_path(path)))
        return self._paths

    def file(self, path: str) -> TextFile | None:
        """The file; None if it is binary, absent or cannot be read."""
        if path not in self._files:
            self._files[path] = self._read(path)
        return self._files[path]

    def with_word(self, word: str, suffixes: tuple[str, ...] = ()) -> Iterator[TextFile]:
        """The files, by path, that contain a word; only those that end in one of `suffixes`."""
        inside = word.encode()
        pattern = re.compile(rf"(?<![\w$]){re.escape(word)}(?![\w$])")
        for path in self._likely(word):
            if suffixes and not path.endswith(suffixes):
                continue
            file = self.file(path)
            if file is not None and inside in file.data and pattern.search(file.text):
                yield file

    def _likely(self, word: str) -> Iterator[str]:
        """The paths of a small repository; of a large one those where git finds the word."""
        if len(self.paths) < INDEXED_FROM:
            return iter(self.paths)
        found = self._overlay.keys() | set(containing(self._repository.git, word))
        return (path for path in self.paths if path in found)

    def _read(self, path: str) -> TextFile | None:
        if path in self._overlay:
            data = self._overlay[path]
            return None if data is None else text_file(path, data)
        try:
            return self._repository.text(path)
        except ContextError:
            return None


def occurrences(text: str, word: str) -> Iterator[tuple[int, int, int]]:
    """Offset, 1-based line and 0-based column of each occurrence of a word, in characters."""
    ends = [match.end() for match in re.finditer("\r\n|\n|\r", text)]
    line, begin = 0, 0
    for match in re.finditer(rf"(?<![\w$]){re.escape(word)}(?![\w$])", text):
        while line < len(ends) and ends[line] <= match.start():
            begin = ends[line]
            line += 1
        yield match.start(), line + 1, match.start() - begin


def looks_like_code(text: str, start: int, word: str) -> bool:
    """Whether a name in prose is meant as one: it is no plain word, quoted, dotted or called."""
    if not re.fullmatch("[a-z]+|[A-Z][a-z]+", word):
        return True
    before, after = text[max(0, start - 1) : start], text[start + len(word) :][:1]
    return before in ("`", ".") or after in ("`", "(")
