"""Asks the search index of a working tree which files a task may be about.

Every answer is None if there is no index, if it is not current, or if it cannot be read: then
`search` asks git instead.
"""

import math
import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from assistant.errors import RepositoryError
from assistant.repo.command import Git
from assistant.repo.files import FileEntry, FileState
from assistant.repo.indexing.database import (
    database_file,
    discard,
    is_damage,
    reading,
)
from assistant.repo.indexing.listing import index_stamp, is_recorded, stamp_at
from assistant.repo.indexing.updating import CURRENT, update
from assistant.repo.reading import TEXT_LIMIT

MOST_FOUND = 500
"""Files that one task is about at most."""
_MOST_UNREAD = 500
"""Contents that are read to make the index current when it is asked."""
_MOST_DEFINING = 100
"""A name with more definitions says little about the place."""
_MOST_NAMED = 30
_FEW = 10
"""The same for a word that may be a name."""
_MOST_MATCHES = 20_000
"""Files that the words of a task may have together: BM25 weighs each, and frequent words say
little."""
_MOST_NAMES = 40
_WEIGHTS = (4.0, 2.0, 1.0)
"""Of words in names of definitions, of names, and of all words."""
_DEFINES = 1_000.0
"""Score of a file that defines a name of the task."""
_MIN_WORD = 3


@dataclass(frozen=True, slots=True)
class Found:
    """The files that a task may be about."""

    scores: Mapping[str, float]
    """By path, at most MOST_FOUND. Files that the index does not have yet are among them."""
    defining: Sequence[str]
    """Those that define a name that is written as code, at most _MOST_NAMED, likeliest first."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name is defined."""

    path: str
    kind: str
    line: int
    """1-based."""
    signature: str
    """The line that defines it."""


class SearchIndex:
    """The index of one working tree. Thread-safe: each call has its own connection."""

    def __init__(self, git: Git, git_dir: Path, state_dir: Path) -> None:
        self._git = git
        self._git_dir = git_dir
        self.file = database_file(state_dir, git.folder)

    def is_current(self) -> bool:
        """Whether nothing was checked out, added or committed since the last update."""
        stamp = index_stamp(self._git_dir)
        with _Quietly(self.file), reading(self.file) as connection:
            row = connection.execute("SELECT value FROM facts WHERE name = ?", (CURRENT,))
            return bool(row.fetchone() == (stamp,))
        return False

    def has(self, name: str) -> bool:
        """Whether a file surely has this name. That none is known does not mean that none has."""
        with _Quietly(self.file), reading(self.file) as connection:
            row = connection.execute(
                "SELECT 1 FROM words JOIN files ON document = words.rowid WHERE words MATCH ?",
                (f'names : "{name}"',),
            )
            return row.fetchone() is not None
        return False

    def find(
        self,
        entries: Sequence[FileEntry],
        names: Mapping[str, float],
        stems: Iterable[str],
        mentioned: Iterable[str] = (),
    ) -> Found | None:
        """The files of these entries that names, stems and ends of paths in a task point to.

        Every file that defines one of the names is among them, unless there are too many. The
        weight of a name is 1 if it is written as code, and less for a word that may be one.
        """
        with _Quietly(self.file):
            if not self._made_current():
                return None
            with reading(self.file) as connection:
                changed = self._changed(connection, entries)
                if len(changed) > MOST_FOUND // 2:
                    return None
                paths = [entry.path for entry in entries]
                found = _find(connection, paths, names, tuple(stems), tuple(mentioned))
                scores = {**found.scores, **dict.fromkeys(changed, _DEFINES)}
                return Found(scores, found.defining)
        return None

    def definitions(self, name: str) -> tuple[Definition, ...] | None:
        """Where a name is defined, at most _MOST_DEFINING places, by path."""
        with _Quietly(self.file):
            if not self._made_current():
                return None
            with reading(self.file) as connection:
                rows = connection.execute(
                    "SELECT path, kind, line, signature FROM symbols JOIN files USING (document)"
                    " WHERE name = ? ORDER BY path, line LIMIT ?",
                    (name, _MOST_DEFINING),
                )
                return tuple(Definition(os.fsdecode(path), *rest) for path, *rest in rows)
        return None

    def _made_current(self) -> bool:
        """Whether the index is current, after a small update if need be; it is never made here."""
        if not self.file.exists():
            return False
        if self.is_current():
            return True
        return update(self.file, self._git, self._git_dir, most=_MOST_UNREAD)

    def _changed(
        self, connection: sqlite3.Connection, entries: Sequence[FileEntry]
    ) -> Sequence[str]:
        """Files whose content in the working tree is not the one that the index has."""
        stamps = {
            os.fsdecode(path): stamp
            for path, stamp in connection.execute("SELECT path, stamp FROM files WHERE NOT tracked")
        }
        doubtful = [entry for entry in entries if entry.state is not FileState.TRACKED]
        if stamps:
            doubtful += [entry for entry in entries if entry.path in stamps]
        return [
            entry.path
            for entry in dict.fromkeys(doubtful)
            if entry.state is not FileState.DELETED
            and entry.size <= TEXT_LIMIT
            and is_recorded(entry.path)
            and stamps.get(entry.path) != stamp_at(self._git.folder, entry.path)
        ]


