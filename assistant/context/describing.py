"""Describes how much of a file is in context, for people."""

from collections.abc import Sequence

from assistant.context.bundle import Context, ContextFile
from assistant.repo.units import Unit

MOST_FILES = 8
"""Files to list; of others only the number is given."""


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
    return f"{shown:,} of {all_units:,} units · {file.tokens:,} of {file.full_tokens:,} tokens"


def count_units(file: ContextFile) -> tuple[int, int]:
    """Number of units that are shown in full, and of all; a unit with others in it is no unit."""
    names = {unit.name for unit in innermost(file.units)}
    return len(names.intersection(file.shown)) if not file.whole else len(names), len(names)


def innermost(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The units that contain no others, in file order."""
    following = [*(unit.start for unit in units[1:]), None]
    return tuple(
        unit
        for unit, start in zip(units, following, strict=True)
        if start is None or start > unit.end
    )
