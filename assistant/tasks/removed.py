"""Finds the unit that a task does nothing but remove; no model is needed for that."""

from assistant.context.bundle import Context
from assistant.intent.removals import removal
from assistant.repo.units import UnitKind
from assistant.solving.events import Step, Verb
from assistant.solving.request import TaskRequest

_DEFINITIONS = (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS)


def removed(request: TaskRequest, context: Context) -> Step | None:
    """The step that deletes what the plan, or the task, says to delete.

    None for any other task, and where the unit is not certain: several have the name, a check must
    pass, or other code in context still uses it, so that more has to change.
    """
    if request.step is not None:
        return request.step if request.step.verb is Verb.DELETE else None
    name = removal(request.wanted)
    if not name or request.check is not None:
        return None
    files = [file for file in context.files if file.editable]
    found = [
        unit
        for file in files
        for unit in file.units
        if unit.kind in _DEFINITIONS and unit.name.rpartition(".")[2] == name
    ]
    if len(found) != 1:
        return None
    unit = found[0]
    others = [each for file in context.files for each in file.units if each != unit]
    apart = [each for each in others if each.end < unit.start or each.start > unit.end]
    elsewhere = [each for each in others if each.path != unit.path]
    if any(name in each.references for each in (*apart, *elsewhere)):
        return None
    return Step(0, Verb.DELETE, unit.path, unit.name, request.title)
