"""Finds the unit that a task does nothing but remove; no model is needed for that."""

from collections.abc import Sequence

from assistant.context.bundle import Context
from assistant.engine.base import Cancel
from assistant.intent.removals import removal
from assistant.refactoring.sources import Sources
from assistant.refactoring.users import references_to
from assistant.refactoring.values import Place, Sense
from assistant.repo.units import DEFINITIONS, Unit
from assistant.solving.events import Step, Verb
from assistant.solving.request import TaskRequest, Workspace

_MOST_SHOWN = 3


def removed(
    workspace: Workspace, request: TaskRequest, context: Context, cancel: Cancel
) -> tuple[Step, str] | None:
    """The step that deletes what the plan, or the task, says to delete, and the reason for it.

    None for any other task, and where the unit is not certain: none or several have the name and
    are where the task says, a check must pass, or other code of the repository uses the unit, so
    that more has to change. Raises Cancelled.
    """
    if request.step is not None:
        delete = request.step.verb is Verb.DELETE
        return (request.step, "named by the plan") if delete else None
    wanted = removal(request.wanted)
    if wanted is None or request.check is not None:
        return None
    found = [
        unit
        for file in context.files
        if file.editable
        for unit in file.units
        if unit.kind in DEFINITIONS
        and unit.name.partition("#")[0].rpartition(".")[2] == wanted.name
        and all(_is_within(unit, each) for each in wanted.within)
    ]
    if len(found) != 1:
        return None
    unit = found[0]
    sources = Sources(workspace.repository)
    places = references_to(sources, unit, workspace.settings.cache_dir, cancel.check)
    if places is None or _outside(unit, places.of(Sense.REFERENCE, Sense.BY_NAME)):
        return None
    reason = "the task removes it, and no other code is known to use it"
    if unsure := _outside(unit, places.of(Sense.UNCERTAIN)):
        shown = ", ".join(each.label for each in unsure[:_MOST_SHOWN])
        reason += f"; places that may mean it: {len(unsure)} ({shown})"
    return Step(0, Verb.DELETE, unit.path, unit.name, request.title), reason


def _is_within(unit: Unit, place: str) -> bool:
    """Whether a unit is in the type, the module or the file that the words name."""
    owner = unit.name.rpartition(".")[0]
    stem = f"/{unit.path.rpartition('.')[0]}"
    ends = (f"/{unit.path}", stem, stem.removesuffix("/__init__"))
    return f".{owner}".endswith(f".{place}") or any(
        each.endswith((f"/{place}", f"/{place.replace('.', '/')}")) for each in ends
    )


def _outside(unit: Unit, places: Sequence[Place]) -> list[Place]:
    return [
        each for each in places if each.path != unit.path or not unit.start <= each.line <= unit.end
    ]
