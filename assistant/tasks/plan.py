"""Plans a task: generates ordered steps, each for an existing target or a path to create.

A grammar over the targets in context constrains the generation, so the steps always parse.
"""

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import replace

from assistant.context.bundle import Context
from assistant.engine.base import Cancel, Constraint, Request, Sampling
from assistant.errors import Cancelled, ProposalError
from assistant.intent.reading import read_intent
from assistant.intent.subjects import files_to_come, names_absent_file, subjects
from assistant.intent.values import Intent, Topic
from assistant.prompt.builder import plan_messages
from assistant.repo.units import DEFINITIONS, UnitKind
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
from assistant.tasks.certain import WHOLE_FILE_TOKENS
from assistant.tasks.evident import has_many_sources, plan_by_evidence
from assistant.tasks.gathering import read_context, require_task
from assistant.tasks.recognizing import with_names
from assistant.tasks.rename import rename_step
from assistant.tasks.steps import SENTENCE, condensed, goes_round, parse_steps, quoted

MOST_STEPS = 6
MOST_TARGETS = 60
STEP_TOKENS = 80
INSTRUCTIONS = 450
"""Tokens of the prompt beside code and task: the wording, and the list of targets."""


def plan(workspace: Workspace, request: TaskRequest, cancel: Cancel) -> Iterator[Event]:
    """Streams the steps of a plan as they are generated, then PlanReady.

    The only step of a plan describes the task in the user's own words.
    """
    workspace = workspace.for_request(request)
    require_task(request)
    if (step := rename_step(workspace, request)) is not None:
        yield StepProposed(step)
        yield PlanReady(Plan(request.task, (step,)))
        return
    if not request.selection and has_many_sources(workspace):
        yield PhaseStarted(Phase.CONTEXT)
        cancel.check()
        yield from plan_by_evidence(workspace, with_names(workspace, request), cancel)
        return
    context = yield from read_context(workspace, request, brief=INSTRUCTIONS)
    cancel.check()
    targets = plan_targets(context, request.task)
    known = {*targets, *(file.path for file in workspace.repository.snapshot().files)}
    intent = read_intent(request.task)
    verbs = verbs_for(intent, known)
    small = _small(context)
    distinct = _distinct_targets(targets, small)
    if len(distinct) == 1 and verbs == {Verb.EDIT}:
        path, _, unit = distinct[0].partition("::")
        steps = [Step(1, Verb.EDIT, path, unit, first_line(request.task))]
        yield StepProposed(steps[0])
    else:
        most = (
            MOST_STEPS if Verb.CREATE in verbs or not distinct else min(len(distinct), MOST_STEPS)
        )
        new_files = files_to_come(intent, known)[:most]
        begun = [f"create {path}: {first_line(request.task)}" for path in new_files]
        asked = Request(
            plan_messages(context, request.task, targets, most),
            opening="".join(f"{line}\n" for line in begun),
            samplings=(Sampling(seed=request.seed, max_tokens=most * STEP_TOKENS),),
            constraint=Constraint("lark", plan_grammar(targets, verbs, most, len(begun))),
        )
        yield PhaseStarted(Phase.PLANNING)
        steps = yield from _generate(workspace, asked, begun, small, cancel)
    found = condensed(steps, small)
    if len(found) == 1:
        found = (replace(found[0], sentence=first_line(request.task)),)
    yield PlanReady(Plan(request.task, found))


def _generate(
    workspace: Workspace,
    asked: Request,
    begun: Sequence[str],
    small: Collection[str],
    cancel: Cancel,
) -> Generator[Event, None, list[Step]]:
    """The steps of the lines in `begun` and of those that the model writes after them."""
    steps: list[Step] = []
    yield from _new_steps(begun, steps)
    drawing = Cancel(cancel)
    text = ""
    try:
        for event in draw(workspace.engine, asked, drawing, lambda: 1):
            if isinstance(event, Drawn):
                text = event.completion.text
                break
            yield event
            if isinstance(event, TextStreamed) and not drawing.is_set:
                text += event.text
                lines = [*begun, *text.split("\n")[:-1]]
                yield from _new_steps(lines, steps)
                if goes_round(lines, small):
                    drawing.set()
    except Cancelled:
        cancel.check()
    yield from _new_steps([*begun, *text.split("\n")], steps)
    if not steps:
        raise ProposalError(
            "The model wrote no step.", hint="Rephrase the task, or add a step yourself."
        )
    return steps


