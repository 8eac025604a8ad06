"""Renames without a model, where a task asks for nothing else."""

from collections.abc import Generator

from assistant.checks.results import Evidence, Status
from assistant.context.bundle import ContextFile
from assistant.engine.base import Cancel
from assistant.intent.reading import read_intent
from assistant.refactoring.choosing import Wanted, chosen
from assistant.refactoring.renaming import Renamed, changes_of, rename
from assistant.refactoring.sources import Sources
from assistant.refactoring.values import Definition, Sense
from assistant.repo.parsing import units_of
from assistant.repo.units import Unit
from assistant.solving.events import Event, Phase, PhaseStarted, Step, UnitsChosen, Verb
from assistant.solving.request import TaskRequest, Workspace, first_line
from assistant.solving.values import Candidate, Target
from assistant.tasks.proposing import proposed

SOURCE = "rename"


def renamed(
    workspace: Workspace, request: TaskRequest, cancel: Cancel
) -> Generator[Event, None, bool]:
    """Ends with ProposalReady and returns True, if the task is to rename what is defined here.

    Raises ProposalError where the names leave open what is meant, CheckError and Cancelled.
    """
    intent = read_intent(request.wanted)
    if not intent.renamings:
        return False
    yield PhaseStarted(Phase.LOCATING)
    sources = Sources(workspace.repository)
    selected = [each.path for each in request.selection]
    if request.step is not None and request.step.path:
        selected = [request.step.path]
    found = rename(sources, intent, selected, workspace.settings.cache_dir, cancel.check)
    if not found:
        return False
    targets = tuple(_target(sources, each) for each in found)
    yield UnitsChosen(
        tuple(target.label for target in targets), tuple(target.reason for target in targets)
    )
    evidence = tuple(_evidence(each) for each in found)
    changes = changes_of(sources, found)
    reason = "; ".join(f"{target.label}: {target.reason}" for target in targets)
    candidate = Candidate(1, changes, SOURCE, targets[-1], evidence=evidence)
    yield from proposed(workspace, request, candidate, reason, cancel)
    return True


def rename_step(workspace: Workspace, request: TaskRequest) -> Step | None:
    """The one step of a plan that only renames; None for another task.

    Raises ProposalError where the names leave open what is meant.
    """
    intent = read_intent(request.task)
    if not intent.renamings:
        return None
    sources = Sources(workspace.repository)
    selected = [each.path for each in request.selection]
    found = [chosen(sources, Wanted(each, intent, selected)) for each in intent.renamings]
    first = found[0]
    if first is None or None in found:
        return None
    file = sources.file(first.path)
    named = file is not None and any(unit.name == first.name for unit in units_of(file))
    unit = first.name if named else ""
    return Step(1, Verb.EDIT, first.path, unit, first_line(request.task))


def _evidence(each: Renamed) -> Evidence:
    unsure = each.found.of(Sense.UNCERTAIN)
    labels = tuple(place.label for place in unsure)
    status = Status.HINT if unsure or each.found.skipped else Status.PASSED
    return Evidence("references", status, each.summary, about=labels)


def _target(sources: Sources, each: Renamed) -> Target:
    definition = each.found.definition
    file = sources.file(definition.path)
    units = units_of(file) if file is not None else ()
    shown = ContextFile(definition.path, file.text if file else "", units, 0)
    return Target(shown, _unit_of(shown, definition), f"renamed to {each.new}")


def _unit_of(file: ContextFile, definition: Definition) -> Unit | None:
    return next((unit for unit in file.units if unit.name == definition.name), None)
