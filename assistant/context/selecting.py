"""Turns a selection into context files: whole, or elided to the selected units."""

from collections.abc import Sequence
from itertools import groupby

from assistant.context.bundle import ContextFile, Selected, TokenCounter
from assistant.context.render import render_file
from assistant.errors import ContextError
from assistant.intent.reading import read_intent
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.spans import is_blank, lines_of
from assistant.repo.units import Unit, UnitKind
from assistant.sanitize import sanitize_line

NARROWED_TOKENS = 1500
"""A longer file that the task mentions is narrowed to the units that the task names."""

ELISION = "⋮"
"""Replaces omitted lines. It is not valid code in any language, so it is never taken for code."""


def context_file(
    file: TextFile, names: Sequence[str], counter: TokenCounter, *, editable: bool = True
) -> ContextFile:
    """The file as the model reads it: whole, or the named units with imports and enclosing classes.

    Raises ContextError if a name is not a unit of the file.
    """
    units = units_of(file)
    text = file.text
    if names:
        chosen = [_find_unit(file.path, units, name) for name in names]
        text = _elided(lines_of(file), units, chosen)
    shown = ContextFile(file.path, text, units, 0, editable, not names)
    tokens = counter.count(render_file(shown))
    return ContextFile(file.path, text, units, tokens, editable, not names)


def by_path(selection: Sequence[Selected]) -> dict[str, tuple[str, ...]]:
    """Unit names by path, in selection order; empty for a file that is selected whole."""
    found: dict[str, tuple[str, ...]] = {}
    for each in selection:
        names = found.get(each.path)
        if names == () or not each.unit:
            found[each.path] = ()
        elif each.unit not in (names or ()):
            found[each.path] = (*(names or ()), each.unit)
    return found


def narrowed(item: Selected, units: Sequence[Unit], tokens: int, task: str) -> tuple[Selected, ...]:
    """Narrow a long file to the functions and classes that the task names, if there are any.

    A task with `@file` and a function name is about that function, and reading the rest of the
    file takes most of the time on a CPU.
    """
    if item.unit or tokens <= NARROWED_TOKENS:
        return (item,)
    names = read_intent(task).code_names
    found = tuple(
        Selected(item.path, unit.name)
        for unit in units
        if unit.kind in (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS)
        and unit.name.rpartition(".")[2] in names
    )
    return found or (item,)


def _find_unit(path: str, units: Sequence[Unit], name: str) -> Unit:
    for unit in units:
        if unit.name == name:
            return unit
    raise ContextError(
        f"{sanitize_line(path)} no longer contains {sanitize_line(name)}.",
        hint="The file has changed: select the unit again.",
    )


def _elided(lines: Sequence[str], units: Sequence[Unit], chosen: Sequence[Unit]) -> str:
    """The chosen units, the file's imports, and the signatures of enclosing classes."""
    kept = {row for unit in chosen for row in range(unit.start, unit.end + 1)}
    for unit in units:
        if unit.kind is UnitKind.IMPORTS:
            kept.update(range(unit.start, unit.end + 1))
        elif any(unit.start < each.start and each.end <= unit.end for each in chosen):
            kept.update(range(unit.start, unit.start + len(unit.signature.splitlines())))
    parts: list[str] = []
    for keep, run in groupby(enumerate(lines, 1), key=lambda numbered: numbered[0] in kept):
        block = [line for _, line in run]
        if keep or all(is_blank(line) for line in block):
            parts += block
        else:
            parts.append(f"{ELISION}\n")
    return "".join(parts)
