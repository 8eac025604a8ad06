"""Renders the text of a file of which only some lines are shown. Rows are 1-based."""

from collections.abc import Collection, Sequence
from itertools import groupby

from assistant.repo.spans import is_blank
from assistant.repo.units import Unit, UnitKind

ELISION = "⋮"
"""Replaces omitted lines. It is not valid code in any language, so it is never taken for code."""

_COMMENTS = ("#", "//", "/*", "*", "--")


def elided(lines: Sequence[str], kept: Collection[int]) -> str:
    """The kept rows; each run of others is one line with the elision mark, unless it is blank."""
    parts: list[str] = []
    for keep, run in groupby(enumerate(lines, 1), key=lambda numbered: numbered[0] in kept):
        block = [line for _, line in run]
        if keep or all(is_blank(line) for line in block):
            parts += block
        else:
            parts.append(f"{ELISION}\n")
    return "".join(parts)


def rows_around(units: Sequence[Unit], chosen: Sequence[Unit]) -> set[int]:
    """Rows of the chosen units and of the signatures of the units that enclose them."""
    kept = {row for unit in chosen for row in range(unit.start, unit.end + 1)}
    for unit in units:
        if any(unit.start < each.start and each.end <= unit.end for each in chosen):
            kept.update(range(unit.start, unit.start + len(unit.signature.splitlines())))
    return kept


def import_rows(units: Sequence[Unit]) -> set[int]:
    """Rows of the file's imports."""
    return {
        row
        for unit in units
        if unit.kind is UnitKind.IMPORTS
        for row in range(unit.start, unit.end + 1)
    }


def signature_rows(unit: Unit) -> set[int]:
    """Rows of a unit's signature and decorators, without the comments above them."""
    lines = unit.signature.splitlines()
    first = next((at for at, line in enumerate(lines) if not _is_comment(line)), 0)
    return set(range(unit.start + first, unit.start + len(lines)))


def _is_comment(line: str) -> bool:
    return line.strip().startswith(_COMMENTS)
