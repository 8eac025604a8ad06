"""Finds what of a selection, and of a repository, should not be read without a question."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

from assistant.context.bundle import Selected
from assistant.context.selecting import resolve, text_or_none
from assistant.credentials.finding import Found, find
from assistant.errors import ContextError, RepositoryError
from assistant.repo.files import FileEntry, FileKind, TextFile
from assistant.repo.git import Repository
from assistant.repo.parsing import units_of
from assistant.repo.paths import is_secret_path
from assistant.repo.snapshot import ignored_files
from assistant.sanitize import sanitize_line

_MOST_FILES = 50
_MOST_LISTED = 3
_MOST_OF_FOLDERS = 16 * 2**20
"""Bytes of selected folders that are searched, smallest files first: about a second."""
_LONGEST_VALUE = 4096
_LEAST_VALUE = 6
"""Characters: shorter values of secret files also occur where they mean something else."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A file that is secret by its name, or a line that looks like a key."""

    path: str
    line: int
    """0 for the whole file."""
    kind: str
    """What the line looks like; empty for the whole file."""

    @property
    def text(self) -> str:
        """For people: where it is and why, without the secret."""
        if not self.line:
            return f"{sanitize_line(self.path)} is a file for secrets by its name"
        return f"{sanitize_line(self.path)}:{self.line} looks like it has a secret ({self.kind})"


def listed(found: Sequence[Sighting]) -> str:
    """The first of several, on one line."""
    more = f"; and {len(found) - _MOST_LISTED} more" if len(found) > _MOST_LISTED else ""
    return "; ".join(each.text for each in found[:_MOST_LISTED]) + more


def sightings(repository: Repository, selection: Sequence[Selected]) -> tuple[Sighting, ...]:
    """What asks for a confirmation before the selected files, units and folders are read.

    Of folders, the files that are secret by their names are not read and not asked for. Raises
    RepositoryError where a folder cannot be listed.
    """
    found: dict[Sighting, None] = {}
    for item, file in _selected_files(repository, selection):
        if is_secret_path(item.path):
            found[Sighting(item.path, 0, "")] = None
        elif file is not None:
            lines = (Sighting(item.path, each.line, each.kind) for each in _secrets(file, item))
            found |= dict.fromkeys(lines)
    return tuple(found)


def values_in(repository: Repository, selection: Sequence[Selected], *said: str) -> frozenset[str]:
    """The secrets of a selection, for which `sightings` asks, and of what the user has `said`.

    Raises RepositoryError where a folder cannot be listed.
    """
    found = {text[each.start : each.end] for text in said for each in find(text)}
    for item, file in _selected_files(repository, selection):
        if file is not None:
            found |= {file.text[each.start : each.end] for each in _secrets(file, item)}
    return frozenset(found)


def has_folders(repository: Repository, selection: Sequence[Selected]) -> bool:
    """Whether the search for secrets in a selection takes long enough to be noticed."""
    return any(not _is_file(repository, item.path) for item in selection)


class SecretValues:
    """The values in the secret files of a repository, ignored ones included. Thread-safe.

    Files are listed once, and at the root of the repository each time; changed ones are read again.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._listed: tuple[str, ...] | None = None
        self._read: dict[str, tuple[tuple[int, int], frozenset[str]]] = {}
        self._lock = Lock()

    def __call__(self) -> frozenset[str]:
        with self._lock:
            found = (self._values(path) for path in self._paths())
            return frozenset().union(*found)

    def _values(self, path: str) -> frozenset[str]:
        try:
            info = os.lstat(self._repository.root / path)
        except OSError:
            return frozenset()
        stamp = (info.st_mtime_ns, info.st_size)
        if path not in self._read or self._read[path][0] != stamp:
            file = text_or_none(self._repository, path)
            text = file.text if file is not None else ""
            values = (text[each.start : each.end] for each in find(text, secret_file=True))
            fit = frozenset(each for each in values if _LEAST_VALUE <= len(each) <= _LONGEST_VALUE)
            self._read[path] = (stamp, fit)
        return self._read[path][1]

    def _paths(self) -> list[str]:
        root = self._repository.root
        try:
            if self._listed is None:
                listed = [entry.path for entry in self._repository.snapshot().files]
                listed += ignored_files(self._repository.git)
                self._listed = tuple(filter(is_secret_path, listed))
            there = [each.name for each in root.iterdir() if is_secret_path(each.name)]
        except (OSError, RepositoryError):
            there = []
        return list(dict.fromkeys([*(self._listed or ()), *there]))[:_MOST_FILES]


def _selected_files(
    repository: Repository, selection: Sequence[Selected]
) -> Iterator[tuple[Selected, TextFile | None]]:
    """The selected files and units, then the files of selected folders; None for what cannot be
    read: building the context says why."""
    files = [item for item in selection if _is_file(repository, item.path)]
    for item in files:
        yield item, text_or_none(repository, item.path)
    if len(files) < len(selection):
        for entry in _below(repository, selection):
            yield Selected(entry.path), text_or_none(repository, entry.path)


def _below(repository: Repository, selection: Sequence[Selected]) -> Iterator[FileEntry]:
    """Files of selected folders, as many as are searched, by path."""
    entries = sorted(
        resolve(selection, repository.snapshot()).below, key=lambda entry: (entry.size, entry.path)
    )
    room, found = _MOST_OF_FOLDERS, []
    for entry in entries:
        room -= entry.size
        if room < 0:
            break
        found.append(entry)
    yield from sorted(found, key=lambda entry: entry.path)


def _secrets(file: TextFile, item: Selected) -> Iterator[Found]:
    """The secrets of a file, or of the selected unit, which may no longer be there."""
    first, last = 1, len(file.text)
    if item.unit:
        unit = next((each for each in units_of(file) if each.name == item.unit), None)
        first, last = (unit.start, unit.end) if unit is not None else (1, 0)
    for each in find(file.text, secret_file=is_secret_path(file.path)):
        if first <= each.line <= last:
            yield each


def _is_file(repository: Repository, path: str) -> bool:
    try:
        return repository.kind(path) is not FileKind.ABSENT
    except ContextError:
        return False
