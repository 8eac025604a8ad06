"""Owns the plan: a task becomes ordered steps that name only places that exist, or a new path.

The answer is constrained by a grammar over the places in context, so it always parses.
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
from assistant.repo.units import UnitKind
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
from assistant.tasks.gathering import gather_context
from assistant.tasks.locate import WHOLE_FILE_TOKENS
from assistant.tasks.steps import condensed, goes_round, parse_steps

MOST_STEPS = 6
MOST_TARGETS = 60
STEP_TOKENS = 80


def plan(workspace: Workspace, request: TaskRequest, cancel: Cancel) -> Iterator[Event]:
    """Streams the steps of a plan as they are written, then PlanReady.

    A plan of one step says what to do in the user's words: nobody knows it better.
    """
    yield PhaseStarted(Phase.CONTEXT)
    context = gather_context(workspace, request)
    cancel.check()
    targets = plan_targets(context, request.task)
    known = {*targets, *(file.path for file in workspace.repository.snapshot().files)}
    intent = read_intent(request.task)
    verbs = verbs_for(intent, known)
    small = _small(context)
    places = _places(targets, small)
    if len(places) == 1 and verbs == {Verb.EDIT}:
        path, _, unit = places[0].partition("::")
        steps = [Step(1, Verb.EDIT, path, unit, first_line(request.task))]
        yield StepProposed(steps[0])
    else:
        most = MOST_STEPS if Verb.CREATE in verbs or not places else min(len(places), MOST_STEPS)
        come = files_to_come(intent, known)[:most]
        begun = [f"create {path}: {first_line(request.task)}" for path in come]
        asked = Request(
            plan_messages(context, request.task, targets, most),
            opening="".join(f"{line}\n" for line in begun),
            samplings=(Sampling(seed=request.seed, max_tokens=most * STEP_TOKENS),),
            constraint=Constraint("lark", plan_grammar(targets, verbs, most, len(begun))),
        )
        yield PhaseStarted(Phase.PLANNING)
        steps = yield from _written(workspace, asked, begun, small, cancel)
    found = condensed(steps, small)
    if len(found) == 1:
        found = (replace(found[0], sentence=first_line(request.task)),)
    yield PlanReady(Plan(request.task, found))


def _written(
    workspace: Workspace,
    asked: Request,
    begun: Sequence[str],
    small: Collection[str],
    cancel: Cancel,
) -> Generator[Event, None, list[Step]]:
    """The steps of the lines that are `begun` and of those that the model writes behind them."""
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
            "The model wrote no step.", hint="Say the task in other words, or add a step by hand."
        )
    return steps


def _small(context: Context) -> frozenset[str]:
    """Paths of the files that an edit would rewrite whole."""
    return frozenset(
        file.path for file in context.files if file.whole and file.tokens <= WHOLE_FILE_TOKENS
    )


def plan_targets(context: Context, task: str) -> tuple[str, ...]:
    """Labels of the places a step may name: the files that the task is about and their units, in
    the order of the context."""
    about = subjects(read_intent(task), [file.path for file in context.files if file.editable])
    labels: list[str] = []
    for file in context.files:
        if file.editable and file.path in about:
            labels.append(file.path)
            labels += [unit.label for unit in file.units if unit.kind in _PLANNED]
    return tuple(labels[:MOST_TARGETS])


def verbs_for(intent: Intent, known: Collection[str]) -> frozenset[Verb]:
    """What steps may do: edit, and create or delete where the task speaks of that.

    Small models would sooner create a file than edit one. `known` are paths, and path::unit.
    """
    verbs = {Verb.EDIT}
    if intent.asks(Topic.NEW_FILE) or names_absent_file(intent, known):
        verbs.add(Verb.CREATE)
    if intent.asks(Topic.REMOVAL):
        verbs.add(Verb.DELETE)
    return frozenset(verbs)


_PLANNED = (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS, UnitKind.SECTION)


def _places(targets: Sequence[str], small: Collection[str]) -> tuple[str, ...]:
    """What steps can be about: each small file, and of the others the units, where they have some.

    A file with one unit is one place, whichever of the two a step names: a small model would go on
    to name the other one as well.
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
    """A grammar, in llguidance's Lark, of one to `most` lines over the targets, `begun` of which
    are there already.

    A path of a target, or what begins with it, is not a path for a file to create. Where nothing
    is in context, create is the only verb, whatever `verbs` are.
    """
    # A model that must not leave a blank line or end where it would writes nonsense instead.
    left = most - begun - 1
    more = f" (NL step){{0,{left}}}" if left > 0 else ""
    start = f"(step{more})? NL?" if begun else f"step{more} NL?"
    lines = f"start: {start}\nstep: change SENTENCE\n"
    lines += "NL: /\\n{1,2}/\n"
    # One sentence: small models go on and on where they are let.
    lines += f"SENTENCE: {_SENTENCE}\n"
    if not targets:
        return f'{lines}change: "create " NEW ": "\n{_NEW}\n'
    places = " | ".join(_quoted(f"{target}: ") for target in targets)
    there = "|".join(_escaped(path) for path in dict.fromkeys(map(_path, targets)))
    ways = [f'"{verb.value} " place' for verb in (Verb.EDIT, Verb.DELETE) if verb in verbs]
    if Verb.CREATE in verbs:
        ways.append('"create " NEW ": "')
        lines += f"{_NEW} & ~/({there})(\\W.*)?/\n"
    return f"{lines}change: {' | '.join(ways)}\nplace: {places}\n"


_SENTENCE = r"/[A-Za-z`\"'(]([^\n.:;={}]|\.[^ \n:;={}]){7,199}\.?/"
"""Words, not code, nor the line of another step."""
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
