"""Edits code: carries out a task, or one step of a plan."""

from collections.abc import Collection, Generator, Iterator, Sequence

from assistant.checks.results import Verdict
from assistant.context.bundle import ContextFile
from assistant.engine.base import Cancel
from assistant.errors import ProposalError
from assistant.intent.reading import read_intent
from assistant.intent.values import Intent
from assistant.proposal.changes import Change
from assistant.proposal.splice import delete_unit
from assistant.repo.files import FileKind
from assistant.repo.parsing import units_of
from assistant.solving.baseline import run_baseline
from assistant.solving.events import Event, Phase, PhaseStarted, ProposalReady, Step, Verb
from assistant.solving.loop import Solver
from assistant.solving.policies import EDIT
from assistant.solving.pool import Pool
from assistant.solving.request import TaskRequest, Workspace
from assistant.solving.state import Job
from assistant.solving.values import Budget, Candidate, Earlier, Target, TargetKind
from assistant.tasks.callers import imported_first, with_callers
from assistant.tasks.certain import WHOLE_FILE_TOKENS
from assistant.tasks.exporting import exporting
from assistant.tasks.gathering import read_context
from assistant.tasks.locate import locate, reasons, together, units_chosen, with_kind
from assistant.tasks.paths import files_said
from assistant.tasks.proposing import proposed
from assistant.tasks.recognizing import with_names
from assistant.tasks.removed import removed
from assistant.tasks.rename import renamed
from assistant.tasks.requested import beside

MOST_OTHERS = 2
"""Further targets that are tried where nothing usable is written for the chosen one."""


def edit(workspace: Workspace, request: TaskRequest, cancel: Cancel) -> Iterator[Event]:
    """Ends with ProposalReady.

    Raises ProposalError when nothing usable was drawn, ContextError, CheckError and Cancelled.
    """
    workspace = workspace.for_request(request)
    if (yield from renamed(workspace, request, cancel)):
        return
    request = with_names(workspace, request)
    context = yield from read_context(workspace, request)
    deletion = removed(workspace, request, context, cancel)
    if deletion is not None:
        step, reason = deletion
        yield from proposed(workspace, request, _deletion(workspace, step), reason, cancel)
        return
    intent = read_intent(request.text)
    budget = Budget(workspace.settings.time_budget, cancel)
    baseline = yield from run_baseline(workspace, request.check, cancel)
    job = Job(workspace, request, context, intent, budget, cancel, baseline)
    more, export = "", None
    others: tuple[Target, ...] = ()
    if request.step is not None and request.step.verb is Verb.CREATE:
        targets: tuple[Target, ...] = (_new_file(workspace, request.step),)
    else:
        yield PhaseStarted(Phase.LOCATING)
        located = yield from locate(workspace, request, context, (), cancel)
        targets = _targets(workspace, located, request, intent)
        targets, more = with_callers(workspace, targets, read_intent(request.wanted), cancel)
        yield units_chosen(targets, located)
        export = exporting(job, targets)
        if export is not None:
            targets = tuple(each for each in targets if each.path != export.path)
        labels = {each.label for each in targets}
        others = tuple(each for each in located if each.label not in labels)[:MOST_OTHERS]
        paths = {each.path for each in targets} | ({export.path} if export else set())
        more = "; ".join(filter(None, (more, *_left_out(request, context.files, paths))))
    yield from _solve(job, targets, others, more, export)


def _solve(
    job: Job,
    targets: tuple[Target, ...],
    others: tuple[Target, ...],
    more: str,
    export: Change | None,
) -> Iterator[Event]:
    """All targets are one change: the last one is drawn with those before it as they came out.

    `others` are less likely, and tried where that gives nothing; `more` says what else would have
    to change. `export` is part of every candidate.
    """
    *first, last = targets
    solver = Solver(job, (last,), EDIT)
    if export is not None:
        solver.state.earlier = Earlier((export,))
    missed = yield from solver.write_first(first)
    yield from solver.run()
    pool = solver.state.pool
    if not pool.candidates and not solver.state.earlier.targets:
        targets = (yield from _elsewhere(job, others, pool)) or targets
    elif _all_fail(pool):
        added = beside(job.intent, targets)
        if added is not None and (yield from _elsewhere(job, (added,), pool)):
            targets, missed = (added,), ()
    if not pool.candidates and solver.state.earlier.targets:
        # A part that stands is worth a review, when the proposal says that it is a part.
        missed = (*missed, last)
        yield from solver.judge_earlier()
    why = {each.target: each.fate for each in pool.attempts if each.fate}
    lacking = [
        f"{each.label} is not changed: {why.get(each.label, 'no candidate')}" for each in missed
    ]
    written = [each for each in targets if each not in missed]
    reason = "; ".join(filter(None, (*lacking, more, reasons(written))))
    yield ProposalReady(solver.proposal(job.request.title, reason))


def _elsewhere(
    job: Job, others: Sequence[Target], pool: Pool
) -> Generator[Event, None, tuple[Target, ...]]:
    """Tries other targets one by one; returns the first with a candidate that stands, if any."""
    for other in others:
        if job.budget.spent:
            break
        yield from Solver(job, (other,), EDIT, pool).run()
        if pool.candidates and not _all_fail(pool):
            return (other,)
    return ()


def _left_out(
    request: TaskRequest, files: Sequence[ContextFile], paths: Collection[str]
) -> Iterator[str]:
    """Says which files that the task names are not changed; of a plan, other steps change them."""
    for file in files_said(request.wanted, files):
        if request.step is None and file.path not in paths:
            yield f"{file.path} is named in the task and not changed"


def _all_fail(pool: Pool) -> bool:
    """Whether there are candidates, and checks speak against every one of them."""
    verdicts = {each.verdict for each in pool.candidates}
    return verdicts == {Verdict.FAILED}


def _targets(
    workspace: Workspace, located: tuple[Target, ...], request: TaskRequest, intent: Intent
) -> tuple[Target, ...]:
    found = _whole_where_units_go(together(located, intent), intent)
    return tuple(with_kind(workspace, each) for each in imported_first(workspace, found))


def _whole_where_units_go(targets: tuple[Target, ...], intent: Intent) -> tuple[Target, ...]:
    """A small file as one target when the task removes units of it: rewriting them cannot."""
    file = targets[0].file
    names = {each.unit.name.rpartition(".")[2] for each in targets if each.unit and not each.adds}
    small = file.whole and file.tokens <= WHOLE_FILE_TOKENS
    alone = all(each.path == file.path for each in targets)
    if not (small and alone and names and intent.may_remove(names)):
        return targets
    return (Target(file, None, "small, and the task removes parts of it"),)


def _new_file(workspace: Workspace, step: Step) -> Target:
    if workspace.repository.kind(step.path) is not FileKind.ABSENT:
        raise ProposalError(
            f"{step.path} exists already.", hint="Make it an edit, or give another path."
        )
    empty = ContextFile(step.path, "", (), 0)
    return Target(empty, None, "a file of the plan", kind=TargetKind.NEW_FILE)


def _deletion(workspace: Workspace, step: Step) -> Candidate:
    """A unit or file that the plan deletes; needs no model."""
    file = workspace.repository.text(step.path)
    new: bytes | None = None
    if step.unit:
        unit = next((each for each in units_of(file) if each.name == step.unit), None)
        if unit is None:
            raise ProposalError(
                f"{step.path} no longer contains {step.unit}.",
                hint="Edit the step, or plan again.",
            )
        new = delete_unit(file, unit)
    return Candidate(1, (Change(step.path, file.data, new),), "deletion")
