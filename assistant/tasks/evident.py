"""Plans from evidence: which files change follows from the repository, and the model only writes
a sentence about each.

A small model that chooses targets freely names those it has just read.
"""

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import replace

from assistant.engine.base import Cancel, Constraint, Request, Sampling
from assistant.errors import ContextError, ProposalError
from assistant.intent.reading import read_intent
from assistant.intent.subjects import files_to_come
from assistant.intent.values import Intent, Topic
from assistant.planning.choosing import choose_places, in_order
from assistant.planning.facts import Role, role_of
from assistant.planning.survey import Survey, survey
from assistant.prompt.builder import plan_places_messages
from assistant.repo.parsing import units_of
from assistant.repo.units import DEFINITIONS, Unit
from assistant.solving.drawing import Drawn, draw
from assistant.solving.events import (
    Event,
    Phase,
    PhaseStarted,
    Plan,
    PlanReady,
    Step,
    StepProposed,
    TextStreamed,
    Verb,
)
from assistant.solving.request import TaskRequest, Workspace, first_line
from assistant.tasks.gathering import missing_names
from assistant.tasks.steps import SENTENCE, numbered, parse_steps, quoted

FEW_SOURCES = 5
"""The model plans repositories with no more source files itself, from excerpts."""
_SENTENCE_TOKENS = 60
_SHOWN_UNITS = 6
_TASK_CHARACTERS = 1_500
_SAID = {
    Role.TEST: "Test the change: ",
    Role.CHANGELOG: "Add an entry: ",
}
"""What is to be done in files whose sentence needs no model."""


def has_many_sources(workspace: Workspace) -> bool:
    """Whether the source files are too many for the model to plan from excerpts of them."""
    files = workspace.repository.snapshot().files
    return sum(role_of(entry.path) is Role.SOURCE for entry in files) > FEW_SOURCES


def plan_by_evidence(workspace: Workspace, request: TaskRequest, cancel: Cancel) -> Iterator[Event]:
    """Streams the steps for the likely targets of a task, then PlanReady."""
    snapshot = workspace.repository.snapshot()
    yield from missing_names(workspace, request)
    found = survey(workspace.repository, snapshot, request.task)
    cancel.check()
    intent = read_intent(request.task)
    new = files_to_come(intent, {entry.path for entry in snapshot.files})
    outlined = [
        *(Step(0, Verb.CREATE, path, "", first_line(request.task)) for path in new),
        *_outlined(workspace, intent, found, only_new=bool(new)),
    ]
    if not outlined:
        raise ProposalError(
            "No file of the repository has anything to do with the task.",
            hint="Name a file or a function in the task, or select one.",
        )
    said = [step if step.sentence else _said(step, found, request.task) for step in outlined]
    open_steps = [step for step in said if not step.sentence]
    if len(open_steps) > 1:  # the sentence of a single step is the task
        yield PhaseStarted(Phase.PLANNING)
        written = yield from _sentences(workspace, request, open_steps, cancel)
        said = [written.get(step.target, step) for step in said]
    steps = numbered([_with_task(step, request.task) for step in said])
    for step in steps:
        yield StepProposed(step)
    yield PlanReady(Plan(request.task, steps))


def _outlined(
    workspace: Workspace, intent: Intent, found: Survey, *, only_new: bool
) -> Iterator[Step]:
    """A step without a sentence for each likely target, in the order of the work.

    With new files, existing ones have to be likely to count: none may have to change.
    """
    roles = (Role.TEST,) if intent.asks(Topic.ONLY_TESTS) else tuple(Role)
    places = choose_places(found.places, roles, at_least_one=not only_new)
    for place in in_order(places, found.graph):
        yield Step(0, Verb.EDIT, place.path, _unit(workspace, intent, place.path), "")


def _unit(workspace: Workspace, intent: Intent, path: str) -> str:
    """The unit that the task names, if it is the only one of the file; else the edit chooses."""
    named = [
        unit.name
        for unit in _definitions(workspace, path)
        if unit.name.rpartition(".")[2] in intent.code_names
    ]
    return named[0] if len(named) == 1 else ""


def _said(step: Step, found: Survey, task: str) -> Step:
    """The step, with its sentence if its target says what is to be done there."""
    role = next((place.role for place in found.places if place.path == step.path), None)
    if role not in _SAID or role is None:
        return step
    return replace(step, sentence=first_line(f"{_SAID[role]}{first_line(task)}"))


def _with_task(step: Step, task: str) -> Step:
    return step if step.sentence else replace(step, sentence=first_line(task))


def _sentences(
    workspace: Workspace, request: TaskRequest, steps: Sequence[Step], cancel: Cancel
) -> Generator[Event, None, dict[str, Step]]:
    """The steps by their targets, with the sentences that the model writes. Yields its text."""
    lines = [f"{step.verb.value} {step.target}:" for step in steps]
    there = [_shown(workspace, request.task, step) for step in steps]
    asked = Request(
        plan_places_messages(
            request.task.strip()[:_TASK_CHARACTERS], list(zip(lines, there, strict=True))
        ),
        samplings=(Sampling(seed=request.seed, max_tokens=len(steps) * _SENTENCE_TOKENS),),
        constraint=Constraint("lark", sentences_grammar(lines)),
    )
    text = ""
    for event in draw(workspace.engine, asked, cancel, lambda: 1):
        if isinstance(event, Drawn):
            text = event.completion.text
            break
        yield event
        if isinstance(event, TextStreamed):
            text += event.text
    return {step.target: step for step in _distinct(parse_steps(text.split("\n")))}


def sentences_grammar(lines: Sequence[str]) -> str:
    """A Lark grammar for llguidance: each of these beginnings of a line, with a sentence."""
    parts = " NL ".join(f"{quoted(f'{line} ')} SENTENCE" for line in lines)
    return f'start: {parts} NL?\nNL: "\\n"\nSENTENCE: {SENTENCE}\n'


def _distinct(steps: Sequence[Step]) -> list[Step]:
    """The steps, of which those that only repeat an earlier sentence get none."""
    sentences: set[str] = set()
    found = []
    for step in steps:
        repeated = step.sentence in sentences
        sentences.add(step.sentence)
        found.append(replace(step, sentence="") if repeated else step)
    return found


def _shown(workspace: Workspace, task: str, step: Step) -> str:
    """Names of definitions in a file, those that the task mentions first."""
    mentioned = read_intent(task).names
    names = [unit.name for unit in _definitions(workspace, step.path) if "." not in unit.name]
    names.sort(key=lambda name: name not in mentioned)
    return ", ".join(names[:_SHOWN_UNITS])


def _definitions(workspace: Workspace, path: str) -> Collection[Unit]:
    try:
        file = workspace.repository.text(path)
    except ContextError:
        return ()
    return [unit for unit in units_of(file) if unit.kind in DEFINITIONS]
