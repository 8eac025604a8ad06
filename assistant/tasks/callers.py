"""Adds the callers of what a task changes to its targets, where the task asks for them."""

from collections.abc import Sequence

from assistant.context.bundle import ContextFile
from assistant.engine.base import Cancel
from assistant.intent.values import Intent, Topic
from assistant.refactoring.sources import Sources
from assistant.refactoring.users import users_of
from assistant.repo.parsing import units_of
from assistant.repo.paths import is_test_path
from assistant.repo.units import Unit, UnitKind
from assistant.solving.request import Workspace
from assistant.solving.values import Target

MOST_CALLERS = 8
_CALLED = (UnitKind.FUNCTION, UnitKind.METHOD)


def with_callers(
    workspace: Workspace, targets: Sequence[Target], intent: Intent, cancel: Cancel
) -> tuple[Target, ...]:
    """The targets, what is called before its callers, with callers that the task asks for.

    Tests only count as callers where the task speaks of tests. Raises Cancelled.
    """
    units = [each.unit for each in targets if each.unit is not None and not each.adds]
    if len(units) < len(targets) or not intent.asks(Topic.CALLERS):
        return tuple(targets)
    called = _ordered(units)[0]
    if called.kind not in _CALLED:
        return tuple(targets)
    sources = Sources(workspace.repository)
    users = [
        unit
        for unit in users_of(sources, called, workspace.settings.cache_dir, cancel.check)
        if intent.asks(Topic.TESTS) or not is_test_path(unit.path)
    ]
    known = {each.label: each for each in targets}
    for unit in users[:MOST_CALLERS]:
        known.setdefault(unit.label, _target(workspace, sources, unit, called))
    order = _ordered([each.unit for each in known.values() if each.unit is not None])
    return tuple(known[unit.label] for unit in order)


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
