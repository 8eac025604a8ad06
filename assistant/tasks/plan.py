"""Owns the plan: a task becomes ordered steps that name only places that exist, or a new path.

The answer is constrained by a grammar over the places in context, so it always parses.
"""

from collections.abc import Collection, Iterator, Sequence

from assistant.context.bundle import Context
from assistant.engine.base import Cancel, Constraint, Request, Sampling
from assistant.errors import ProposalError
from assistant.prompt.builder import plan_messages
from assistant.repo.units import UnitKind
from assistant.tasks.events import (
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
from assistant.tasks.gathering import gather_context
from assistant.tasks.locate import WHOLE_FILE_TOKENS
from assistant.tasks.request import TaskRequest, Workspace
from assistant.tasks.steps import condensed, parse_steps, verbs_for
from assistant.tasks.streams import Drawn, draw

MOST_STEPS = 6
MOST_TARGETS = 60
STEP_TOKENS = 80


def plan(workspace: Workspace, request: TaskRequest, cancel: Cancel) -> Iterator[Event]:
    """Streams the steps of a plan as they are written, then PlanReady."""
    yield PhaseStarted(Phase.CONTEXT)
    context = gather_context(workspace, request)
    targets = plan_targets(context)
    known = {*targets, *(file.path for file in workspace.repository.snapshot().files)}
    asked = Request(
        plan_messages(context, request.task, targets, MOST_STEPS),
        samplings=(Sampling(seed=request.seed, max_tokens=MOST_STEPS * STEP_TOKENS),),
        constraint=Constraint("lark", plan_grammar(targets, verbs_for(request.task, known))),
    )
    yield PhaseStarted(Phase.PLANNING)
    steps: list[Step] = []
    text = ""
    for event in draw(workspace.engine, asked, cancel):
        if isinstance(event, Drawn):
            text = event.completion.text
            break
        yield event
        if isinstance(event, TextStreamed):
            text += event.text
            yield from _new_steps(text.split("\n")[:-1], steps)
    yield from _new_steps(text.split("\n"), steps)
    if not steps:
        raise ProposalError(
            "The model wrote no step.", hint="Say the task in other words, or add a step by hand."
        )
    yield PlanReady(Plan(request.task, condensed(steps, _small(context))))


def _small(context: Context) -> frozenset[str]:
    """Paths of the files that an edit would rewrite whole."""
    return frozenset(
        file.path for file in context.files if file.whole and file.tokens <= WHOLE_FILE_TOKENS
    )


def plan_targets(context: Context) -> tuple[str, ...]:
    """Labels of the places a step may name: files and their units, in the order of the context."""
    labels: list[str] = []
    for file in context.files:
        if file.editable:
            labels.append(file.path)
            labels += [unit.label for unit in file.units if unit.kind in _PLANNED]
    return tuple(labels[:MOST_TARGETS])


_PLANNED = (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS, UnitKind.SECTION)


def plan_grammar(targets: Sequence[str], verbs: Collection[Verb] = tuple(Verb)) -> str:
    """A grammar, in llguidance's Lark, of one to MOST_STEPS lines over the targets.

    A path of a target, or what begins with it, is not a path for a file to create. Where nothing
    is in context, create is the only verb, whatever `verbs` are.
    """
    lines = f'start: step{{1,{MOST_STEPS}}}\nstep: change SENTENCE "\\n"\n'
    # One sentence: small models go on and on where they are let.
    lines += "SENTENCE: /[A-Za-z`\"'(]([^\\n.]|\\.[^ \\n]){7,199}\\.?/\n"
    if not targets:
        return f'{lines}change: "create " NEW ": "\n{_NEW}\n'
    places = " | ".join(_quoted(f"{target}: ") for target in targets)
    there = "|".join(_escaped(path) for path in dict.fromkeys(_path(each) for each in targets))
    ways = [f'"{verb.value} " place' for verb in (Verb.EDIT, Verb.DELETE) if verb in verbs]
    if Verb.CREATE in verbs:
        ways.append('"create " NEW ": "')
        lines += f"{_NEW} & ~/({there})(\\W.*)?/\n"
    return f"{lines}change: {' | '.join(ways)}\nplace: {places}\n"


_NEW = "NEW: /([A-Za-z0-9_][A-Za-z0-9_.-]{0,40}\\/){0,4}[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}/"


def _path(target: str) -> str:
    return target.partition("::")[0]


def _escaped(text: str) -> str:
    """A regular expression that matches the text and nothing else."""
    return "".join(c if c.isascii() and c.isalnum() else f"\\x{{{ord(c):x}}}" for c in text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _new_steps(lines: Sequence[str], steps: list[Step]) -> Iterator[StepProposed]:
    """Steps on complete lines that are not in `steps` yet; adds them there."""
    parsed = parse_steps(lines)
    for step in parsed[len(steps) :]:
        steps.append(step)
        yield StepProposed(step)
