"""Owns the edit: places are chosen, rewritten whole, spliced, checked, ranked, and proposed."""

from collections.abc import Generator, Iterator
from dataclasses import replace

from assistant.checks.standing import standing_problems
from assistant.context.bundle import Context
from assistant.engine.base import Cancel
from assistant.intent.reading import read_intent
from assistant.intent.values import Intent, Topic
from assistant.prompt.builder import problem_notes
from assistant.tasks.attempts import (
    Tally,
    attempt,
    evidence_of,
    judge,
    task_of,
    title_of,
    units_chosen,
    without_pauses,
    write_once,
)
from assistant.tasks.behaviour import behaviour_of
from assistant.tasks.candidates import Baseline, Budget, Earlier, run_baseline
from assistant.tasks.completing import complete
from assistant.tasks.creation import create_file, delete_target
from assistant.tasks.events import Event, Phase, PhaseStarted, ProposalReady, Verb
from assistant.tasks.gathering import gather_context
from assistant.tasks.generated_tests import ANSWERS, suit, write_generated_tests
from assistant.tasks.locate import WHOLE_FILE_TOKENS, Target, locate, together
from assistant.tasks.mending import mend
from assistant.tasks.request import TaskRequest, Workspace
from assistant.tasks.rewrite import Writing, is_to_be_written


def edit(workspace: Workspace, request: TaskRequest, cancel: Cancel) -> Iterator[Event]:
    """Carries out a task, or one step of a plan; ends with ProposalReady."""
    yield PhaseStarted(Phase.CONTEXT)
    context = gather_context(workspace, request)
    verb = request.step.verb if request.step else Verb.EDIT
    if verb is Verb.DELETE:
        yield from delete_target(workspace, request, context)
        return
    tally = Tally(Budget.begin(workspace.settings.time_budget, cancel))
    baseline = yield from run_baseline(workspace, request.check, cancel)
    if verb is Verb.CREATE:
        yield from create_file(workspace, request, context, baseline, tally, cancel)
        yield ProposalReady(tally.proposal(title_of(request), "a file of the plan"))
        return
    yield PhaseStarted(Phase.LOCATING)
    located = yield from locate(workspace, request, context, (), cancel)
    intent = read_intent(request.task)
    targets = _whole_where_units_go(together(located, intent), intent)
    yield units_chosen(targets, located)
    yield from _edit_targets(workspace, request, context, targets, baseline, tally, cancel)
    evidence = evidence_of(targets)
    if tally.missing:
        evidence = f"{tally.missing} is not changed: {tally.why}; {evidence}"
    yield ProposalReady(tally.proposal(title_of(request), evidence))


def _whole_where_units_go(targets: tuple[Target, ...], intent: Intent) -> tuple[Target, ...]:
    """A small file as one place when units of it shall go: no rewriting of theirs can do that."""
    file = targets[0].file
    names = {each.unit.name.rpartition(".")[2] for each in targets if each.unit and not each.adds}
    small = file.whole and file.tokens <= WHOLE_FILE_TOKENS
    alone = all(each.file.path == file.path for each in targets)
    if not (small and alone and names and intent.may_remove(names)):
        return targets
    return (Target(file, None, "small, and the task speaks of what shall go"),)


def _edit_targets(
    workspace: Workspace,
    request: TaskRequest,
    context: Context,
    targets: tuple[Target, ...],
    baseline: Baseline | None,
    tally: Tally,
    cancel: Cancel,
) -> Iterator[Event]:
    """The first places get one greedy answer each; the last one gets all the candidates."""
    *first, last = targets
    earlier = yield from _earlier_changes(workspace, request, context, first, cancel)
    writing = _writing(workspace, request, last, request.candidates)
    if not first and suit(workspace, request, last):
        tally.own = yield from write_generated_tests(
            workspace, context, writing.task, last, request.seed, cancel
        )
        if tally.own is not None:
            count = max(ANSWERS, request.candidates)
            writing = replace(writing, candidates=count, together=True)
    if not first:
        tally.behaviour = behaviour_of(workspace, request, last, cancel)
    yield PhaseStarted(Phase.WRITING, last.label)
    for way in _ways(workspace, context, writing):
        yield from without_pauses(
            attempt(workspace, context, way, earlier, baseline, tally, cancel)
        )
        if tally.over or (tally.candidates and not _helps(tally, baseline)):
            break
    for way in _again(workspace, context, writing, tally):
        yield from without_pauses(
            attempt(workspace, context, way, earlier, baseline, tally, cancel)
        )
    for further in _further(writing, tally):
        yield from without_pauses(
            attempt(workspace, context, further, earlier, baseline, tally, cancel)
        )
    yield from complete(workspace, context, writing, baseline, tally, cancel)
    yield from mend(workspace, context, writing, tally, cancel)
    if not tally.candidates and earlier.changes:
        # A part that stands is worth a review, when it says that it is a part.
        tally.missing = last.label
        yield from judge(workspace, earlier.candidate(), baseline, tally, cancel)


