"""Proposes a change that is there already, judged as any other."""

from collections.abc import Iterator
from dataclasses import replace

from assistant.context.bundle import Context, ContextFile
from assistant.engine.base import Cancel
from assistant.intent.reading import read_intent
from assistant.proposal.changes import Change, ChangeKind
from assistant.solving.baseline import run_baseline
from assistant.solving.events import Event, ProposalReady
from assistant.solving.loop import Solver
from assistant.solving.policies import EDIT
from assistant.solving.request import TaskRequest, Workspace
from assistant.solving.state import Job
from assistant.solving.values import Budget, Candidate, Target, TargetKind


def proposed(
    workspace: Workspace, request: TaskRequest, candidate: Candidate, reason: str, cancel: Cancel
) -> Iterator[Event]:
    """Ends with ProposalReady; the check of the request runs on the change as a whole.

    Raises CheckError and Cancelled.
    """
    baseline = yield from run_baseline(workspace, request.check, cancel)
    budget = Budget(workspace.settings.time_budget, cancel)
    nothing = Context((), "", 0, 0, 0)
    intent = read_intent(request.text)
    job = Job(workspace, request, nothing, intent, budget, cancel, baseline)
    targets = tuple(map(_target, candidate.changes))
    solver = Solver(job, targets, EDIT)
    number = solver.state.pool.new_id()
    yield from solver.assess(replace(candidate, id=number))
    yield ProposalReady(solver.proposal(request.title, reason))


def _target(change: Change) -> Target:
    file = ContextFile(change.renamed_from or change.path, "", (), 0)
    new = change.kind is ChangeKind.CREATE
    return Target(file, kind=TargetKind.NEW_FILE if new else TargetKind.REWRITE)
