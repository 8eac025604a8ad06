"""Tells a later target of a task what the earlier ones have become."""

from collections.abc import Iterator

from assistant.prompt.builder import changed_notes
from assistant.proposal.changes import Change
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, unit_text
from assistant.solving.values import Earlier

_CODE = (UnitKind.FUNCTION, UnitKind.METHOD)
_MOST_UNITS = 4
_MOST_LINES = 60
"""Of a longer unit, only the signature is shown."""


def notes_of_earlier(earlier: Earlier) -> str:
    """The functions that earlier targets changed, for the notes of a prompt; empty without any."""
    units = [shown for change in earlier.changes for shown in _changed(change)]
    return changed_notes(units[:_MOST_UNITS])


def _changed(change: Change) -> Iterator[tuple[str, str]]:
    """Path and code of the functions that a change has written or changed."""
    if change.new is None:
        return
    old = text_file(change.path, change.old or b"")
    known = {(unit.name, unit.digest) for unit in units_of(old)}
    file = text_file(change.path, change.new)
    for unit in units_of(file):
        if unit.kind in _CODE and (unit.name, unit.digest) not in known:
            yield change.path, _code(file.text, unit)


def _code(text: str, unit: Unit) -> str:
    return unit.signature if unit.end - unit.start >= _MOST_LINES else unit_text(text, unit)
