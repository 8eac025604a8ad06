"""Stores the undo history, the journal of a running transaction, and the file contents of both.

Everything is under the user's state directory, private (0700, 0600), synced and limited in size.
"""

import errno
import hashlib
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from assistant.apply.origin import UNKNOWN, Origin
from assistant.apply.system import System, read_regular
from assistant.errors import ApplyError

_FORMAT = 1
_MAX_ENTRIES = 1_000
LIMIT = 256 * 10**6
"""Bytes of file contents that are kept where the user has set no limit."""
_JOURNAL = "journal.json"


class EntryState(Enum):
    APPLIED = "applied"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Image:
    """One version of a file."""

    digest: str
    """SHA-256 of the content, hexadecimal; the content is in the store."""
    mode: int | None
    """Permission bits; None for the defaults of a new file."""


@dataclass(frozen=True, slots=True)
class Step:
    """A path before and after a change; None means no file."""

    path: str
    before: Image | None
    after: Image | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One apply in the history."""

    id: str
    """Six digits, increasing."""
    title: str
    time: float
    """When it was applied, in seconds since the epoch."""
    state: EntryState
    steps: tuple[Step, ...]
    made: tuple[str, ...] = ()
    """Folders that it created, outermost first; an undo removes the empty ones."""
    parent: str = ""
    """Id of the last applied entry before it. A redo requires that entry to be applied last."""
    transaction: str = ""
    """Id of the transaction that last applied, undid or redid the entry."""
    origin: Origin = UNKNOWN

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(step.path for step in self.steps)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The journal record of a transaction. `entry` goes into the history on commit."""

    transaction: str
    steps: tuple[Step, ...]
    made: tuple[str, ...]
    """Folders that it creates, outermost first."""
    entry: Entry

    def temporary(self, index: int) -> str:
        """Name of the temporary file next to a step's file."""
        return f".assistant-{self.transaction}-{index}.tmp"


