"""Finds the targets of an edit where the words and the code in view leave no choice."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.context.bundle import ContextFile
from assistant.intent.values import Intent
from assistant.repo.units import DEFINITIONS, FUNCTIONS, UnitKind
from assistant.solving.values import Target
from assistant.tasks.paths import files_said
from assistant.tasks.requested import alternatives, requested

WHOLE_FILE_TOKENS = 700
"""Files up to this size are rewritten whole: cheap with drafting, and includes the imports."""

WHOLE_CLASS_LINES = 80
"""Classes up to this size are rewritten whole where the task names them and none of their members:
what changes is then often in several of them."""


def certain(intent: Intent, editable: Sequence[ContextFile]) -> tuple[Target, ...]:
    """The targets, which change together; empty where there is a choice."""
    if found := requested(intent, editable):
        found = (*found, *_changed(intent, found))
        found = (*_other_files(intent, editable, found), *found)
        return tuple(replace(each, certain=True) for each in found)
    if alternatives(intent, editable):
        return ()
    if by_name := named(intent, editable):
        return (*_other_files(intent, editable, by_name), *by_name)
    if _is_small(editable):
        return (Target(editable[0], None, "the only editable file, and small"),)
    if owner := named_class(intent, editable):
        return (*_other_files(intent, editable, (owner,)), owner)
    return ()


def named(intent: Intent, editable: Sequence[ContextFile]) -> tuple[Target, ...]:
    """Functions and methods that the task names, unless it names all the code there is."""
    found = [
        Target(file, unit, "named in the task")
        for file in editable
        for unit in file.units
        if unit.kind in FUNCTIONS and unit.name.rpartition(".")[2] in intent.code_names
    ]
    code = [unit for file in editable for unit in file.units if unit.kind in DEFINITIONS]
    distinct = {each.unit.name.rpartition(".")[2] for each in found if each.unit}
    unique = len(distinct) == len(found)  # a name that several units share is ambiguous
    return tuple(found) if unique and len(found) < len(code) else ()


def named_class(intent: Intent, editable: Sequence[ContextFile]) -> Target | None:
    """The only class that the task names, if it is small and no word is the name of a member."""
    found = [
        Target(file, unit, "named in the task")
        for file in editable
        for unit in file.units
        if unit.kind is UnitKind.CLASS and unit.name.rpartition(".")[2] in intent.code_names
    ]
    if len(found) != 1 or found[0].unit is None:
        return None
    unit = found[0].unit
    members = {
        each.name.removeprefix(f"{unit.name}.")
        for each in found[0].file.units
        if each.name.startswith(f"{unit.name}.")
    }
    small = unit.end - unit.start < WHOLE_CLASS_LINES
    return found[0] if small and members.isdisjoint(intent.names) else None


def _changed(intent: Intent, additions: Sequence[Target]) -> Iterator[Target]:
    """The functions that the task changes besides what it adds, in the files that it adds to.

    Of several functions with a name, that of a type which gets something is meant.
    """
    files = {each.path: each.file for each in additions}.values()
    owners = {each.unit.label for each in additions if each.unit}
    for name in sorted(intent.changed):
        found = [
            Target(file, unit, "the task changes it too")
            for file in files
            for unit in file.units
            if unit.kind in FUNCTIONS and unit.name.rpartition(".")[2] == name
        ]
        inside = [
            each for each in found if each.unit and each.unit.label.rpartition(".")[0] in owners
        ]
        best = inside or found
        if len(best) == 1:
            yield best[0]


def _other_files(
    intent: Intent, editable: Sequence[ContextFile], targets: Sequence[Target]
) -> Iterator[Target]:
    """Small files that the task names by their paths, beside those of the targets."""
    paths = {each.path for each in targets}
    for file in files_said(intent.text, editable):
        if file.path not in paths and _is_small((file,)):
            yield Target(file, None, "named in the task", certain=True)


def _is_small(editable: Sequence[ContextFile]) -> bool:
    return len(editable) == 1 and editable[0].whole and editable[0].tokens <= WHOLE_FILE_TOKENS
