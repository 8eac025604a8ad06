"""The file of a search index: an SQLite database with a full-text table, private to the user.

A document is the content of a file, recorded once however many paths and branches have it. The file
can be deleted at any time; a damaged one, or one of another schema, is.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from assistant.private import name_of

_SCHEMA = 1
"""Increases with every change of the tables, or of what is recorded in them."""
_WAIT = 2.0
"""Seconds to wait for the lock of another process."""
_CACHE = 32_768
"""KiB of pages that a writer keeps."""

_TABLES = """
CREATE TABLE documents (id INTEGER PRIMARY KEY, blob BLOB NOT NULL UNIQUE);
CREATE TABLE files (
    path BLOB PRIMARY KEY,
    document INTEGER NOT NULL,
    stamp TEXT NOT NULL,
    tracked INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_by_document ON files (document);
CREATE TABLE symbols (
    name TEXT NOT NULL,
    document INTEGER NOT NULL,
    kind TEXT NOT NULL,
    line INTEGER NOT NULL,
    signature TEXT NOT NULL
);
CREATE INDEX symbols_by_name ON symbols (name);
CREATE VIRTUAL TABLE words USING fts5 (
    defined, names, body, content = '', tokenize = "ascii tokenchars '_'"
);
CREATE VIRTUAL TABLE frequencies USING fts5vocab (words, row);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
"""`files.tracked` is 1 if git's index says what the content is, so that only a change of the index
can change it. Otherwise the content is that of a file with this stamp."""


def database_file(state_dir: Path, root: Path) -> Path:
    """Where the index of a working tree is kept."""
    return state_dir / "search" / f"{name_of(root)}.db"


@contextlib.contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads. Raises sqlite3.Error, also if there is no index yet."""
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=_WAIT)
    try:
        _require_schema(connection)
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def writing(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection that writes, to a database that is made or made again if need be.

    Raises sqlite3.Error and OSError, for instance if the folder cannot be written.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.parent.stat().st_mode & 0o077:
        file.parent.chmod(0o700)
    connection = _opened(file)
    try:
        yield connection
    finally:
        connection.close()


def discard(file: Path) -> None:
    """Deletes a database."""
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            file.with_name(file.name + suffix).unlink(missing_ok=True)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error means that the file is no usable database."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError
    )


def _opened(file: Path) -> sqlite3.Connection:
    try:
        return _connected(file)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        discard(file)
        return _connected(file)


def _connected(file: Path) -> sqlite3.Connection:
    # SQLite gives its other files the permissions of this one.
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))
    connection = sqlite3.connect(file, timeout=_WAIT, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("PRAGMA user_version").fetchone() == (0,):
            for statement in filter(None, map(str.strip, _TABLES.split(";\n"))):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_SCHEMA}")
        _require_schema(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _require_schema(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != _SCHEMA:
        raise sqlite3.DatabaseError(f"schema {version}")
