"""The values between a model's reply and the working tree: changes, hunks, candidates."""

import hashlib
from dataclasses import dataclass
from enum import Enum

FROM_WORDS = 0.3
"""Highest token probability that counts for code written from words alone, however sure the model
was: it knew how to go on, not what was meant."""

DOUBTED = 0.8
"""Probability below which a token is marked as one that the model doubted."""


class ChangeKind(Enum):
    MODIFY = "modify"
    CREATE = "create"
    DELETE = "delete"
    RENAME = "rename"


@dataclass(frozen=True, slots=True)
class Change:
    """What one path becomes."""

    path: str
    """Relative to the root, posix separators, surrogate-escaped."""
    old: bytes | None
    """The file as it was read; None when it did not exist."""
    new: bytes | None
    """The new file; None when it is deleted."""
    renamed_from: str = ""
    """For a rename: the old path, which is removed."""

    @property
    def kind(self) -> ChangeKind:
        if self.renamed_from:
            return ChangeKind.RENAME
        if self.old is None:
            return ChangeKind.CREATE
        return ChangeKind.DELETE if self.new is None else ChangeKind.MODIFY

    @property
    def preimage(self) -> str:
        """SHA-256 of the old bytes, hex; "absent" when there was no file."""
        return "absent" if self.old is None else hashlib.sha256(self.old).hexdigest()


@dataclass(frozen=True, slots=True)
class Hunk:
    """A contiguous replacement of lines that can be decided on its own. Has no context lines."""

    id: str
    """Stable for the same change: path and position."""
    path: str
    start: int
    """0-based index of the first replaced line in the old file; an insertion goes before it."""
    old: tuple[bytes, ...]
    """The removed lines, with their line endings."""
    new: tuple[bytes, ...]
    """The added lines, with their line endings."""
    confidence: float | None = None
    """Geometric mean probability of the new lines' tokens, 0 to 1; None when unknown."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A token that the model gave a low probability. It may still be right."""

    path: str
    line: int
    """0-based, in the new file."""
    start: int
    end: int
    """Columns in characters; the end is exclusive."""
    probability: float
    """The model's own, before masking and temperature: 0 to 1."""
