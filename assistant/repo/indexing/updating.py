"""Brings a search index up to date with the working tree.

Only contents that the index has never seen are read. An interrupted update keeps what it has read;
until one is complete, the index says that it is not current.
"""

import contextlib
import hashlib
import os
import sqlite3
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from filelock import FileLock, Timeout

from assistant.errors import ContextError
from assistant.repo.command import Git
from assistant.repo.indexing.contents import EMPTY, Contents, read_contents, stems
from assistant.repo.indexing.database import discard, is_damage, writing
from assistant.repo.indexing.listing import Present, index_stamp, list_present
from assistant.repo.reading import read_bytes

CURRENT = "index"
"""Name of the fact that holds the stamp of git's index at the last complete update."""
_BATCH = 100
"""Files that are read, and committed, together."""
_WINDOW = 6
"""Batches that are read ahead of what is written."""
_UNUSED = 20_000
"""Documents without a file that are kept at least, for branches that come back."""

Report: TypeAlias = Callable[[int, int], None]
"""Takes how many files were read and how many there are to read."""
_Read: TypeAlias = tuple[Present, bytes, Contents]


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be done for an index to be current."""

    known: Sequence[tuple[Present, int]]
    """Files whose content is a document already."""
    unread: Sequence[Present]
    gone: Sequence[str]


def update(
    file: Path,
    git: Git,
    git_dir: Path,
    *,
    most: int = sys.maxsize,
    pool: Executor | None = None,
    report: Report = lambda _done, _total: None,
) -> bool:
    """Updates the index in `file`, and makes it if there is none. Whether it is current then.

    It is not if more than `most` files would have to be read, or if another process is updating it.
    A damaged index is deleted and made again. Raises sqlite3.Error and OSError if the folder cannot
    be written, and RepositoryError.
    """
    with contextlib.ExitStack() as stack:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            stack.enter_context(FileLock(f"{file}.lock", timeout=0, mode=0o600))
        except Timeout:
            return False
        try:
            return _update(file, git, git_dir, most, pool, report)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            discard(file)
            return _update(file, git, git_dir, most, pool, report)


def _update(
    file: Path, git: Git, git_dir: Path, most: int, pool: Executor | None, report: Report
) -> bool:
    with writing(file) as connection:
        stamp = index_stamp(git_dir)
        work = _work(connection, list(list_present(git, git_dir)))
        if len(work.unread) > most:
            return False
        if pool is not None and _is_bloated(connection):
            connection.close()
            discard(file)
            return _update(file, git, git_dir, most, pool, report)
        with _transaction(connection):
            connection.execute("DELETE FROM facts WHERE name = ?", (CURRENT,))
            connection.executemany(
                "DELETE FROM files WHERE path = ?", ((os.fsencode(path),) for path in work.gone)
            )
            _assign(connection, [(each, at, bool(each.blob)) for each, at in work.known])
        done = 0
        for batch in _batches(connection, git.folder, work.unread, pool):
            with _transaction(connection):
                _assign(connection, [_recorded(connection, *each) for each in batch])
            done += _BATCH
            report(min(done, len(work.unread)), len(work.unread))
        with _transaction(connection):
            connection.execute("INSERT INTO facts VALUES (?, ?)", (CURRENT, stamp))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return True


def _work(connection: sqlite3.Connection, present: Sequence[Present]) -> _Work:
    recorded = {
        path: (blob, stamp, tracked)
        for path, blob, stamp, tracked in connection.execute(
            "SELECT path, blob, stamp, tracked FROM files JOIN documents ON id = document"
        )
    }
    known: list[tuple[Present, int]] = []
    unread: list[Present] = []
    for each in present:
        blob, stamp, tracked = recorded.pop(os.fsencode(each.path), (b"", "", 0))
        if each.blob and each.blob == blob and tracked:
            continue
        if stamp == each.stamp and not tracked and each.blob != blob:
            continue
        content = each.blob or (blob if stamp == each.stamp else b"")
        document = _known(connection, content)
        if document is None:
            unread.append(each)
        else:
            known.append((each, document))
    return _Work(known, unread, [os.fsdecode(path) for path in recorded])


def _known(connection: sqlite3.Connection, blob: bytes) -> int | None:
    if not blob:
        return None
    row = connection.execute("SELECT id FROM documents WHERE blob = ?", (blob,)).fetchone()
    return None if row is None else int(row[0])


def _is_bloated(connection: sqlite3.Connection) -> bool:
    """Whether most of the index are documents of files that are gone."""
    (all_of_them,) = connection.execute("SELECT count(*) FROM documents").fetchone()
    (used,) = connection.execute("SELECT count(DISTINCT document) FROM files").fetchone()
    return bool(all_of_them - used > max(_UNUSED, 2 * used))


def _batches(
    connection: sqlite3.Connection, root: Path, unread: Sequence[Present], pool: Executor | None
) -> Iterator[Sequence[_Read]]:
    """The contents of files, some at a time, in their order."""
    parts = [unread[at : at + _BATCH] for at in range(0, len(unread), _BATCH)]
    if pool is None or len(parts) <= _WINDOW:
        known = partial(_known, connection)
        yield from (_read(root, part, known) for part in parts)
        return
    running: deque[Future[list[_Read]]] = deque()
    for part in parts:
        running.append(pool.submit(_read, root, part))
        if len(running) >= _WINDOW:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


def _read(
    root: Path, batch: Sequence[Present], known: Callable[[bytes], int | None] = lambda _: None
) -> list[_Read]:
    """The files of a batch, with their object ids; without those that are gone in the meantime.

    The contents of known objects are left empty.
    """
    found = []
    for each in batch:
        try:
            data = read_bytes(root, each.path)
        except (ContextError, OSError):
            continue
        blob = _blob_id(data, len(each.blob))
        found.append((each, blob, EMPTY if known(blob) else read_contents(each.path, data)))
    return found


def _blob_id(data: bytes, size: int) -> bytes:
    """Git's object id of a content, with the hash function whose digests have this size."""
    digest = hashlib.sha256() if size == 32 else hashlib.sha1(usedforsecurity=False)
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.digest()


def _recorded(
    connection: sqlite3.Connection, present: Present, blob: bytes, contents: Contents
) -> tuple[Present, int, bool]:
    """A file with its document, which is written unless it is known, and whether git says so."""
    document = _known(connection, blob)
    if document is None:
        document = _write(connection, blob, contents)
    return present, document, blob == present.blob


def _write(connection: sqlite3.Connection, blob: bytes, contents: Contents) -> int:
    document = connection.execute("INSERT INTO documents (blob) VALUES (?)", (blob,)).lastrowid
    assert document is not None  # noqa: S101 - an insert has one
    connection.executemany(
        "INSERT INTO symbols VALUES (?, ?, ?, ?, ?)",
        ((s.name, document, s.kind, s.line, s.signature) for s in contents.symbols),
    )
    defined = stems(" ".join({symbol.name for symbol in contents.symbols}))
    connection.execute(
        "INSERT INTO words (rowid, defined, names, body) VALUES (?, ?, ?, ?)",
        (document, defined, contents.names, contents.body),
    )
    return document


def _assign(connection: sqlite3.Connection, found: Sequence[tuple[Present, int, bool]]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
        (
            (os.fsencode(each.path), document, each.stamp, int(tracked))
            for each, document, tracked in found
        ),
    )


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
