"""Owns what a repository looks like to the rest of the program: frozen facts, no I/O here."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class FileState(Enum):
    """Of a path, against HEAD; the strongest that applies."""

    TRACKED = "tracked"
    CHANGED = "changed"
    STAGED = "staged"
    UNTRACKED = "untracked"
    IGNORED = "ignored"
    DELETED = "deleted"
    UNMERGED = "unmerged"


class FileKind(Enum):
    """What stands at the path; only TEXT may be shown to a model and edited."""

    TEXT = "text"
    BINARY = "binary"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    SPECIAL = "special"
    """FIFO, socket, device: never opened."""
    ABSENT = "absent"


class Operation(Enum):
    """A git operation that is under way; commits are refused meanwhile."""

    NONE = ""
    MERGE = "merge"
    REBASE = "rebase"
    CHERRY_PICK = "cherry-pick"
    REVERT = "revert"
    BISECT = "bisect"


@dataclass(frozen=True, slots=True)
class FileEntry:
    path: str
    """Relative to the root, posix separators; undecodable bytes are surrogate-escaped."""
    state: FileState
    size: int
    """Bytes; 0 when absent."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The working tree as git saw it at one moment. Ignored files are listed only on request."""

    root: Path
    branch: str
    """Empty when HEAD is detached."""
    head: str
    """Commit id; empty when there is no commit yet."""
    operation: Operation
    files: tuple[FileEntry, ...]
    """Sorted by path."""
    truncated: bool = False
    """True when the repository holds more files than are listed."""

    def entry(self, path: str) -> FileEntry | None:
        """The entry of a path, or None."""
        return next((entry for entry in self.files if entry.path == path), None)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file whose bytes survive a round trip: `encode_text(text)` equals `data`."""

    path: str
    data: bytes
    text: str
    """UTF-8 with surrogate escapes; line ends as in the file."""
    newline: str
    """The most frequent line end: "\\n", "\\r\\n" or "\\r"; "\\n" for a file without one."""
    bom: bool


def decode_text(data: bytes) -> str:
    """Lossless: bytes that are not UTF-8 become surrogate escapes."""
    return data.decode("utf-8", "surrogateescape")


def encode_text(text: str) -> bytes:
    """The reverse of `decode_text`."""
    return text.encode("utf-8", "surrogateescape")


def split_lines(data: bytes) -> list[bytes]:
    """Lines with their ends; "\\n", "\\r\\n" and "\\r" end a line, nothing else does.

    Line numbers of units, hunks and frames count these lines.
    """
    return data.splitlines(keepends=True)
