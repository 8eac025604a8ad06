"""Runs a task without a UI: collects its events in an `Outcome` and writes the accepted hunks.

The reviewer decides which hunks are written; undecided hunks are not.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from assistant.engine.base import Cancel, Finish
from assistant.engine.reconnecting import listening
from assistant.errors import ProposalError, ProtectedFile
from assistant.headless.interrupt import interruptible
from assistant.headless.outcome import Figures, Kind, Outcome, Written
from assistant.headless.progress import Progress
from assistant.headless.services import Task
from assistant.review.decisions import Review
from assistant.solving.events import (
    AnswerReady,
    ContextRead,
    Event,
    FailuresFound,
    GenerationFinished,
    NothingToFix,
    PlanReady,
    ProposalReady,
    StepState,
)
from assistant.solving.origins import origin_of
from assistant.solving.values import Proposal

if TYPE_CHECKING:
    from assistant.apply.journal import Entry
    from assistant.apply.writer import Writer
    from assistant.solving.request import TaskRequest, Workspace

Reviewer: TypeAlias = Callable[[Proposal], Review]


@runtime_checkable
class Confirming(Protocol):
    """A reviewer that can also ask a question."""

    def confirm(self, question: str) -> bool:
        """Whether the user says yes; end of input is a no."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """A task with its workspace and request."""

    kind: Kind
    task: Task
    workspace: "Workspace"
    request: "TaskRequest"


def drive(job: Job, progress: Progress, cancel: Cancel) -> Outcome:
    """Runs the task to completion and shows its progress. Writes nothing.

    Raises what the task raises: an AssistantError, which includes Cancelled.
    """
    started = time.monotonic()
    settings = job.workspace.settings
    outcome = Outcome(
        job.kind, job.request.task, settings.model, job.request.seed, sent_to=settings.elsewhere
    )
    finishes: list[Finish] = []
    with listening(job.workspace.engine, progress.show), progress:
        for event in job.task(job.workspace, job.request, cancel):
            progress.show(event)
            outcome = _with_event(outcome, event, finishes)
    return replace(outcome, figures=Figures.of(finishes, time.monotonic() - started))


def settle(
    outcome: Outcome,
    reviewer: Reviewer,
    writer: "Writer",
    drawn: Callable[[], Proposal | None] = lambda: None,
) -> Outcome:
    """Reviews the proposal and writes the accepted hunks.

    Asks before a read-only file or one with hard links is written. `drawn` returns the proposal
    after a hunk of it was drawn again. Raises ApplyError, and ProtectedFile where the user says no
    or cannot be prompted.
    """
    if outcome.proposal is None:
        return outcome
    review = reviewer(outcome.proposal)
    if not review.accepted:
        return outcome
    reviewed = review.reviewed()
    candidates = (drawn() or outcome.proposal).candidates
    model = f"{outcome.model} at {outcome.sent_to}" if outcome.sent_to else outcome.model
    origin = origin_of(review, candidates, outcome.task, model)

    def written(*, anyway: bool = False) -> "Entry":
        with interruptible(Cancel(), lambda: None):  # the first Ctrl-C must not interrupt a write
            return writer.apply(reviewed, origin, anyway=anyway)

    try:
        entry = written()
    except ProtectedFile as error:
        asking: object = reviewer
        question = f"{error.message} Write it anyway?"
        if not (isinstance(asking, Confirming) and asking.confirm(question)):
            raise
        entry = written(anyway=True)
    paths = tuple(change.path for change in reviewed.changes)
    return replace(outcome, written=Written(entry.id, paths))


def carry_out(outcome: Outcome, job: Job, perform: Callable[[Job], Outcome]) -> Outcome:
    """Runs the steps of a plan in order, and stops after the first that writes nothing.

    `job` is the edit to run for each step; `perform` drives and settles it. What earlier steps
    wrote is kept if a later step fails.
    """
    if outcome.plan is None:
        return outcome
    done: list[Outcome] = []
    steps = list(outcome.plan.steps)
    for index, step in enumerate(steps):
        running = replace(step, state=StepState.RUNNING)
        request = replace(job.request, task=outcome.task, step=running)
        result = _attempt(replace(job, request=request), perform)
        done.append(result)
        state = StepState.DONE if result.written else StepState.FAILED
        steps[index] = replace(step, state=state)
        if state is StepState.FAILED:
            break
    plan = replace(outcome.plan, steps=tuple(steps))
    return replace(outcome, plan=plan, steps=tuple(done))


def _attempt(job: Job, perform: Callable[[Job], Outcome]) -> Outcome:
    try:
        return perform(job)
    except ProposalError as error:
        settings = job.workspace.settings
        return Outcome(
            job.kind, job.request.task, settings.model, job.request.seed, problem=error.message
        )


def _with_event(outcome: Outcome, event: Event, finishes: list[Finish]) -> Outcome:
    match event:
        case ContextRead():
            return replace(outcome, context=event.context)
        case PlanReady():
            return replace(outcome, plan=event.plan)
        case ProposalReady():
            return replace(outcome, proposal=event.proposal)
        case AnswerReady():
            return replace(outcome, answer=event.text, places=event.places)
        case FailuresFound():
            return replace(outcome, before=event.result, failures=event.failures)
        case NothingToFix():
            return replace(outcome, before=event.result, green=True)
        case GenerationFinished():
            finishes.append(event.finish)
        case _:
            pass
    return outcome
