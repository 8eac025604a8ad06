"""The units of a file as an outline, and the unit that covers some lines."""

from collections.abc import Sequence

from assistant.repo.units import Unit, UnitKind

_LEFT_OUT = (UnitKind.FILE, UnitKind.CLASS_HEAD)


def outline(units: Sequence[Unit], words: str) -> tuple[Unit, ...]:
    """The units to jump to whose names contain all the words, in file order."""
    wanted = words.lower().split()
    return tuple(
        unit
        for unit in units
        if unit.kind not in _LEFT_OUT and all(word in unit.name.lower() for word in wanted)
    )


def covering(units: Sequence[Unit], first: int, last: int) -> Unit | None:
    """The smallest unit that has all lines from `first` to `last`, both 1-based.

    None where only the whole file has them.
    """
    around = [
        unit
        for unit in units
        if unit.kind is not UnitKind.FILE and unit.start <= first and last <= unit.end
    ]
    return min(around, key=lambda unit: unit.end - unit.start, default=None)
