"""Finds the files that a task may change, above all those that it names by their paths."""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.context.bundle import Context, ContextFile, Selected
from assistant.intent.reading import read_intent
from assistant.repo.languages import is_code
from assistant.repo.paths import is_secret_path, is_test_path
from assistant.repo.units import DEFINITIONS
from assistant.solving.request import TaskRequest
from assistant.solving.values import Target

_EXAMPLE = re.compile(r"\b(?:like|as|see|than|similar to)\b[^,;]*$", re.IGNORECASE)
"""Before the path of a file that shows how, and is not to be changed."""


def editable_files(
    context: Context, request: TaskRequest, *, fixing: bool
) -> tuple[ContextFile, ...]:
    """The files that a task may change.

    A fix never changes test files, and an edit only those whose path it names. An edit changes the
    files that it names by their paths; where these are tests and documents, only if it is about no
    code of other files. The step of a plan has a file of its own. Without any of this, the files
    with definitions come into question before others.
    """
    files = tuple(file for file in context.files if file.editable)
    if fixing:
        return tuple(file for file in files if not is_test_path(file.path))
    said = files_said(request.wanted, files) if request.step is None else ()
    if any(map(_is_source, said)) or (said and not _is_about_code(request, files)):
        return said
    named = [file for file in files if not is_test_path(file.path) or file.path in request.task]
    code = [file for file in named if any(unit.kind in DEFINITIONS for unit in file.units)]
    return tuple(code or named or files)


def with_secrets_protected(context: Context, request: TaskRequest) -> Context:
    """The context with the files for secrets read-only that neither the task nor the step names:
    to select one is to let it be read."""
    step = request.step.path if request.step is not None else ""

    def is_meant(path: str) -> bool:
        return not is_secret_path(path) or path == step or is_said(path, request.wanted)

    files = (
        replace(each, editable=each.editable and is_meant(each.path)) for each in context.files
    )
    return replace(context, files=tuple(files))


def _is_source(file: ContextFile) -> bool:
    return is_code(file.path) and not is_test_path(file.path)


def _is_about_code(request: TaskRequest, files: Sequence[ContextFile]) -> bool:
    """Whether a task adds definitions, or names some that there are."""
    intent = read_intent(request.wanted)
    units = (unit for file in files if _is_source(file) for unit in file.units)
    known = {unit.name.rpartition(".")[2] for unit in units if unit.kind in DEFINITIONS}
    return bool(intent.additions) or not known.isdisjoint(intent.code_names)


def files_said(text: str, files: Sequence[ContextFile]) -> tuple[ContextFile, ...]:
    """The files that a task names to be changed: by their whole paths, or by two parts or more."""
    return tuple(file for file in files if is_said(file.path, text))


def said_first(text: str, files: Sequence[ContextFile]) -> tuple[ContextFile, ...]:
    """The file that a text names by the longest end of its path, and of several the first one.

    Several files where that end is the same, none where the text names none.
    """
    said = [(parts, -at, file) for file in files for parts, at in _ends(file.path, text)]
    best = max((place for *place, _ in said), default=None)
    return tuple(file for *place, file in said if place == best)


def is_said(path: str, text: str) -> bool:
    """Whether a text names a file to be changed: by its whole path, or by two parts or more."""
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


def of_selected_units(selection: Sequence[Selected], targets: list[Target]) -> list[Target]:
    """Of a file of which the user selected units, only these; all targets where none is left."""
    units = [each for each in selection if each.unit]
    partly = {each.path for each in units} - {each.path for each in selection if not each.unit}

    def fits(target: Target) -> bool:
        name = target.unit.name if target.unit else ""
        mine = (each.unit for each in units if each.path == target.path)
        return target.path not in partly or any(f"{name}.".startswith(f"{u}.") for u in mine)

    return list(filter(fits, targets)) or targets
