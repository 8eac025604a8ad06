"""Values that describe a repository and its files. No I/O."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class FileState(Enum):
    """State of a path relative to HEAD; the most significant one that applies."""

    TRACKED = "tracked"
    CHANGED = "changed"
    STAGED = "staged"
    UNTRACKED = "untracked"
    IGNORED = "ignored"
    DELETED = "deleted"
    UNMERGED = "unmerged"


class FileKind(Enum):
    """What is at a path; only TEXT may be shown to a model and edited."""

    TEXT = "text"
    BINARY = "binary"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    SPECIAL = "special"
    """FIFO, socket, device: never opened."""
    ABSENT = "absent"


class Operation(Enum):
    """A git operation in progress; commits are refused until it ends."""

    NONE = ""
    MERGE = "merge"
    REBASE = "rebase"
    CHERRY_PICK = "cherry-pick"
    REVERT = "revert"
    BISECT = "bisect"


@dataclass(frozen=True, slots=True)
class FileEntry:
    path: str
    """Relative to the root, with POSIX separators; undecodable bytes are surrogate-escaped."""
    state: FileState
    size: int
    """Bytes; 0 if the file is absent."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The working tree at one moment. Ignored files are listed only on request."""

    root: Path
    branch: str
    """Empty if HEAD is detached."""
    head: str
    """Commit id; empty if there is no commit yet."""
    operation: Operation
    files: tuple[FileEntry, ...]
    """Sorted by path."""
    truncated: bool = False
    """True if the repository has more files than are listed."""

    def entry(self, path: str) -> FileEntry | None:
        """The entry for a path, or None."""
        return next((entry for entry in self.files if entry.path == path), None)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file that round-trips: `encode_text(text)` equals `data`."""

    path: str
    data: bytes
    text: str
    """UTF-8 with surrogate escapes; line ends as in the file."""
    newline: str
    """The most frequent line end: "\\n", "\\r\\n" or "\\r"; "\\n" for a file without one."""
    bom: bool


def decode_text(data: bytes) -> str:
    """Decode without loss: bytes that are not UTF-8 become surrogate escapes."""
    return data.decode("utf-8", "surrogateescape")


def encode_text(text: str) -> bytes:
    """The inverse of `decode_text`."""
    return text.encode("utf-8", "surrogateescape")


def split_lines(data: bytes) -> list[bytes]:
    """Lines with their ends. Only "\\n", "\\r\\n" and "\\r" end a line.

    Line numbers of units, hunks and stack frames count these lines.
    """
    return data.splitlines(keepends=True)
