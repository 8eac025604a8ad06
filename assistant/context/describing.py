"""Describes how much of a file is in context, for people."""

from collections.abc import Collection, Sequence

from assistant.context.bundle import Context, ContextFile
from assistant.repo.ranking import RankedUnit
from assistant.repo.units import Unit, UnitKind

MOST_FILES = 8
"""Files to list; of others only the number is given."""
MOST_PLACES = 12
"""Places to list of what a question read."""
_MOST_LEFT = 8
_LEAST_SHARE = 0.3
"""Of the best score: what has less is not missed."""


def amounts(context: Context) -> list[str]:
    """How much of each file is read, and which selected files are not, one line each."""
    lines = [f"read {file.path}: {amount(file)}" for file in context.files[:MOST_FILES]]
    if more := context.files[MOST_FILES:]:
        tokens = sum(file.tokens for file in more)
        lines.append(f"read {len(more):,} more files · {tokens:,} tokens")
    if context.outline:
        lines.append(f"read an outline of other code · {context.outline_tokens:,} tokens")
    if context.unread:
        lines.append(f"not read: {_few(context.unread)}")
    return lines


def _few(paths: Sequence[str]) -> str:
    named = ", ".join(paths[:3])
    return named if len(paths) <= 3 else f"{named} and {len(paths) - 3:,} more"


def amount(file: ContextFile) -> str:
    """How much of a file is read: all of it, or how many of its units and tokens."""
    if file.whole:
        return f"whole · {file.tokens:,} tokens"
    shown, all_units = count_units(file)
    begun = f", the beginning of {len(file.begun):,}" if file.begun else ""
    return (
        f"{shown:,} of {all_units:,} units{begun} · {file.tokens:,} of {file.full_tokens:,} tokens"
    )


def count_units(file: ContextFile) -> tuple[int, int]:
    """Number of units that are shown in full, and of all; a unit with others in it is no unit."""
    names = {unit.name for unit in innermost(file.units)}
    return len(names.intersection(file.shown)) if not file.whole else len(names), len(names)


def innermost(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The units that contain no others, in file order."""
    following = [*(unit.start for unit in units[1:]), *([None] if units else [])]
    return tuple(
        unit
        for unit, start in zip(units, following, strict=True)
        if start is None or start > unit.end
    )


def places(context: Context) -> list[str]:
    """Where the model looked: `path:line name` of each unit that was read, and of whole files the
    path. At most MOST_PLACES, then how many more."""
    found: list[str] = []
    for file in context.files:
        found += [f"{file.path}:1 (whole)"] if file.whole else []
        found += [f"{file.path}:{unit.start} {unit.name}" for unit in _read_units(file)]
    more = len(found) - MOST_PLACES
    return found if more <= 0 else [*found[:MOST_PLACES], f"and {more} more"]


def _read_units(file: ContextFile) -> list[Unit]:
    """The units that are read, without those inside another one that is."""
    names = {*file.shown, *file.begun}
    found: list[Unit] = []
    end = 0
    for unit in file.units:
        if unit.name in names and unit.start > end:
            found.append(unit)
            end = unit.end
    return found


def reasons(
    files: Sequence[ContextFile], ranked: Sequence[RankedUnit]
) -> tuple[tuple[str, str], ...]:
    """The strongest evidence for the best unit of each file."""
    best: dict[str, str] = {}
    for each in ranked:
        if each.reasons:
            best.setdefault(each.unit.path, each.reasons[0])
    return tuple((file.path, best.get(file.path, "")) for file in files)


def left_out(files: Sequence[ContextFile], ranked: Sequence[RankedUnit]) -> tuple[str, ...]:
    """Labels of the best units that are not read, without those that matter much less."""
    read: dict[str, Collection[str] | None] = {
        file.path: None if file.whole else {*file.shown, *file.begun} for file in files
    }
    least = _LEAST_SHARE * ranked[0].score if ranked else 0.0

    def is_read(unit: Unit) -> bool:
        names = read.get(unit.path, frozenset())
        return names is None or unit.name in names

    missed = (
        each.unit.label
        for each in ranked
        if each.score > 0 and each.score >= least and each.unit.kind is not UnitKind.IMPORTS
        if not is_read(each.unit)
    )
    return tuple(missed)[:_MOST_LEFT]
