"""Locates the targets of a task: the units to change, with the evidence for each.

The evidence, strongest first: names in the task, frames of a traceback, coverage of the failing
tests, the ranking by words and references. The model chooses among at most eight labelled units.
"""

import math
import textwrap
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import replace

from assistant.checks.results import Failure
from assistant.checks.spectrum import Spectrum
from assistant.context.bundle import Context, ContextFile
from assistant.engine.base import Cancel, Request
from assistant.errors import ContextError
from assistant.intent.reading import read_intent
from assistant.intent.values import Intent
from assistant.prompt.builder import choose_messages, letter
from assistant.proposal.unwritten import is_unwritten
from assistant.repo.likely import rank_changed
from assistant.repo.ranking import rank_units
from assistant.repo.units import DEFINITIONS, Unit, UnitKind, function_at
from assistant.solving.events import Event, PromptProgress, Step, UnitsChosen
from assistant.solving.request import TaskRequest, Workspace
from assistant.solving.state import code_of
from assistant.solving.values import Target, TargetKind
from assistant.tasks.absent import Home, targets_at
from assistant.tasks.certain import certain, named
from assistant.tasks.paths import editable_files, of_selected_units
from assistant.tasks.requested import alternatives, insertion, with_additions

MOST_CHOICES = 8
DECISIVE = 0.5
"""Probability from which the model's choice counts. Where it does not know, a small model spreads
its answer over the letters in nearly the same way, whatever they stand for."""
LONGEST_SIGNATURE = 120
"""Characters of a signature in the list of choices."""
INNERMOST, ON_TRACEBACK = 4.0, 2.0
"""Weights of the innermost unit on a traceback and of those further up; ranked units have 1."""
NAMED = 4.0
"""Weight of a unit that the task of a fix names."""
CALLED_BY_TEST, RUN_BY_TEST = 3.0, 2.0
"""Weights of a unit that the failing test calls, and of one that it only runs. A spectrum scales
both by suspiciousness, which passing tests lower."""


def locate(
    workspace: Workspace,
    request: TaskRequest,
    context: Context,
    failures: Sequence[Failure],
    cancel: Cancel,
    *,
    fixing: bool = False,
    called: Collection[str] = (),
    spectrum: Spectrum | None = None,
    homes: Sequence[Home] = (),
) -> Generator[Event, None, tuple[Target, ...]]:
    """Returns the targets, most likely first, and at least one. Yields the prefill progress.

    `called` contains the names that the failing tests use, `spectrum` their coverage, and `homes`
    what lacks something that they need. A fix targets single units and never test files; an edit
    targets a small file as a whole. Raises ContextError if nothing in context may be edited.
    """
    editable = editable_files(context, request, fixing=fixing)
    if not editable:
        raise ContextError(
            "No file in context may be edited.",
            hint="Select the file to change. A fix never edits tests; secret files must be named.",
        )
    if request.step is not None and request.step.path:
        editable = (_step_file(request.step, editable),)
        if request.step.unit:
            return (_step_unit(request, request.step, editable[0]),)
    intent = read_intent(request.wanted)
    if not fixing and (targets := certain(intent, editable)):
        return targets
    choices = () if fixing else alternatives(intent, editable)
    if not choices:
        ranked = _ranked(workspace, request, editable, failures, called, spectrum)
        ranked = ranked if fixing else of_selected_units(request.selection, ranked)
        ranked = [*targets_at(context, homes), *ranked][:MOST_CHOICES]
        choices = tuple(ranked if fixing else with_additions(ranked, MOST_CHOICES))
    if len(choices) == 1:
        return choices
    return (yield from _choose(workspace, request, context, choices[:MOST_CHOICES], cancel))


def _step_file(step: Step, editable: Sequence[ContextFile]) -> ContextFile:
    file = next((each for each in editable if each.path == step.path), None)
    if file is None:
        raise ContextError(f"{step.path} is not selected.", hint="Select it, then run the step.")
    return file


