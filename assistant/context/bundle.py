"""Owns the context: what of the repository goes to the model, with exact token counts."""

from dataclasses import dataclass
from typing import Protocol

from assistant.repo.units import Unit


class TokenCounter(Protocol):
    """Counts as the model's own tokenizer does; the UI process has one without torch."""

    def count(self, text: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Selected:
    """One thing the user put in context."""

    path: str
    unit: str = ""
    """Name of a unit in the file; empty for the whole file."""


@dataclass(frozen=True, slots=True)
class ContextFile:
    path: str
    text: str
    """What the model reads: the whole file, or the selected units with the rest elided."""
    units: tuple[Unit, ...]
    """All units of the file, in file order."""
    tokens: int
    editable: bool = True
    """False for what is shown for reading only, such as test files during a fix."""
    whole: bool = True
    """False when only units were selected."""


@dataclass(frozen=True, slots=True)
class Context:
    files: tuple[ContextFile, ...]
    """In the order of the prompt: a fixed order, so that prefixes are reused."""
    outline: str
    """The ranked repo map, possibly empty."""
    outline_tokens: int
    tokens: int
    """Of everything above."""
    budget: int
    """Most tokens the context may take."""
    chosen: bool = False
    """True when nothing was selected and the ranking chose the files."""

    def file(self, path: str) -> ContextFile | None:
        """The file of a path, or None when it is not in context."""
        return next((file for file in self.files if file.path == path), None)
