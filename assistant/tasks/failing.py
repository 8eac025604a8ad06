"""Finds the tests that fail, and the files of nothing but tests, whatever they are called."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from assistant.checks.results import Failure
from assistant.context.bundle import Context
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.paths import is_test_path
from assistant.repo.units import DEFINITIONS, Unit, function_at
from assistant.solving.request import Workspace


def files_of_tests(workspace: Workspace, failures: Sequence[Failure]) -> frozenset[str]:
    """The files on tracebacks that hold tests: by their paths, or because they define only tests,
    as a `check.py` may. A fix changes none of them."""
    paths = {frame.path for failure in failures for frame in failure.frames}
    return frozenset(
        path for path in paths if is_test_path(path) or _defines_only_tests(workspace, path)
    )


def failing_tests(
    workspace: Workspace, failures: Sequence[Failure], files: Collection[str]
) -> tuple[tuple[Unit, TextFile], ...]:
    """The functions of test files that failures went through, each with its file."""
    found: dict[str, tuple[Unit, TextFile]] = {}
    for frame in (frame for failure in failures for frame in failure.frames):
        if frame.path not in files or not workspace.repository.is_text(frame.path):
            continue
        file = workspace.repository.text(frame.path)
        unit = function_at(units_of(file), frame.line)
        if unit is not None:
            found.setdefault(unit.label, (unit, file))
    return tuple(found.values())


def protected(context: Context, files: Collection[str]) -> Context:
    """The context with these files read-only."""
    return replace(
        context,
        files=tuple(
            replace(each, editable=each.editable and each.path not in files)
            for each in context.files
        ),
    )


def _defines_only_tests(workspace: Workspace, path: str) -> bool:
    """Whether each function and class at the top is a test or contains one."""
    if not workspace.repository.is_text(path):
        return False
    units = units_of(workspace.repository.text(path))
    names = [unit.name.split(".") for unit in units if unit.kind in DEFINITIONS]
    tests = {parts[0] for parts in names if parts[-1].startswith("test")}
    return bool(names) and all(parts[0] in tests for parts in names)
