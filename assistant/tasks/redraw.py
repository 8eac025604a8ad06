"""Draws one hunk of a proposal again; all others stay as they are."""

from collections.abc import Iterator
from dataclasses import replace

from assistant.checks.results import Status, Verdict
from assistant.context.bundle import Context, ContextFile
from assistant.engine.base import Cancel
from assistant.errors import ProposalError, StaleFile, UsageError
from assistant.intent.reading import read_intent
from assistant.proposal.changes import Change, ChangeKind, Hunk
from assistant.repo.files import FileKind, TextFile, split_lines
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind
from assistant.review.decisions import Decision
from assistant.review.pinning import Pinned
from assistant.solving.baseline import run_baseline
from assistant.solving.events import Event, ProposalReady, UnitsChosen
from assistant.solving.loop import Solver
from assistant.solving.policies import REDRAW
from assistant.solving.pool import Pool
from assistant.solving.redrawing import Again, SentBack
from assistant.solving.request import TaskRequest, Workspace
from assistant.solving.state import Job
from assistant.solving.values import Budget, Candidate, Proposal, Target, TargetKind
from assistant.tasks.certain import WHOLE_FILE_TOKENS
from assistant.tasks.gathering import read_context

_HINT = "Say the reason in other words, edit the hunk with your own lines, or reject it."


def redraw(
    workspace: Workspace, request: TaskRequest, back: SentBack, cancel: Cancel
) -> Iterator[Event]:
    """Ends with ProposalReady: the candidates with this hunk redrawn, then those there were.

    `request` is the one that led to the proposal. `SentBack.review_of` makes the review of a
    redrawn candidate. Raises UsageError without a reason, ProposalError when nothing usable was
    drawn, StaleFile, ContextError, CheckError and Cancelled.
    """
    if not back.reason.strip():
        raise UsageError("There is no reason.", hint="Say what is wrong with the hunk.")
    workspace = workspace.for_request(request, back.reason)
    pinned = Pinned.of(back.review, back.hunk)
    _require_current(workspace, back)
    request = replace(request, task=request.task.strip() or back.proposal.title)
    base = _base(back, pinned)
    file = text_file(pinned.change.path, pinned.proposed)
    unit = _unit_around(workspace, file, pinned)
    again = Again(pinned, file, unit, base, back.reason.strip())
    context = yield from read_context(workspace, request, (again.label,))
    yield UnitsChosen((again.label,), ("holds the hunk that was sent back",))
    baseline = yield from run_baseline(workspace, request.check, cancel)
    job = Job(
        workspace,
        request,
        _as_proposed(context, base),
        read_intent(f"{request.text}\n\n{again.reason}"),
        Budget(workspace.settings.time_budget, cancel),
        cancel,
        baseline,
        again=again,
    )
    solver = Solver(job, (_target(workspace, context, again),), REDRAW)
    solver.state.pool.start_after(max(each.id for each in back.proposal.candidates))
    yield from solver.run()
    yield ProposalReady(_proposal(back, again, solver.state.pool))


def _proposal(back: SentBack, again: Again, pool: Pool) -> Proposal:
    """What was there, with the redrawn candidates in front.

    One that fails a check is no better than what was sent back, unless that failed as well.
    """
    before = back.proposal
    failing = back.candidate.verdict is Verdict.FAILED
    found = tuple(each for each in pool.ranked() if failing or each.verdict is not Verdict.FAILED)
    if not found:
        raise ProposalError(
            f"Nothing usable came for this hunk, and it stays: {_why(pool)}.", hint=_HINT
        )
    reason = f"{again.label} was sent back: {again.reason.splitlines()[0]}"
    return replace(
        before,
        candidates=(*found, *before.candidates),
        reason=reason,
        attempts=(*before.attempts, *pool.attempts),
        judges=pool.judges,
    )


def _why(pool: Pool) -> str:
    failed = [
        f"a candidate fails: {check.judge}, {check.detail}"
        for each in pool.candidates
        for check in each.evidence
        if check.status is Status.FAILED
    ]
    discarded = [each.fate for each in pool.attempts if each.fate]
    reasons = dict.fromkeys(each.rstrip(".") for each in (*failed, *discarded))
    return "; ".join(reasons) or "the model wrote nothing"


def _base(back: SentBack, pinned: Pinned) -> Candidate:
    """Everything that stays, as if every undecided hunk were accepted, with the open hunk."""
    path = pinned.change.path
    written = back.review.decide_all(Decision.ACCEPTED).reviewed().changes
    change = Change(path, pinned.change.old, pinned.proposed)
    return Candidate(0, (*(each for each in written if each.path != path), change))


def _require_current(workspace: Workspace, back: SentBack) -> None:
    """Raises StaleFile where a file is no longer as the proposal has read it."""
    for change in back.review.changes:
        if _on_disk(workspace, change.renamed_from or change.path) != change.old:
            raise StaleFile(
                f"{change.path} has changed since the proposal was made.",
                hint="Run the task again, so that it sees what is there now.",
            )


def _on_disk(workspace: Workspace, path: str) -> bytes | None:
    if workspace.repository.kind(path) is FileKind.ABSENT:
        return None
    return workspace.repository.text(path).data


def _target(workspace: Workspace, context: Context, again: Again) -> Target:
    """What judges take as the target: the unit where it is on disk, else the file."""
    file = context.file(again.path) or ContextFile(again.path, "", (), 0)
    if again.pinned.change.kind is ChangeKind.CREATE:
        return Target(file, None, "sent back", kind=TargetKind.NEW_FILE)
    name = again.unit.name if again.unit else ""
    units = units_of(workspace.repository.text(again.path))
    return Target(file, next((each for each in units if each.name == name), None), "sent back")


def _as_proposed(context: Context, base: Candidate) -> Context:
    """The context with whole files as the proposal has them."""
    new = {each.path: each.new for each in base.changes if each.new is not None}

    def shown(file: ContextFile) -> ContextFile:
        if not file.whole or file.path not in new:
            return file
        text = text_file(file.path, new[file.path])
        return replace(file, text=text.text, units=units_of(text))

    return replace(context, files=tuple(shown(file) for file in context.files))


def _unit_around(workspace: Workspace, file: TextFile, pinned: Pinned) -> Unit | None:
    """The smallest unit with all lines of the open hunk; None for a file to be written whole."""
    first, last = _lines_of(file, pinned)
    units = units_of(file)
    around = [each for each in units if each.start <= first and last <= each.end]
    if around:
        return min(around, key=lambda each: each.end - each.start)
    if workspace.counter.count(file.text) <= WHOLE_FILE_TOKENS:
        return None
    met = [each for each in units if each.start <= last and first <= each.end]
    start = min((first, *(each.start for each in met)))
    end = max((last, *(each.end for each in met)))
    return Unit(file.path, f"lines {start} to {end}", UnitKind.BLOCK, start, end, "", "")


def _lines_of(file: TextFile, pinned: Pinned) -> tuple[int, int]:
    """First and last line of the open hunk in the file, 1-based, without blank ones at its ends.

    Where it only removes lines, the line before them.
    """
    hunk = pinned.hunk
    shift = sum(_growth(each) for each in pinned.others if each.start < hunk.start)
    first, last = hunk.start + shift, hunk.start + shift + len(hunk.new) - 1
    lines = split_lines(file.data)
    while first < last and not lines[first].strip():
        first += 1
    while first < last and not lines[last].strip():
        last -= 1
    if last < first:
        at = min(max(first, 1), max(len(lines), 1))
        return at, at
    return first + 1, last + 1


def _growth(hunk: Hunk) -> int:
    return len(hunk.new) - len(hunk.old)