def _find(
    connection: sqlite3.Connection,
    paths: Sequence[str],
    names: Mapping[str, float],
    stems: Sequence[str],
    mentioned: Sequence[str],
) -> Found:
    (files,) = connection.execute("SELECT count(*) FROM files").fetchone()
    frequency = {stem: _frequency(connection, stem) for stem in stems}
    scores: dict[str, float] = defaultdict(float)
    wanted = sorted(names, key=lambda name: (-names[name], -len(name)))[:_MOST_NAMES]
    defining: set[str] = set()
    for name in wanted:
        in_code = names[name] >= 1
        found = _defining(connection, name, _MOST_DEFINING if in_code else _FEW)
        defining |= set(found) if in_code else set()
        for path in found:
            scores[path] += _DEFINES * names[name]
    most = 2 * MOST_FOUND if len(paths) > files // 2 else -1  # the best may be elsewhere
    for path, score in _matching(connection, wanted, frequency, most):
        scores[path] += score
    joined = "\0".join(paths).lower()
    for stem in stems:
        if len(stem) >= _MIN_WORD and 0 < (count := joined.count(stem)) <= MOST_FOUND:
            for at in _parts_with(joined, stem):
                scores[paths[at]] += math.log(len(paths) / count)
    for end in mentioned:
        if joined.count(end.lower()) <= MOST_FOUND:
            for at in _parts_with(joined, end.lower()):
                scores[paths[at]] += _DEFINES if paths[at].endswith(end) else 0.0
    there = set(paths)
    best = sorted((path for path in scores if path in there), key=lambda path: -scores[path])
    kept = {path: scores[path] for path in best[:MOST_FOUND]}
    return Found(kept, [path for path in kept if path in defining][:_MOST_NAMED])


def _frequency(connection: sqlite3.Connection, term: str) -> int:
    row = connection.execute("SELECT doc FROM frequencies WHERE term = ?", (term,)).fetchone()
    return 0 if row is None else int(row[0])


def _folded(name: str) -> str:
    """A name as the tokenizer of the index writes it."""
    return name.encode("utf-8", "replace").lower().decode()


def _defining(connection: sqlite3.Connection, name: str, most: int) -> list[str]:
    rows = connection.execute(
        "SELECT DISTINCT path FROM symbols JOIN files USING (document) WHERE name = ? LIMIT ?",
        (name, most + 1),
    ).fetchall()
    return [os.fsdecode(path) for (path,) in rows] if len(rows) <= most else []


def _matching(
    connection: sqlite3.Connection, names: Sequence[str], frequency: Mapping[str, int], most: int
) -> Iterator[tuple[str, float]]:
    """Files with names and words of a task, with their BM25. The rarest words decide."""
    terms = {f'names : "{name}"': _frequency(connection, _folded(name)) for name in names}
    terms |= {f'{{defined body}} : "{stem}"': count for stem, count in frequency.items()}
    chosen: list[str] = []
    matches = 0
    for term, count in sorted(terms.items(), key=lambda each: each[1]):
        if not count or matches + count > _MOST_MATCHES:
            continue
        chosen.append(term)
        matches += count
    if not chosen:
        return
    rows = connection.execute(
        "SELECT path, -bm25(words, ?, ?, ?) FROM words JOIN files ON document = words.rowid"
        " WHERE words MATCH ? ORDER BY 2 DESC LIMIT ?",
        (*_WEIGHTS, " OR ".join(chosen), most),
    )
    for path, score in rows:
        yield os.fsdecode(path), score


def _parts_with(joined: str, stem: str) -> set[int]:
    """Numbers of the parts, separated by NUL, that contain a word."""
    found: set[int] = set()
    part = last = 0
    at = joined.find(stem)
    while at >= 0:
        part += joined.count("\0", last, at)
        found.add(part)
        last, at = at, joined.find(stem, at + 1)
    return found


class _Quietly:
    """Ends the block at an error of the database, which is deleted if it is damaged."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, sqlite3.Error) and is_damage(error):
            discard(self._file)
        return isinstance(error, sqlite3.Error | OSError | RepositoryError)
