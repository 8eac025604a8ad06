"""The context: the part of the repository that goes to the model, with exact token counts."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from assistant.repo.units import Unit


class TokenCounter(Protocol):
    """Counts tokens as the model's tokenizer does. The UI process has one without torch."""

    def count(self, text: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Selected:
    """One file, unit or folder that the user put in context."""

    path: str
    """A file, or a folder: all its text files that are neither generated nor secret. The root is
    the folder "."."""
    unit: str = ""
    """Name of a unit that is always included in full; empty for what fits of the file."""


def covers(selected: Collection[str], path: str) -> bool:
    """Whether a path, or a folder that contains it, is among the selected paths."""
    if path in selected or "." in selected:
        return True
    return any(path.startswith(f"{folder.rstrip('/')}/") for folder in selected)


@dataclass(frozen=True, slots=True)
class ContextFile:
    path: str
    text: str
    """The whole file, or the selected units with the rest elided."""
    units: tuple[Unit, ...]
    """All units of the file, in file order."""
    tokens: int
    editable: bool = True
    """False for read-only files, such as test files during a fix."""
    whole: bool = True
    """False when only some units are included."""
    shown: tuple[str, ...] = ()
    """Names of the units that are included in full, when not whole; in file order."""
    full_tokens: int = 0
    """Tokens of the whole file, when not whole; estimated for a large file."""
    begun: tuple[str, ...] = ()
    """Names of the units of which the beginning is included, because they are long."""


@dataclass(frozen=True, slots=True)
class Context:
    files: tuple[ContextFile, ...]
    """In prompt order: those that do not depend on the task come first, so that the cached prefix
    can be reused."""
    outline: str
    """The ranked repo map, possibly empty."""
    outline_tokens: int
    tokens: int
    """Total of the files and the outline."""
    budget: int
    """Maximum number of tokens for the context."""
    unread: tuple[str, ...] = ()
    """Selected files of which nothing is included, in the order of the selection."""
    reasons: tuple[tuple[str, str], ...] = ()
    """Paths of files that were chosen by the task, each with the evidence for its best unit."""
    left_out: tuple[str, ...] = ()
    """Labels of the best units that were not included, for lack of room, best first."""
    remarks: str = ""
    """What the user said about lines of earlier proposals; read after the code."""

    def reason(self, path: str) -> str:
        """Why a file is in the context; empty for a selected one."""
        return dict(self.reasons).get(path, "")

    def file(self, path: str) -> ContextFile | None:
        """The file at a path, or None if it is not in the context."""
        return next((file for file in self.files if file.path == path), None)