def _step_unit(request: TaskRequest, step: Step, file: ContextFile) -> Target:
    unit = next((each for each in file.units if each.name == step.unit), None)
    added = insertion(read_intent(request.wanted), file, step.unit) if unit is None else None
    if added is not None:
        return added
    if unit is None:
        raise ContextError(
            f"{step.path} no longer contains {step.unit}.",
            hint="If it is to be added, say so in the step. Otherwise edit the step or plan again.",
        )
    return Target(file, unit, "named by the plan")


def _ranked(
    workspace: Workspace,
    request: TaskRequest,
    editable: Sequence[ContextFile],
    failures: Sequence[Failure],
    called: Collection[str],
    spectrum: Spectrum | None,
) -> list[Target]:
    """Up to MOST_CHOICES targets: from tracebacks, names in the task, failing tests and words.

    Beside definitions, these are the statements that define a name of the task; in a file without
    definitions, all its units.
    """
    names = read_intent(request.wanted).code_names
    by_path: Mapping[str, ContextFile] = {file.path: file for file in editable}
    targets: list[Target] = []
    for unit, line, innermost in _frame_units(editable, failures):
        reason = f"{'innermost ' if innermost else ''}on the traceback, line {line}"
        weight = INNERMOST if innermost else ON_TRACEBACK
        targets.append(Target(by_path[unit.path], unit, reason, weight))
    targets += [
        replace(target, weight=NAMED) for target in named(read_intent(request.wanted), editable)
    ]
    targets += [
        Target(file, unit, "named in the task", NAMED)
        for file in editable
        for unit in file.units
        if unit.kind is UnitKind.BLOCK and unit.name in names
    ]
    targets += _run_by_tests(editable, called, spectrum)
    words = " ".join([request.wanted, *(f"{each.name} {each.message}" for each in failures)])
    # Context files may be elided; their units cover the whole file.
    texts = {
        file.path: (file.units, workspace.repository.text(file.path).text) for file in editable
    }
    rank = rank_units if failures else rank_changed
    for ranked in rank(words, texts, workspace.repository.recency()):
        unit = ranked.unit
        if unit.kind in DEFINITIONS or not any(
            each.kind in DEFINITIONS for each in by_path[unit.path].units
        ):
            targets.append(Target(by_path[unit.path], unit, "; ".join(ranked.reasons)))
    distinct = {target.label: target for target in reversed(targets)}
    order = dict.fromkeys(target.label for target in targets)
    return _without_nested([distinct[label] for label in order])[:MOST_CHOICES]


def _run_by_tests(
    editable: Sequence[ContextFile], called: Collection[str], spectrum: Spectrum | None
) -> list[Target]:
    """Units that the failing tests run, most suspicious first; else those that they call."""
    found = _covered_units(editable, called, spectrum) if spectrum is not None else []
    return found or [
        Target(file, unit, "called by the failing test", CALLED_BY_TEST)
        for file in editable
        for unit in file.units
        if unit.kind in DEFINITIONS and unit.name.rpartition(".")[2] in called
    ]


def _covered_units(
    editable: Sequence[ContextFile], called: Collection[str], spectrum: Spectrum
) -> list[Target]:
    best: dict[str, Target] = {}
    by_path = {file.path: file for file in editable}
    for function in spectrum.functions:
        file = by_path.get(function.path)
        unit = function_at(file.units, function.line) if file is not None else None
        if file is None or unit is None or not function.failing:
            continue
        direct = unit.name.rpartition(".")[2] in called
        weight = (CALLED_BY_TEST if direct else RUN_BY_TEST) * spectrum.suspicion(function)
        reason = f"run by {function.failing} of {spectrum.failed} failing tests"
        if spectrum.passed:
            reason += f", by {function.passing} of {spectrum.passed} that pass"
        target = Target(file, unit, reason, max(1.0, weight))
        if unit.label not in best or target.weight > best[unit.label].weight:
            best[unit.label] = target
    return sorted(best.values(), key=lambda target: -target.weight)


def _without_nested(targets: list[Target]) -> list[Target]:
    """Drops classes of which a method is also a target."""
    names = {target.label for target in targets}
    return [
        target
        for target in targets
        if target.unit is None
        or target.unit.kind is not UnitKind.CLASS
        or not any(name.startswith(f"{target.label}.") for name in names)
    ]


