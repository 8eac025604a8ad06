"""Owns what a selection comes to: context files, whole or elided to the selected units."""

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
"""A file that the task names is read whole up to here; of a longer one, what the task names."""

ELISION = "⋮"
"""Stands for lines that are left out; not a comment in any language, so never taken for code."""


def context_file(
    file: TextFile, names: Sequence[str], counter: TokenCounter, *, editable: bool = True
) -> ContextFile:
    """The file as the model reads it: whole without names, else these units and their frame.

    Raises ContextError for a name that is no unit of the file.
    """
    units = units_of(file)
    text = file.text
    if names:
        chosen = [_unit(file.path, units, name) for name in names]
        text = _elided(lines_of(file), units, chosen)
    shown = ContextFile(file.path, text, units, 0, editable, not names)
    tokens = counter.count(render_file(shown))
    return ContextFile(file.path, text, units, tokens, editable, not names)


def by_path(selection: Sequence[Selected]) -> dict[str, tuple[str, ...]]:
    """Unit names by path, in the order of selection; a file selected whole has none."""
    found: dict[str, tuple[str, ...]] = {}
    for each in selection:
        names = found.get(each.path)
        if names == () or not each.unit:
            found[each.path] = ()
        elif each.unit not in (names or ()):
            found[each.path] = (*(names or ()), each.unit)
    return found


def narrowed(item: Selected, units: Sequence[Unit], tokens: int, task: str) -> tuple[Selected, ...]:
    """A file that the task names, or, of a long one, its functions that the task names too.

    Whoever writes `@file` and a function wants that changed; to read the rest takes most of the
    time on a CPU.
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


def _unit(path: str, units: Sequence[Unit], name: str) -> Unit:
    for unit in units:
        if unit.name == name:
            return unit
    raise ContextError(
        f"{sanitize_line(path)} has no {sanitize_line(name)} any more.",
        hint="Select the unit again: the file was changed.",
    )


def _elided(lines: Sequence[str], units: Sequence[Unit], chosen: Sequence[Unit]) -> str:
    """The chosen units, the file's imports, and the first lines of the classes around them."""
    kept = {row for unit in chosen for row in range(unit.start, unit.end + 1)}
    for unit in units:
        if unit.kind is UnitKind.IMPORTS:
            kept.update(range(unit.start, unit.end + 1))
        elif any(unit.start < each.start and each.end <= unit.end for each in chosen):
            kept.update(range(unit.start, unit.start + len(unit.signature.splitlines())))
    parts: list[str] = []
    for keep, run in groupby(enumerate(lines, 1), key=lambda numbered: numbered[0] in kept):
        stretch = [line for _, line in run]
        if keep or all(is_blank(line) for line in stretch):
            parts += stretch
        else:
            parts.append(f"{ELISION}\n")
    return "".join(parts)