def _small(context: Context) -> frozenset[str]:
    """Paths of the files that an edit rewrites whole."""
    return frozenset(
        file.path for file in context.files if file.whole and file.tokens <= WHOLE_FILE_TOKENS
    )


def plan_targets(context: Context, task: str) -> tuple[str, ...]:
    """Labels of the targets that a step may name: the files that the task is about and their units,
    in context order."""
    about = subjects(read_intent(task), [file.path for file in context.files if file.editable])
    labels: list[str] = []
    for file in context.files:
        if file.editable and file.path in about:
            labels.append(file.path)
            labels += [unit.label for unit in file.units if unit.kind in _PLANNED]
    return tuple(labels[:MOST_TARGETS])


def verbs_for(intent: Intent, known: Collection[str]) -> frozenset[Verb]:
    """The verbs that steps may use: edit, and create or delete if the task mentions it.

    Small models would rather create a file than edit one. `known` contains paths and path::unit
    labels.
    """
    verbs = {Verb.EDIT}
    if intent.asks(Topic.NEW_FILE) or names_absent_file(intent, known):
        verbs.add(Verb.CREATE)
    if intent.asks(Topic.REMOVAL):
        verbs.add(Verb.DELETE)
    return frozenset(verbs)


_PLANNED = (*DEFINITIONS, UnitKind.SECTION)


def _distinct_targets(targets: Sequence[str], small: Collection[str]) -> tuple[str, ...]:
    """Distinct targets of steps: each small file, and the units of other files, if any.

    A file with a single unit counts once, as its unit: otherwise a small model names both.
    """
    units: dict[str, list[str]] = {}
    for target in targets:
        units.setdefault(_path(target), []).extend([target] if "::" in target else [])
    found: list[str] = []
    for path, held in units.items():
        found += [path] if not held or (path in small and len(held) > 1) else held
    return tuple(found)


def plan_grammar(
    targets: Sequence[str],
    verbs: Collection[Verb] = tuple(Verb),
    most: int = MOST_STEPS,
    begun: int = 0,
) -> str:
    """A Lark grammar for llguidance of up to `most` plan lines, `begun` of which already exist.

    A path to create may not be that of a target, nor start with one. Without targets, create is the
    only verb, whatever `verbs` contains.
    """
    # If blank lines or an early end are forbidden, the model writes nonsense instead.
    left = most - begun - 1
    more = f" (NL step){{0,{left}}}" if left > 0 else ""
    start = f"(step{more})? NL?" if begun else f"step{more} NL?"
    lines = f"start: {start}\nstep: change SENTENCE\n"
    lines += "NL: /\\n{1,2}/\n"
    # A single sentence, because small models do not stop on their own.
    lines += f"SENTENCE: {SENTENCE}\n"
    if not targets:
        return f'{lines}change: "create " NEW ": "\n{_NEW}\n'
    places = " | ".join(quoted(f"{target}: ") for target in targets)
    there = "|".join(_escaped(path) for path in dict.fromkeys(map(_path, targets)))
    ways = [f'"{verb.value} " place' for verb in (Verb.EDIT, Verb.DELETE) if verb in verbs]
    if Verb.CREATE in verbs:
        ways.append('"create " NEW ": "')
        lines += f"{_NEW} & ~/({there})(\\W.*)?/\n"
    return f"{lines}change: {' | '.join(ways)}\nplace: {places}\n"


_NEW = "NEW: /([A-Za-z0-9_][A-Za-z0-9_.-]{0,40}\\/){0,4}[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}/"


def _path(target: str) -> str:
    return target.partition("::")[0]


def _escaped(text: str) -> str:
    """A regular expression that matches exactly the text."""
    return "".join(c if c.isascii() and c.isalnum() else f"\\x{{{ord(c):x}}}" for c in text)


def _new_steps(lines: Sequence[str], steps: list[Step]) -> Iterator[StepProposed]:
    """Yields the steps on complete lines that are not yet in `steps`, and appends them."""
    parsed = parse_steps(lines)
    for step in parsed[len(steps) :]:
        steps.append(step)
        yield StepProposed(step)
