"""Orders the targets of a task, and adds the callers that it asks for."""

from collections.abc import Sequence

from assistant.context.bundle import ContextFile
from assistant.engine.base import Cancel
from assistant.intent.values import Intent, Topic
from assistant.refactoring.imports import imports_file
from assistant.refactoring.sources import Sources
from assistant.refactoring.users import users_of
from assistant.repo.parsing import units_of
from assistant.repo.paths import is_test_path
from assistant.repo.units import FUNCTIONS, Unit
from assistant.solving.request import Workspace
from assistant.solving.values import Target

MOST_CALLERS = 8


def with_callers(
    workspace: Workspace, targets: Sequence[Target], intent: Intent, cancel: Cancel
) -> tuple[tuple[Target, ...], str]:
    """The targets, what is called before its callers, with callers that the task asks for; and a
    sentence about the callers that are too many to change, empty without any.

    Tests only count as callers where the task speaks of tests. Raises Cancelled.
    """
    called = _called(targets, intent) if intent.asks(Topic.CALLERS) else []
    if not called:
        return tuple(targets), ""
    sources = Sources(workspace.repository)
    whole = {each.path for each in targets if each.unit is None}
    known = {each.unit.label: each for each in targets if each.unit and not each.adds}
    found: dict[str, Target] = {}
    for unit in called:
        for user in users_of(sources, unit, workspace.settings.cache_dir, cancel.check):
            is_new = user.label not in known and user.path not in whole
            if is_new and (intent.asks(Topic.TESTS) or not is_test_path(user.path)):
                found.setdefault(user.label, _target(workspace, sources, user, unit))
    left = list(found)[MOST_CALLERS:]
    known |= {label: found[label] for label in list(found)[:MOST_CALLERS]}
    order = _ordered([each.unit for each in known.values() if each.unit is not None])
    first = [each for each in targets if each.unit is None or each.adds]
    more = f"{len(left)} more callers are not changed: {', '.join(left)}" if left else ""
    return (*first, *(known[unit.label] for unit in order)), more


def imported_first(workspace: Workspace, targets: Sequence[Target]) -> tuple[Target, ...]:
    """The targets so that a file comes after those that it imports, where there is no cycle."""
    sources = Sources(workspace.repository)
    left, ordered = list(targets), []
    while left:
        paths = {each.path for each in left}
        free = [
            each
            for each in left
            if not any(imports_file(sources, each.path, other) for other in paths - {each.path})
        ]
        ordered.append(free[0] if free else left[0])
        left.remove(ordered[-1])
    return tuple(ordered)


def _called(targets: Sequence[Target], intent: Intent) -> list[Unit]:
    """The functions of the targets whose callers change: not those that are callers themselves.

    Of a whole file they are those that the task names, or else all.
    """
    units = [each.unit for each in targets if each.unit is not None and not each.adds]
    for target in targets:
        if target.unit is None:
            inside = [each for each in target.file.units if each.kind in FUNCTIONS]
            named = [each for each in inside if intent.mentions(each.name.rpartition(".")[2])]
            units += named or inside
    ordered = _ordered([each for each in units if each.kind in FUNCTIONS])
    names = {each.label: each.name.rpartition(".")[2] for each in ordered}
    return [
        each
        for at, each in enumerate(ordered)
        if not any(names[other.label] in each.references for other in ordered[:at])
    ]


def _ordered(units: Sequence[Unit]) -> list[Unit]:
    """Units so that each one comes after those that it uses, where there is no cycle."""
    left, ordered = list(units), []
    while left:
        names = {unit.label: unit.name.rpartition(".")[2] for unit in left}
        free = [
            unit
            for unit in left
            if not any(
                name in unit.references for label, name in names.items() if label != unit.label
            )
        ]
        ordered.append(free[0] if free else left[0])
        left.remove(ordered[-1])
    return ordered


def _target(workspace: Workspace, sources: Sources, unit: Unit, called: Unit) -> Target:
    file = sources.file(unit.path)
    text = file.text if file is not None else ""
    units = units_of(file) if file is not None else ()
    shown = ContextFile(unit.path, text, units, workspace.counter.count(text))
    return Target(shown, unit, f"calls {called.name.rpartition('.')[2]}")