MOST_CONTINUED = 2000
"""Tokens of context up to which a file is continued: none are read so while the user types."""


def _ways(workspace: Workspace, context: Context, writing: Writing) -> tuple[Writing, ...]:
    """The views of a place in turn. A model that can go on with a repository's files writes code
    that is not there more often right so than when it is asked for it."""
    if not is_to_be_written(workspace, writing.target) or context.tokens > MOST_CONTINUED:
        return (writing,)
    if not workspace.engine.info().can_continue:
        return (writing,)
    count = writing.candidates
    continued = replace(writing, continued=True, rephrase=False, total=2 * count)
    return continued, replace(writing, offset=count, total=2 * count)


def _again(
    workspace: Workspace, context: Context, writing: Writing, tally: Tally
) -> Iterator[Writing]:
    """The views of a place once more, while the answers pass some of the tests but less than half
    of the examples in the task's words: right ones are rare then, and can be told. One that does
    more is worth mending."""
    count = writing.candidates
    more = replace(writing, rung=count, candidates=2 * count)
    for way in _ways(workspace, context, more):
        if tally.over or tally.own is None or not tally.own.tells(tally.candidates):
            return
        yield replace(way, offset=tally.following, total=0, rephrase=False)


_FURTHER = 4
"""Answers drawn besides, where those so far do what the code did."""


def _further(writing: Writing, tally: Tally) -> Iterator[Writing]:
    """What is tried while all answers do what the code did: more of the same kind, then other
    words, unless the first answer was a copy and the model has had those."""
    first = any(each.index == writing.offset for each in tally.candidates)
    again = replace(writing, rephrase=False, together=True, total=0)
    if _without_effect(tally):
        rung = writing.candidates
        yield replace(again, offset=tally.following, candidates=_FURTHER, rung=rung)
    if _without_effect(tally) and first and writing.rephrase:
        yield replace(again, offset=tally.following, reworded=True)


def _without_effect(tally: Tally) -> bool:
    idle = [each.unchanged for each in tally.candidates]
    return bool(idle) and all(idle) and not tally.over


def _helps(tally: Tally, baseline: Baseline | None) -> bool:
    """Whether further answers can be told from those that there are."""
    if tally.own is not None:
        return not tally.own.settled(tally.candidates)
    return baseline is not None and baseline.can_prove


def _earlier_changes(
    workspace: Workspace,
    request: TaskRequest,
    context: Context,
    targets: list[Target],
    cancel: Cancel,
) -> Generator[Event, None, Earlier]:
    earlier = Earlier()
    for target in targets:
        yield PhaseStarted(Phase.WRITING, target.label)
        writing = _writing(workspace, request, target, 1)
        earlier = yield from write_once(workspace, context, writing, earlier, cancel)
    return earlier


def _writing(
    workspace: Workspace, request: TaskRequest, target: Target, candidates: int
) -> Writing:
    return Writing(
        target,
        task_of(request),
        notes=_problems(workspace, request, target),
        keep_signature=False,
        candidates=candidates,
        seed=request.seed,
        rephrase=not target.adds,
        repair=read_intent(task_of(request)).asks(Topic.REPAIR),
    )


def _problems(workspace: Workspace, request: TaskRequest, target: Target) -> str:
    """Notes on what is wrong with the file already; told only when the task is about a repair."""
    if not read_intent(task_of(request)).asks(Topic.REPAIR) or target.adds:
        return ""
    path = target.file.path
    return problem_notes(standing_problems(path, workspace.repository.text(path).data))
