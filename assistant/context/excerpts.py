"""Excerpts of files for a question: the best units of all files, in a small number of tokens.

Files that fit are shown whole. Otherwise units are taken by relevance, those that the question
names first, without the imports of their files. Of a long unit the beginning is shown: it says what
the unit is for, and leaves room for others.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from assistant.context.bundle import ContextFile, TokenCounter
from assistant.context.eliding import signature_rows
from assistant.context.selecting import MAX_TOKEN_BYTES, context_file, partial_file
from assistant.intent.reading import read_intent
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.ranking import RankedUnit, is_test_path
from assistant.repo.units import DEFINITIONS, Unit, UnitKind

_MIN_RELATIVE_SCORE = 0.15
"""Minimum score of a unit, relative to the best one."""
_MAX_TRIED = 40
"""Number of units that are tried."""
_NAME_LENGTH = 7
"""A shorter word that is not written as code is more often just a word."""
_MAX_LINES = 30
"""Lines of a unit to show. With all lines, 44 of the 60 questions of
`tests/benchmarks/questions.py` found a unit that answers them, with these 48."""


def excerpts(
    files: Sequence[TextFile],
    order: Sequence[RankedUnit],
    task: str,
    counter: TokenCounter,
    room: int,
) -> tuple[ContextFile, ...]:
    """The files, whole or with the units of `order` that fit in `room` tokens together."""
    if whole := _whole(files, counter, room):
        return whole
    by_path = {file.path: file for file in files}
    rows: dict[str, set[int]] = {}
    begun: dict[str, list[str]] = {}
    shown: dict[str, ContextFile] = {}
    for unit in _candidates(order, by_path, task):
        others = sum(file.tokens for path, file in shown.items() if path != unit.path)
        for some in _choices(by_path[unit.path], unit, first=not rows):
            kept = rows.get(unit.path, set()) | some
            part = partial_file(by_path[unit.path], kept, counter)
            if others + part.tokens <= room:
                rows[unit.path], shown[unit.path] = kept, part
                begun.setdefault(unit.path, []).append(unit.name)
                break
    return tuple(_with_begun(shown[path], begun[path]) for path in by_path if path in shown)


def _with_begun(file: ContextFile, taken: Collection[str]) -> ContextFile:
    """The file with the names of the taken units that are not shown in full."""
    names = tuple(
        unit.name for unit in file.units if unit.name in taken and unit.name not in file.shown
    )
    return replace(file, begun=names)


def _whole(files: Sequence[TextFile], counter: TokenCounter, room: int) -> tuple[ContextFile, ...]:
    """All files whole; empty if they do not fit."""
    if sum(len(file.data) for file in files) > room * MAX_TOKEN_BYTES:
        return ()
    whole = tuple(context_file(file, (), counter) for file in files)
    return whole if sum(file.tokens for file in whole) <= room else ()


def _candidates(order: Sequence[RankedUnit], paths: Collection[str], task: str) -> tuple[Unit, ...]:
    """The units of these files that are worth showing: the named ones, then the best."""
    ranked = [each for each in order if each.unit.path in paths and each.score > 0]
    least = _MIN_RELATIVE_SCORE * ranked[0].score if ranked else 0.0
    good = [
        each.unit
        for each in ranked
        if each.score >= least and each.unit.kind is not UnitKind.IMPORTS
    ]
    names = read_intent(task).code_names
    written = {word for word in re.findall(r"\w+", task) if len(word) >= _NAME_LENGTH}
    good.sort(key=lambda unit: not _is_named(unit, {*names, *written}))
    return tuple(good[:_MAX_TRIED])


def _is_named(unit: Unit, names: Collection[str]) -> bool:
    defined = unit.kind in DEFINITIONS and not is_test_path(unit.path)
    return defined and unit.name.rpartition(".")[2] in names


def _choices(file: TextFile, unit: Unit, *, first: bool) -> Iterator[set[int]]:
    """Rows to show of a unit, with the signatures around it; less of the first, if need be."""
    around = {
        row
        for other in units_of(file)
        if other.start < unit.start and unit.end <= other.end
        for row in signature_rows(other)
    }
    length = min(unit.end - unit.start + 1, _MAX_LINES)
    yield around | set(range(unit.start, unit.start + length))
    while first and length > 1:
        length = length * 9 // 10
        yield around | set(range(unit.start, unit.start + length))
