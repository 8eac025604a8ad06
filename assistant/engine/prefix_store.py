"""The prefix cache on disk: token ids with their keys and values.

One folder per model and number format, private to the user and limited in size. An unreadable or
damaged entry counts as a miss and is removed. A failed write is no error: the cache only saves
time.
"""

import contextlib
import hashlib
import json
import os
import struct
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"assistant prefix 1\n"
_HEADER_LIMIT = 4096
_LIMIT_BYTES = 2**30
_WORTH_STORING = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored prefix without its values."""

    path: Path
    ids: tuple[int, ...]
    shape: tuple[int, ...]
    """Shape of the values: [layers, 2, heads, tokens, head_dim]."""
    checksum: int
    start: int
    """Offset of the values in the file."""

    def common(self, ids: Sequence[int]) -> int:
        """Length of the common prefix with `ids`."""
        for at, (one, other) in enumerate(zip(self.ids, ids, strict=False)):
            if one != other:
                return at
        return min(len(self.ids), len(ids))


class PrefixStore:
    """The stored prefixes of one model."""

    def __init__(self, folder: Path, key: str, *, limit: int = _LIMIT_BYTES) -> None:
        """`key` names everything the values depend on: weights, number format, layout."""
        self._folder = folder / hashlib.sha256(key.encode()).hexdigest()[:32]
        self.limit = limit
        self._known: dict[str, Entry] = {}

    def best(self, ids: Sequence[int]) -> Entry | None:
        """The entry with the longest common prefix with `ids`, if any."""
        entries = self._entries()
        best = max(entries, key=lambda each: each.common(ids), default=None)
        return best if best is not None and best.common(ids) else None

    def load(self, entry: Entry) -> NDArray[np.float32] | None:
        """The entry's values; None if they are damaged, and the entry is removed."""
        with contextlib.suppress(OSError, ValueError):
            with entry.path.open("rb") as file:
                file.seek(entry.start)
                values = np.fromfile(file, np.float32)
            if zlib.crc32(values.data) == entry.checksum:
                os.utime(entry.path)
                return values.reshape(entry.shape)
        self._remove(entry.path)
        return None

    def save(self, ids: Sequence[int], values: NDArray[np.float32]) -> None:
        """Stores a prefix unless it is short or already stored; evicts the least recently used."""
        if len(ids) < _WORTH_STORING or values.nbytes > self.limit:
            return
        entries = self._entries()
        if any(each.common(ids) > len(ids) - _WORTH_STORING for each in entries):
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            for each in entries:
                if each.common(ids) == len(each.ids):  # a prefix of `ids`
                    self._remove(each.path)
            self._make_room(values.nbytes)
            self._write(ids, np.ascontiguousarray(values, np.float32))

    def _write(self, ids: Sequence[int], values: NDArray[np.float32]) -> None:
        raw_ids = np.asarray(ids, np.int32).tobytes()
        name = hashlib.sha256(raw_ids).hexdigest()[:32]
        header = json.dumps({"shape": values.shape, "checksum": zlib.crc32(values.data)}).encode()
        descriptor, temporary = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_MAGIC + struct.pack("<II", len(header), len(ids)) + header + raw_ids)
                values.tofile(file)
            Path(temporary).replace(self._folder / f"{name}.prefix")
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _entries(self) -> list[Entry]:
        found = {}
        for path in sorted(self._folder.glob("*.prefix")):
            try:
                found[path.name] = self._known.get(path.name) or _read_entry(path)
            except (OSError, ValueError, KeyError, TypeError, struct.error):
                self._remove(path)
        self._known = found
        return list(found.values())

    def _make_room(self, size: int) -> None:
        """Removes the leftovers of interrupted writes, and the least recently used entries."""
        for path in self._folder.glob(".*.part"):
            path.unlink(missing_ok=True)
        used = sorted(
            (file.stat().st_mtime, file.stat().st_size, file)
            for file in self._folder.parent.glob("*/*.prefix")
        )
        total = sum(entry[1] for entry in used) + size
        for _, bytes_, path in used:
            if total <= self.limit:
                break
            self._remove(path)
            total -= bytes_

    def _remove(self, path: Path) -> None:
        self._known.pop(path.name, None)
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _read_entry(path: Path) -> Entry:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError("unknown format")
        header, count = struct.unpack("<II", file.read(8))
        if header > _HEADER_LIMIT:
            raise ValueError("the header is too long")
        described: dict[str, Any] = json.loads(file.read(header))
        ids = _read_ids(file, count)
        start = file.tell()
    shape = tuple(int(each) for each in described["shape"])
    entry = Entry(path, ids, shape, int(described["checksum"]), start)
    expected = 4 * int(np.prod(shape, dtype=np.int64))
    if len(shape) != 5 or shape[3] != count or path.stat().st_size != start + expected:
        raise ValueError("values are missing")
    return entry


def _read_ids(file: BinaryIO, count: int) -> tuple[int, ...]:
    raw = file.read(4 * count)
    if len(raw) != 4 * count:
        raise ValueError("ids are missing")
    return tuple(np.frombuffer(raw, np.int32).tolist())
