"""Chooses the context of a fix if the user selected nothing, by fault localization.

The candidates are the files on the tracebacks, else the code that the failing tests ran, else what
they import. From a file that does not fit, only the functions with such evidence are selected.
"""

import itertools
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import replace

from assistant.checks.results import Failure
from assistant.checks.spectrum import Spectrum, take_spectrum
from assistant.context.bundle import Selected
from assistant.context.selecting import context_file
from assistant.engine.base import Cancel
from assistant.repo.parsing import units_of
from assistant.repo.paths import is_secret_path
from assistant.repo.ranking import is_test_path, near_paths
from assistant.repo.units import FUNCTIONS, function_at
from assistant.solving.baseline import Baseline
from assistant.solving.events import Event, Phase, PhaseStarted
from assistant.solving.request import TaskRequest, Workspace
from assistant.tasks.gathering import unasked_budget

MOST_FILES = 4
"""Maximum number of files to select."""

MOST_NEAR_TESTS = 3
"""Maximum number of files to select by their imports and names."""

MOST_LINES = 40
"""Maximum number of lines with evidence that are looked up for `suspect_labels`."""

MOST_OF_CONTEXT = 0.5
"""Share of the context budget to use; more costs more time than it is worth."""

MOST_SLOWED, LEAST_WATCHED_SECONDS, MOST_WATCHED_SECONDS = 3, 5.0, 30.0
"""Factor and seconds by which tracing may slow down a check; the sum is its timeout. If the timeout
would exceed the last value, the check is not traced."""


def watch(
    workspace: Workspace, request: TaskRequest, failing: Baseline | None, cancel: Cancel
) -> Generator[Event, None, Spectrum | None]:
    """Traces the failing tests, if that is fast enough and there is more than one function."""
    if failing is None or failing.result.timed_out or not workspace.runner.isolates:
        return None
    seconds = MOST_SLOWED * failing.result.seconds + LEAST_WATCHED_SECONDS
    if seconds > MOST_WATCHED_SECONDS or _one_function(workspace, request.selection):
        return None
    yield PhaseStarted(Phase.CHECKING, "which code the failing tests run")
    found = take_spectrum(workspace.runner, failing.command, cancel, timeout=seconds)
    return found if found is not None and found.failed else None


def with_suspects(
    workspace: Workspace,
    request: TaskRequest,
    failures: Sequence[Failure],
    spectrum: Spectrum | None,
    tests: Collection[str],
) -> TaskRequest:
    """The request with a selection that fits; unchanged if the user selected something.

    `tests` are the files of tests on the tracebacks.
    """
    if request.selection:
        return request
    frames = [frame for failure in failures for frame in reversed(failure.frames)]
    there = [
        path
        for path in dict.fromkeys(each.path for each in frames)
        if workspace.repository.is_text(path) and not is_secret_path(path)
    ]
    lines = [(each.path, each.line) for each in frames]
    ran = [(path, line) for path, line in _run_by(workspace, spectrum) if path not in tests]
    paths = [path for path in there if path not in tests]
    paths = paths or [
        p for p in dict.fromkeys(path for path, _ in ran) if workspace.repository.is_text(p)
    ]
    paths = paths or _tested_by(workspace, there)
    fitting = _fitting(workspace, paths[:MOST_FILES], [*lines, *ran])
    return replace(request, selection=tuple(fitting))


def suspect_labels(
    workspace: Workspace, failures: Sequence[Failure], spectrum: Spectrum | None
) -> tuple[str, ...]:
    """Labels of the functions on the tracebacks, then of those that failing tests run."""
    frames = [frame for failure in failures for frame in reversed(failure.frames)]
    lines = [(each.path, each.line) for each in frames] + _run_by(workspace, spectrum)
    found: dict[str, None] = {}
    for path, line in lines[:MOST_LINES]:
        if workspace.repository.is_text(path) and not is_test_path(path):
            unit = function_at(units_of(workspace.repository.text(path)), line)
            found.update({unit.label: None} if unit is not None else {})
    return tuple(found)


def _one_function(workspace: Workspace, selection: Sequence[Selected]) -> bool:
    """Whether the selection contains at most one function; a folder contains more."""
    paths = {each.path for each in selection if not is_test_path(each.path)}
    if not all(path != "." and workspace.repository.is_text(path) for path in paths):
        return False
    functions = (
        unit
        for path in paths
        for unit in units_of(workspace.repository.text(path))
        if unit.kind in FUNCTIONS
    )
    return bool(selection) and len(list(itertools.islice(functions, 2))) < 2


def _run_by(workspace: Workspace, spectrum: Spectrum | None) -> list[tuple[str, int]]:
    """Path and line of the functions that failing tests run, most suspicious first."""
    if spectrum is None:
        return []
    # The code under test can tamper with the report: accept only paths in the repository.
    known = {
        each.path
        for each in workspace.repository.snapshot().files
        if not is_test_path(each.path) and not is_secret_path(each.path)
    }
    ran = [each for each in spectrum.functions if each.failing and each.path in known]
    ran.sort(key=lambda each: -spectrum.suspicion(each))
    return [(each.path, each.line) for each in ran]


def _tested_by(workspace: Workspace, tests: Sequence[str]) -> list[str]:
    """Code related to test files: what they import, then what has a similar name."""
    repository = workspace.repository
    units = {path: units_of(repository.text(path)) for path in tests}
    if not units:
        return []
    suffixes = {path.rpartition(".")[2] for path in tests}
    code = [
        entry.path
        for entry in repository.snapshot().files
        if not is_test_path(entry.path)
        and not is_secret_path(entry.path)
        and entry.path not in units
        and entry.path.rpartition(".")[2] in suffixes
    ]
    ordered = near_paths(units, code, repository.recency())
    there = (path for path in ordered if workspace.repository.is_text(path))
    return list(itertools.islice(there, MOST_NEAR_TESTS))


def _fitting(
    workspace: Workspace, paths: Sequence[str], lines: Sequence[tuple[str, int]]
) -> Iterator[Selected]:
    """Whole files that fit the budget; from larger ones, the functions that contain the lines."""
    left = int(MOST_OF_CONTEXT * unasked_budget(workspace.settings.window))
    for path in paths:
        file = workspace.repository.text(path)
        whole = context_file(file, (), workspace.counter).tokens
        if whole <= left:
            left -= whole
            yield Selected(path)
            continue
        units = units_of(file)
        held = (function_at(units, line) for where, line in lines if where == path)
        names: list[str] = []
        for name in dict.fromkeys(unit.name for unit in held if unit is not None):
            if context_file(file, (*names, name), workspace.counter).tokens <= left:
                names.append(name)
        if names:
            left -= context_file(file, tuple(names), workspace.counter).tokens
            yield from (Selected(path, name) for name in names)
