"""Owns the unit: an addressable piece of a file that can be rewritten whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class UnitKind(Enum):
    FUNCTION = "function"
    METHOD = "method"
    CLASS = "class"
    """A class with everything in it; its methods are units of their own, nested in its range."""
    CLASS_HEAD = "class head"
    """A class's first line, docstring and fields, up to its first method."""
    IMPORTS = "imports"
    SECTION = "section"
    """A heading of a document, or a table or key of a data file, with what stands under it."""
    BLOCK = "block"
    """Lines that belong together: top-level statements between definitions, a paragraph."""
    FILE = "file"
    """The whole file."""


@dataclass(frozen=True, slots=True)
class Unit:
    path: str
    name: str
    """Qualified inside the file: `Class.method`, `imports`, `block 3`; unique in the file."""
    kind: UnitKind
    start: int
    """First line, 1-based; decorators and the comment lines right above belong to the unit."""
    end: int
    """Last line, 1-based, inclusive; never a trailing blank line."""
    signature: str
    """Lines up to the body, as in the file, decorators included: what a rewrite begins with."""
    digest: str
    """SHA-256 of the unit's bytes, hex."""
    references: tuple[str, ...] = ()
    """Names that the unit's code uses: identifiers called, attributes, bases. Sorted."""

    @property
    def label(self) -> str:
        """How people and the model name it: path::name."""
        return f"{self.path}::{self.name}"


def unit_text(text: str, unit: Unit) -> str:
    """The unit's lines in the text of its file, joined by line feeds, without the last end."""
    lines = re.split("\r\n|\n|\r", text)
    return "\n".join(lines[unit.start - 1 : unit.end])


def function_at(units: Sequence[Unit], line: int) -> Unit | None:
    """The innermost function or method that holds a line, 1-based."""
    inside = [
        unit
        for unit in units
        if unit.start <= line <= unit.end and unit.kind in (UnitKind.FUNCTION, UnitKind.METHOD)
    ]
    return min(inside, key=lambda unit: unit.end - unit.start, default=None)