class Journal:
    """The undo store of one working tree."""

    def __init__(self, folder: Path, system: System, limit: int = LIMIT) -> None:
        """`limit` is how many bytes of file contents are kept; the last entry always is."""
        self._limit = limit
        self.folder = folder
        self._system = system
        self._objects = folder / "objects"
        self._entries = folder / "entries"

    def open(self) -> None:
        """Creates the folders. Raises ApplyError when the state directory cannot be written."""
        try:
            for folder in (self.folder.parent, self.folder, self._objects, self._entries):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if folder.stat().st_mode & 0o077:
                    folder.chmod(0o700)
            if not os.access(self.folder, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.folder))
        except OSError as error:
            raise ApplyError(
                f"The undo store {self.folder} cannot be written: {error.strerror}.",
                hint="Applying needs it. Check disk space and permissions, or set state_dir.",
            ) from error

    def put(self, data: bytes) -> str:
        """Stores bytes and returns their digest. Raises OSError."""
        digest = hashlib.sha256(data).hexdigest()
        if self._read(self._objects / digest) != data:
            self._write(self._objects, digest, data)
        return digest

    def get(self, digest: str) -> bytes:
        """Returns stored bytes. Raises ApplyError when they are missing or damaged."""
        data = self._read(self._objects / digest)
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            raise ApplyError(
                f"The content {digest[:12]} in the undo store is"
                f" {'missing' if data is None else 'damaged'}.",
                hint="Nothing was changed. Restore the file from git or a backup instead.",
            )
        return data

    def prepare(self, prepared: Prepared) -> None:
        """Writes and syncs the journal. Raises OSError."""
        record = {"format": _FORMAT, **asdict(prepared)}
        record["entry"] = _record(prepared.entry)
        self._write(self.folder, _JOURNAL, json.dumps(record).encode("ascii"))

    def prepared(self) -> Prepared | None:
        """The journal of an unfinished transaction, if any. Raises ApplyError if unreadable."""
        try:
            data = (self.folder / _JOURNAL).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _damaged(self.folder / _JOURNAL, error) from error
        try:
            record = json.loads(data)
            return Prepared(
                record["transaction"],
                tuple(_step(step) for step in record["steps"]),
                tuple(record["made"]),
                _entry(record["entry"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged(self.folder / _JOURNAL) from error

    @property
    def pending(self) -> bool:
        """True when a journal exists, readable or not."""
        return (self.folder / _JOURNAL).exists()

    def commit(self, entry: Entry) -> None:
        """Adds the entry to the history atomically, which commits the transaction."""
        self._write(self._entries, f"{entry.id}.json", json.dumps(_record(entry)).encode("ascii"))

    def committed(self, prepared: Prepared) -> bool:
        """True when the transaction is in the history. Raises OSError and ApplyError."""
        with suppress(FileNotFoundError):
            entry = self._load(self._entries / f"{prepared.entry.id}.json")
            return entry.transaction == prepared.transaction
        return False

    def finish(self) -> None:
        """Removes the journal: no transaction is running. Raises OSError."""
        at = self._system.folder(os.fsencode(self.folder))
        try:
            with suppress(FileNotFoundError):
                self._system.unlink(_JOURNAL, at)
            self._system.sync_folder(at)
        finally:
            os.close(at)

    def entries(self) -> tuple[Entry, ...]:
        """The history, oldest first, without unreadable entries."""
        found: list[Entry] = []
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            for file in sorted(self._entries.iterdir()):
                if file.suffix == ".json":
                    with suppress(OSError, ApplyError):
                        found.append(self._load(file))
        return tuple(found)

    def next_entry(self, title: str, steps: tuple[Step, ...], parent: str) -> Entry:
        """Returns an entry with the next id. `commit` adds it to the history."""
        last = max((int(path.stem) for path in self._entries.glob("[0-9]*.json")), default=0)
        return Entry(f"{last + 1:06}", title, time.time(), EntryState.APPLIED, steps, (), parent)

    def prune(self) -> None:
        """Removes the oldest entries over the limits, and unreferenced content.

        Does nothing while an entry is unreadable: its content may still be needed.
        """
        entries = list(reversed(self.entries()))
        if len(entries) < sum(1 for _ in self._entries.glob("*.json")):
            return
        sizes = {file.name: file.stat().st_size for file in self._objects.iterdir()}
        kept: set[str] = set()
        for index, entry in enumerate(entries):
            images = [image for step in entry.steps for image in (step.before, step.after)]
            needed = kept | {image.digest for image in images if image}
            total = sum(sizes.get(digest, 0) for digest in needed)
            if index >= _MAX_ENTRIES or (index and total > self._limit):
                (self._entries / f"{entry.id}.json").unlink(missing_ok=True)
            else:
                kept = needed
        for name in sizes.keys() - kept:
            (self._objects / name).unlink(missing_ok=True)

    def _load(self, file: Path) -> Entry:
        try:
            return _entry(json.loads(file.read_bytes()))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged(file) from error

    def _read(self, file: Path) -> bytes | None:
        try:
            return file.read_bytes()
        except FileNotFoundError:
            return None

    def _write(self, folder: Path, name: str, data: bytes) -> None:
        """Writes and syncs a file atomically."""
        system = self._system
        at = system.folder(os.fsencode(folder))
        temporary = f".{name}.{os.getpid()}.tmp"
        try:
            with suppress(FileNotFoundError):
                system.unlink(temporary, at)
            fd = system.open_new(temporary, at, 0o600)
            try:
                system.write_all(fd, data)
                system.fsync(fd)
            finally:
                os.close(fd)
            system.replace(temporary, name, at)
            system.sync_folder(at)
        except OSError:
            with suppress(OSError):
                system.unlink(temporary, at)
            raise
        finally:
            os.close(at)


def image_at(system: System, name: str, at: int) -> str | None:
    """SHA-256 of a regular file; None when the name is missing or not a regular file."""
    data = read_regular(system, name, at)
    return None if data is None else hashlib.sha256(data).hexdigest()


def _record(entry: Entry) -> dict[str, Any]:
    return {"format": _FORMAT, **asdict(entry), "state": entry.state.value}


def _entry(record: Mapping[str, Any]) -> Entry:
    if record["format"] != _FORMAT:
        raise ValueError(f"format {record['format']}")
    return Entry(
        id=str(int(record["id"])).zfill(6),
        title=str(record["title"]),
        time=float(record["time"]),
        state=EntryState(record["state"]),
        steps=tuple(_step(step) for step in record["steps"]),
        made=tuple(record["made"]),
        parent=str(record["parent"]),
        transaction=str(record["transaction"]),
        origin=Origin.read(record.get("origin", {})),
    )


def _step(record: Mapping[str, Any]) -> Step:
    return Step(str(record["path"]), _image(record["before"]), _image(record["after"]))


def _image(record: Mapping[str, Any] | None) -> Image | None:
    return None if record is None else Image(str(record["digest"]), record["mode"])


def _damaged(file: Path, error: OSError | None = None) -> ApplyError:
    if error is not None:
        message = f"The record {file} cannot be read: {error.strerror}."
        return ApplyError(message, hint="Nothing was changed. Try again.")
    return ApplyError(
        f"The record {file} is damaged.",
        hint="Nothing was changed. Move it away to continue; older entries can then not be undone.",
    )