def _frame_units(
    files: Sequence[ContextFile], failures: Sequence[Failure]
) -> list[tuple[Unit, int, bool]]:
    """Units on tracebacks with their line and whether they are the innermost; innermost first."""
    found: list[tuple[Unit, int, bool]] = []
    for failure in failures:
        for depth, frame in enumerate(reversed(failure.frames)):
            for file in files:
                unit = function_at(file.units, frame.line) if file.path == frame.path else None
                if unit is not None:
                    found.append((unit, frame.line, depth == 0))
    return sorted(found, key=lambda each: not each[2])


def _choose(
    workspace: Workspace,
    request: TaskRequest,
    context: Context,
    ranked: Sequence[Target],
    cancel: Cancel,
) -> Generator[Event, None, tuple[Target, ...]]:
    """The targets ordered by the model's choice, weighted by their evidence; by the evidence alone
    where the model has no choice."""
    choices = [_choice(target) for target in ranked]
    letters = [letter(index) for index in range(len(choices))]
    asked = Request(choose_messages(context, request.task, choices))
    # Scoring reports no progress, and most of its time is prefill.
    for step in workspace.engine.warm(asked, cancel):
        yield PromptProgress(step.done, step.total, step.cached)
    scores = workspace.engine.score(asked, letters, cancel)
    weights = [target.weight for target in ranked]
    shares = [math.exp(score) for score in scores]
    told = workspace.engine.info().tells_logprobs
    if told and max(shares) < DECISIVE:
        return tuple(sorted(ranked, key=lambda target: -target.weight))
    weighted = [share * weight for share, weight in zip(shares, weights, strict=True)]
    order = sorted(range(len(ranked)), key=lambda index: -weighted[index])
    said = [f"chosen by the model with {share:.0%}" for share in shares if told]
    said = said or ["ranked by the model"] * len(ranked)
    known = [target.reason for target in ranked]
    because = ["; ".join(filter(None, pair)) for pair in zip(said, known, strict=True)]
    return tuple(replace(ranked[at], reason=because[at]) for at in order)


def _choice(target: Target) -> str:
    unit = target.unit
    if target.kind is TargetKind.MEMBER:
        return f"{target.label}   a method or field that is not there yet"
    if target.adds:
        return f"{target.path}   a function or class that is not there yet"
    if unit is None:
        return target.label
    lines = [line.strip() for line in unit.signature.splitlines()]
    said = " ".join(line for line in lines if line and not line.startswith("@"))
    return (
        f"{target.label}   {textwrap.shorten(said, LONGEST_SIGNATURE, placeholder=' …')}".rstrip()
    )


def together(targets: Sequence[Target], intent: Intent) -> tuple[Target, ...]:
    """The targets to change together: the best one, those that are certain, and others that the
    task names. Where it names the best one as code, its prose names nothing; where it adds
    something, that goes to one place."""
    first, *rest = targets
    names = intent.code_names if _last(first) in intent.code_names else intent.names
    names = names if not intent.additions else frozenset()
    also = [
        each
        for each in rest
        if each.certain or (each.unit and not each.adds and _last(each) in names)
    ]
    return (first, *also)


def _last(target: Target) -> str:
    return target.unit.name.rpartition(".")[2] if target.unit else ""


def with_kind(workspace: Workspace, target: Target) -> Target:
    """The target, marked as a stub if it is Python code without bodies."""
    python = target.path.endswith(".py") and not target.adds
    if python and is_unwritten(code_of(workspace, target)):
        return replace(target, kind=TargetKind.STUB)
    return target


def units_chosen(targets: Sequence[Target], considered: Sequence[Target]) -> UnitsChosen:
    """The event for the chosen targets out of all that were considered."""
    return UnitsChosen(
        tuple(target.label for target in targets),
        tuple(target.reason for target in targets),
        tuple(target.label for target in considered),
    )


def reasons(targets: Sequence[Target]) -> str:
    """The reasons for the targets on one line."""
    return "; ".join(f"{target.label}: {target.reason}" for target in targets)
