"""Goes from a name in a file to its definitions and its uses, without running any code."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import UsageError
from assistant.refactoring.python_definitions import PYTHON, definitions_in
from assistant.refactoring.python_references import python_references
from assistant.refactoring.python_resolver import Resolver
from assistant.refactoring.sources import Sources
from assistant.refactoring.tree_definitions import TREES, tree_definitions
from assistant.refactoring.tree_references import related_suffixes, sees, tree_references
from assistant.refactoring.values import MEMBERS, Definition, Found, Kind
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.units import unit_text

_NAME = re.compile(r"[^\W\d][\w$]*")
_INNER = frozenset({Kind.LOCAL, Kind.PARAMETER})
_SEARCH_HINT = "Search for it in the repository: escape, then ctrl+f."


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file."""

    path: str
    line: int
    """1-based."""
    column: int
    """0-based, in characters, of a text without a byte order mark."""


def name_at(text: str, column: int) -> str:
    """The name in a line at a column, or that ends there; empty where there is none."""
    inside = (name for name in _NAME.finditer(text) if name.start() <= column <= name.end())
    # Of `a.b` with the cursor on the dot, the name before it.
    return next((name[0] for name in inside), "")


class Navigator:
    """Answers for one state of the repository. Its methods block."""

    def __init__(self, sources: Sources, cache: Path, each: Callable[[], None]) -> None:
        """`cache` is a folder for parsed files. `each` is called for every file that is searched,
        and may raise Cancelled."""
        self._sources = sources
        self._resolver = Resolver(sources, cache)
        self._each = each

    def definitions(self, at: Position) -> tuple[Definition, ...]:
        """Where the name at a position is defined, the likeliest first; never empty.

        Raises UsageError where there is no name, it is defined elsewhere, or nothing is known.
        """
        file, word = self._name(at)
        found = (
            self._in_python(file, word, at)
            if at.path.endswith(PYTHON)
            else self._in_trees(file, word, at)
        )
        if not found:
            raise UsageError(f"No definition of {word} was found.", hint=_SEARCH_HINT)
        return found

    def references(self, at: Position) -> Found:
        """The places that mean what the name at a position means. Raises like `definitions`."""
        definition = self.definitions(at)[0]
        search = python_references if definition.path.endswith(PYTHON) else tree_references
        return search(self._sources, self._resolver, definition, self._each)

    def _name(self, at: Position) -> tuple[TextFile, str]:
        if not at.path.endswith((*PYTHON, *TREES)):
            raise UsageError(
                f"Definitions are not known in {at.path.rpartition('/')[2]}.", hint=_SEARCH_HINT
            )
        file = self._sources.file(at.path)
        if file is None:
            raise UsageError(f"{at.path} cannot be read.", hint="Go back and open it again.")
        word = name_at(_line(file, at.line), at.column)
        if not word:
            raise UsageError("There is no name here.", hint="Put the cursor on a name.")
        return file, word

    def _in_python(self, file: TextFile, word: str, at: Position) -> tuple[Definition, ...]:
        start = _start(_line(file, at.line), word, at.column)
        places = self._resolver.defined_at(file, at.line, start)
        inside = [place for place in places if place[0]]
        if places and not inside:
            raise UsageError(
                f"{word} is defined outside the repository.", hint="It cannot be opened here."
            )
        if inside:
            return tuple(self._definition(path, line, word) for path, line in inside)
        return tuple(self._named(word, PYTHON, definitions_in))

    def _definition(self, path: str, line: int, word: str) -> Definition:
        """The definition in a line. It has another name where an import renames it."""
        file = self._sources.file(path)
        if line == 0 or file is None:
            return Definition(path, "", Kind.MODULE, 0)
        names = [word, *(name for name in _NAME.findall(_line(file, line)) if name != word)]
        found = (one for name in names for one in definitions_in(file, name) if one.line == line)
        return next(found, Definition(path, word, Kind.VARIABLE, line))

    def _in_trees(self, file: TextFile, word: str, at: Position) -> tuple[Definition, ...]:
        found = list(self._named(word, related_suffixes(at.path), tree_definitions))
        line = _line(file, at.line)
        member = line[: _start(line, word, at.column)].rstrip().endswith((".", "->", "::"))

        def distance(one: Definition) -> tuple[bool, bool, bool]:
            near = member or sees(self._sources, file, one)
            return member != (one.kind in MEMBERS), one.path != at.path, not near

        found.sort(key=distance)
        best = [one for one in found if distance(one) == distance(found[0])]
        return tuple(self._on_its_name(one, word) for one in best)

    def _named(
        self,
        word: str,
        suffixes: tuple[str, ...],
        read: Callable[[TextFile, str], tuple[Definition, ...]],
    ) -> Iterator[Definition]:
        """What has a name and can be meant from another place; each once."""
        seen: set[tuple[str, str]] = set()
        for file in self._sources.with_word(word, suffixes):
            self._each()
            for one in read(file, word):
                if one.kind not in _INNER and (one.path, one.name) not in seen:
                    seen.add((one.path, one.name))
                    yield one

    def _on_its_name(self, one: Definition, word: str) -> Definition:
        """The definition with the line of its name: a unit begins with its comments."""
        file = self._sources.file(one.path)
        unit = next((u for u in units_of(file) if u.name == one.name), None) if file else None
        if file is None or unit is None:
            return one
        lines = unit_text(file.text, unit).split("\n")
        head = len(lines) - len(_without_comments(lines))
        named = (n for n in range(head, len(lines)) if word in _NAME.findall(lines[n]))
        return Definition(one.path, one.name, one.kind, unit.start + next(named, 0))


def _without_comments(lines: list[str]) -> list[str]:
    """The lines from the first one that is no comment on."""
    for at, line in enumerate(lines):
        if not line.strip().startswith(("//", "/*", "*", "#", "@")):
            return lines[at:]
    return lines


def _line(file: TextFile, line: int) -> str:
    lines = re.split("\r\n|\n|\r", file.text.removeprefix("\ufeff"))
    return lines[line - 1] if 0 < line <= len(lines) else ""


def _start(text: str, word: str, column: int) -> int:
    """The column at which the name at a column begins."""
    for name in _NAME.finditer(text):
        if name[0] == word and name.start() <= column <= name.end():
            return name.start()
    return column
