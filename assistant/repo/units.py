"""The unit: an addressable piece of a file that can be rewritten whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class UnitKind(Enum):
    FUNCTION = "function"
    METHOD = "method"
    CLASS = "class"
    """A whole class; its methods are separate units, nested in its range."""
    CLASS_HEAD = "class head"
    """A class's first line, docstring and fields, up to its first method."""
    IMPORTS = "imports"
    SECTION = "section"
    """A heading of a document, or a table or key of a data file, with its contents."""
    BLOCK = "block"
    """A group of lines: top-level statements between definitions, or a paragraph."""
    FILE = "file"
    """The whole file."""


FUNCTIONS = (UnitKind.FUNCTION, UnitKind.METHOD)
DEFINITIONS = (*FUNCTIONS, UnitKind.CLASS)
"""The kinds of units that define a name in code."""


@dataclass(frozen=True, slots=True)
class Unit:
    path: str
    name: str
    """Qualified and unique within the file: `Class.method`, `imports`, `block 3`."""
    kind: UnitKind
    start: int
    """First line, 1-based, including decorators and the comments directly above."""
    end: int
    """Last line, 1-based, inclusive; never a trailing blank line."""
    signature: str
    """Lines up to the body, with decorators, exactly as in the file; a rewrite starts with it."""
    digest: str
    """SHA-256 of the unit's bytes, hex."""
    references: tuple[str, ...] = ()
    """Names that the unit's code uses, such as callees, attributes and base classes. Sorted."""

    @property
    def label(self) -> str:
        """The unit's name for users and the model: path::name."""
        return f"{self.path}::{self.name}"


def unit_text(text: str, unit: Unit) -> str:
    """The unit's lines in its file's text, joined with "\\n", without a final line end."""
    lines = re.split("\r\n|\n|\r", text)
    return "\n".join(lines[unit.start - 1 : unit.end])


def function_at(units: Sequence[Unit], line: int) -> Unit | None:
    """The innermost function or method that contains a 1-based line."""
    inside = [unit for unit in units if unit.start <= line <= unit.end and unit.kind in FUNCTIONS]
    return min(inside, key=lambda unit: unit.end - unit.start, default=None)
