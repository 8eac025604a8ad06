"""Finds the files that a task may change, above all those that it names by their paths."""

import re
from collections.abc import Sequence

from assistant.context.bundle import Context, ContextFile
from assistant.repo.paths import is_test_path
from assistant.repo.units import DEFINITIONS
from assistant.solving.request import TaskRequest

_EXAMPLE = re.compile(r"\b(?:like|as|see|than|similar to)\b[^,;]*$", re.IGNORECASE)
"""Before the path of a file that shows how, and is not to be changed."""


def editable_files(
    context: Context, request: TaskRequest, *, fixing: bool
) -> tuple[ContextFile, ...]:
    """The files that a task may change: those that it names by their paths, if any. The step of a
    plan has a file of its own.

    A fix never changes test files, and an edit only those whose path it names. Files without
    definitions come into question where there are no others.
    """
    files = tuple(file for file in context.files if file.editable)
    if fixing:
        return tuple(file for file in files if not is_test_path(file.path))
    said = files_said(request.wanted, files)
    if said and request.step is None:
        return said
    named = [file for file in files if not is_test_path(file.path) or file.path in request.task]
    code = [file for file in named if any(unit.kind in DEFINITIONS for unit in file.units)]
    return tuple(code or named or files)


def files_said(text: str, files: Sequence[ContextFile]) -> tuple[ContextFile, ...]:
    """The files that a task names to be changed: by their whole paths, or by two parts or more."""
    return tuple(file for file in files if _is_said(file.path, text))


def said_first(text: str, files: Sequence[ContextFile]) -> tuple[ContextFile, ...]:
    """The file that a text names by the longest end of its path, and of several the first one.

    Several files where that end is the same, none where the text names none.
    """
    said = [(parts, -at, file) for file in files for parts, at in _ends(file.path, text)]
    best = max((place for *place, _ in said), default=None)
    return tuple(file for *place, file in said if place == best)


def _is_said(path: str, text: str) -> bool:
    least = min(2, path.count("/") + 1)
    places = [at for parts, at in _ends(path, text) if parts >= least]
    return any(not _EXAMPLE.search(text[:at]) for at in places)


def _ends(path: str, text: str) -> list[tuple[int, int]]:
    """The ends of a path that the text contains as paths: their parts, and where they begin."""
    parts = path.split("/")
    found = []
    for at in range(len(parts)):
        end = re.escape("/".join(parts[at:]))
        for match in re.finditer(rf"(?<![\w./-])(?:\./)?{end}(?!\w)", text):
            found.append((len(parts) - at, match.start()))
    return found
