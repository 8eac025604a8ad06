"""Finds what a candidate changes, and whether the check runs any of it.

A check that passes with and without a change says nothing about it when it never runs the changed
code. The spectrum of one run before any change tells which functions it enters.
"""

from dataclasses import dataclass

from assistant.checks.spectrum import Spectrum, take_spectrum
from assistant.engine.base import Cancel
from assistant.planning.facts import Role, role_of
from assistant.proposal.changes import Change, ChangeKind
from assistant.proposal.matching import changed_regions
from assistant.repo.files import split_lines
from assistant.repo.parsing import units_of
from assistant.repo.ranking import is_test_path
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, function_at
from assistant.solving.baseline import Baseline
from assistant.solving.request import Workspace
from assistant.solving.values import Candidate

_MOST_SLOWED, _LEAST_SECONDS, _MOST_SECONDS = 3, 5.0, 30.0
"""As `tasks.suspects`: factor and seconds by which tracing may slow down the check, and the limit
above which it is not traced."""


@dataclass(slots=True)
class Coverage:
    """What the check runs before any change; traced when it is asked for the first time."""

    workspace: Workspace
    baseline: Baseline
    cancel: Cancel
    _spectrum: Spectrum | None = None
    _taken: bool = False

    def misses(self, candidate: Candidate) -> bool:
        """Whether the check runs none of the functions that the candidate changes.

        It runs no documents, and no file that is new: it passed before there was one. False also
        where this cannot be known: for code outside functions, other languages, tests, and checks
        that cannot be traced.
        """
        changed: list[tuple[str, Unit | None]] = []
        for change in candidate.changes:
            if _is_never_run(change):
                continue
            functions = _changed_functions(change)
            if not functions:
                return False
            changed += [(change.path, each) for each in functions]
        if not changed:
            return True
        spectrum = self._traced()
        if spectrum is None or not spectrum.is_complete:
            return False
        ran = [(each.path, each.line) for each in spectrum.functions]
        return not any(
            path == other and unit is not None and unit.start <= line <= unit.end
            for path, unit in changed
            for other, line in ran
        )

    def _traced(self) -> Spectrum | None:
        if self._taken:
            return self._spectrum
        self._taken = True
        before, runner = self.baseline.result, self.workspace.runner
        seconds = _MOST_SLOWED * before.seconds + _LEAST_SECONDS
        if runner.isolates and not before.timed_out and seconds <= _MOST_SECONDS:
            command = self.baseline.command
            self._spectrum = take_spectrum(runner, command, self.cancel, timeout=seconds)
        return self._spectrum


def changed_code(candidate: Candidate) -> tuple[Unit | str, ...]:
    """The functions that a candidate changes, and the paths of files it changes elsewhere."""
    found: dict[str, Unit | str] = {}
    for change in candidate.changes:
        functions = [unit for unit in _changed_functions(change) if unit is not None]
        for unit in functions:
            found[unit.label] = unit
        if not functions:
            found[change.path] = change.path
    return tuple(found.values())


def _is_never_run(change: Change) -> bool:
    role = role_of(change.path)
    created = change.kind is ChangeKind.CREATE and role is not Role.TEST
    return created or role in (Role.DOCUMENT, Role.CHANGELOG)


def _changed_functions(change: Change) -> list[Unit | None]:
    """The functions of a Python file that a change touches, as they were; None for a new one.

    Empty where it touches code outside functions, or where this cannot be told.
    """
    if not change.path.endswith(".py") or is_test_path(change.path):
        return []
    if change.old is None or change.new is None:
        return []
    sides = change.old, change.new
    lines = [split_lines(data) for data in sides]
    units = [units_of(text_file(change.path, data)) for data in sides]
    before = {unit.name: unit for unit in units[0]}
    names: dict[str, None] = {}
    for region in changed_regions(*lines):
        ranges = (
            range(region.old_start, region.old_end),
            range(region.new_start, region.new_end),
        )
        for text, known, numbers in zip(lines, units, ranges, strict=True):
            for number in (number for number in numbers if text[number].strip()):
                unit = function_at(known, number + 1)
                if unit is not None:
                    names[unit.name] = None
                elif not _is_import(known, number + 1):
                    return []
    return [before.get(name) for name in names]


def _is_import(units: tuple[Unit, ...], line: int) -> bool:
    kind = UnitKind.IMPORTS
    return any(unit.kind is kind and unit.start <= line <= unit.end for unit in units)
