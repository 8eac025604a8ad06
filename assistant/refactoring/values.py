"""Defines what the search for references works with: definitions, uses, and the edits of a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a name stands for. The values are the words that an intent uses."""

    FUNCTION = "function"
    METHOD = "method"
    CLASS = "class"
    VARIABLE = "variable"
    """At the top of a module."""
    LOCAL = "local"
    """Inside a function."""
    PARAMETER = "parameter"
    ATTRIBUTE = "attribute"
    """Of a class or its instances."""
    MODULE = "module"


MEMBERS = frozenset({Kind.METHOD, Kind.ATTRIBUTE})


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name gets its meaning."""

    path: str
    name: str
    """Qualified within the file: `Class.method`, `function.parameter`; empty for a module."""
    kind: Kind
    line: int
    """1-based, of the name."""

    @property
    def label(self) -> str:
        return f"{self.path}::{self.name}" if self.name else self.path

    @property
    def owner(self) -> str:
        """The qualified name of what contains it; empty at the top of a module."""
        return self.name.rpartition(".")[0]


class Sense(Enum):
    """How a place that has the name relates to the definition."""

    REFERENCE = "reference"
    BY_NAME = "by name"
    """Nothing resolves it, but nothing else has this name."""
    UNCERTAIN = "uncertain"
    """Code that may mean the definition: what it belongs to is not known."""
    MENTION = "mention"
    """A comment, a string or a document."""


@dataclass(frozen=True, slots=True)
class Place:
    """One occurrence of a name."""

    path: str
    start: int
    """Offset in characters of the file's text."""
    line: int
    """1-based."""
    sense: Sense
    prefix: str = ""
    """What the new name needs before it: a shorthand `{ old }` becomes `{ old: new }`."""

    @property
    def label(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Found:
    """The places of one definition, in the order of paths and lines."""

    definition: Definition
    places: tuple[Place, ...]
    skipped: tuple[str, ...] = ()
    """Paths of files that mention the name and cannot be parsed."""

    def of(self, *senses: Sense) -> tuple[Place, ...]:
        return tuple(each for each in self.places if each.sense in senses)


Overlay = Mapping[str, bytes | None]
"""Files as a candidate has them, by path; None for one that is deleted."""
