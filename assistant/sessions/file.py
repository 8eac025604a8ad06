"""One session in one file: a line of JSON for each record, appended when it happens.

A process that is killed loses at most the line it was writing: a line is written by one call, ends
with a line feed, and what follows an incomplete line starts a line of its own. Reading skips what
is incomplete, damaged or of a kind that this version does not know.

    {"kind": "session", "format": 1, "id": …, "root": …}
    {"kind": "content", "id": …, "data": …}          compressed bytes that records refer to
    {"kind": "task", "time": …, "record": {…}}

Only the owner may read it. It holds what a task changed and answered, as `sent/` holds prompts.
"""

import fcntl
import hashlib
import json
import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.sessions.codec import Damaged, decoded, encoded
from assistant.sessions.records import KINDS, NAMES, Record

FORMAT = 1
"""Files of a higher format are listed but not read."""
LARGEST = 32 * 2**20
"""Bytes of one session; what matters least is dropped when it is full."""
_START = b'{"kind": "'
CONTENT = "content"
"""Kind of the lines with bytes that records refer to."""
APPLIED = b'"verb": "applied"'
"""Part of the line of a write that ended a review."""
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_APPEND = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class Entry:
    """A record, and when it was written, in seconds since the epoch."""

    time: float
    record: Record


def lines_of(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Kind and line of everything in a session's file that is complete, in order.

    The line itself is not parsed.
    """
    whole, _, _ = data.rpartition(b"\n")
    for line in whole.split(b"\n"):
        if line.startswith(_START) and line.endswith(b"}"):
            yield line[len(_START) :].split(b'"', 1)[0].decode("ascii", "replace"), line


def parsed(line: bytes) -> dict[str, Any]:
    """A line as JSON; empty if it is damaged."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_entries(data: bytes) -> tuple[Entry, ...]:
    """The records of a session's file, oldest first."""
    contents: dict[str, bytes] = {}
    entries = []
    for kind, line in lines_of(data):
        row = parsed(line)
        if kind == CONTENT:
            _take_content(row, contents)
        elif kind in KINDS and (entry := _entry(kind, row, contents)) is not None:
            entries.append(entry)
    return tuple(entries)


def _take_content(row: dict[str, Any], contents: dict[str, bytes]) -> None:
    try:
        data = zlib.decompress(b64decode(row["data"], validate=True))
    except (KeyError, TypeError, ValueError, zlib.error):
        return
    if _digest(data) == row.get("id"):
        contents[row["id"]] = data


def _entry(kind: str, row: dict[str, Any], contents: dict[str, bytes]) -> Entry | None:
    def fetch(name: str) -> bytes:
        if name not in contents:
            raise Damaged(f"no content {name}")
        return contents[name]

    time = row.get("time")
    if not isinstance(time, int | float) or isinstance(time, bool):
        return None
    try:
        return Entry(time, decoded(KINDS[kind], row.get("record"), fetch))
    except Damaged:
        return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


class SessionFile:
    """A session that is open for writing, in this process only."""

    def __init__(self, path: Path, clock: Callable[[], float], largest: int = LARGEST) -> None:
        """Opens an existing file. Raises OSError; BlockingIOError if another process has it."""
        self.path = path
        self._clock = clock
        self._largest = largest
        self._fd = locked(path)
        self._contents = _contents_of(path)

    @classmethod
    def create(
        cls, path: Path, root: Path, clock: Callable[[], float], largest: int = LARGEST
    ) -> "SessionFile":
        """Creates the file, which must not exist. Raises OSError."""
        header = {
            "kind": "session",
            "format": FORMAT,
            "id": path.stem,
            "root": os.fsencode(root).hex(),
            "time": clock(),
        }
        with os.fdopen(os.open(path, _CREATE, 0o600), "wb") as file:
            file.write(_line(header))
        return cls(path, clock, largest)

    def add(self, record: Record) -> bool:
        """Appends a record. Returns False if it is too large to be kept. Raises OSError."""
        new: list[bytes] = []
        names: set[str] = set()

        def keep(data: bytes) -> str:
            name = _digest(data)
            if name not in self._contents and name not in names:
                names.add(name)
                text = b64encode(zlib.compress(data, 1)).decode("ascii")
                new.append(_line({"kind": CONTENT, "id": name, "data": text}))
            return name

        data = encoded(record, keep)
        new.append(_line({"kind": NAMES[type(record)], "time": self._clock(), "record": data}))
        size = sum(map(len, new))
        if size > self._largest // 2:
            return False
        if self._shorten_for(size):
            return self.add(record)  # what it refers to may be gone
        self._heal()
        for line in new:
            self._write(line)
        self._contents |= names
        return True

    def close(self) -> None:
        """Closes the file, which unlocks it."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write(self, line: bytes) -> None:
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(self._fd, rest) :]

    def _heal(self) -> None:
        """Ends an incomplete last line, so that the next one is not part of it.

        A line that lacks only its line feed was not read until now, and is not from now on.
        """
        size = os.fstat(self._fd).st_size
        if size and os.pread(self._fd, 1, size - 1) != b"\n":
            os.write(self._fd, b"~\n")

    def _shorten_for(self, size: int) -> bool:
        """Makes room for more bytes. Returns False if there is room, or no more can be made."""
        before = os.fstat(self._fd).st_size
        if before + size <= self._largest:
            return False
        from assistant.sessions.shortening import shortened

        data = shortened(self.path.read_bytes(), self._largest // 2)
        if len(data) >= before:
            return False
        part = self.path.with_suffix(".part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, _CREATE, 0o600), "wb") as file:
            file.write(data)
        fd = locked(part)
        part.replace(self.path)
        self.close()
        self._fd = fd
        self._contents = _contents_of(self.path)
        return True


def locked(path: Path) -> int:
    """Opens a file for this process only; closing unlocks it. Raises OSError."""
    fd = os.open(path, _APPEND)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise
    return fd


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row).encode("ascii") + b"\n"


def _contents_of(path: Path) -> set[str]:
    """The names of the contents in a file."""
    contents: dict[str, bytes] = {}
    for kind, line in lines_of(path.read_bytes()):
        if kind == CONTENT:
            _take_content(parsed(line), contents)
    return set(contents)
