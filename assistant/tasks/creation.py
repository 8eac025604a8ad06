"""Owns the steps that rewrite nothing: a file that comes, and a file or unit that goes."""

from collections.abc import Iterator

from assistant.context.bundle import Context
from assistant.engine.base import Cancel
from assistant.errors import ProposalError
from assistant.prompt.builder import closing_fence, create_messages, opening_fence
from assistant.proposal.changes import Candidate, Change, Proposal
from assistant.proposal.splice import delete_unit
from assistant.repo.files import FileKind
from assistant.repo.parsing import units_of
from assistant.tasks.attempts import Tally, judge, task_of, title_of
from assistant.tasks.candidates import Baseline, make_candidate
from assistant.tasks.events import (
    CandidateDiscarded,
    Event,
    Phase,
    PhaseStarted,
    ProposalReady,
    Step,
)
from assistant.tasks.request import TaskRequest, Workspace
from assistant.tasks.rewrite import LEAST_ANSWER, Written, unusable
from assistant.tasks.streams import MOST_ANSWER, Drawn, answer_tokens, draw, ladder, request_for


def create_file(
    workspace: Workspace,
    request: TaskRequest,
    context: Context,
    baseline: Baseline | None,
    tally: Tally,
    cancel: Cancel,
) -> Iterator[Event]:
    """Draws the text of a file that does not exist and judges each answer."""
    step = _step(request)
    if workspace.repository.kind(step.path) is not FileKind.ABSENT:
        raise ProposalError(
            f"{step.path} exists already.", hint="Make it an edit, or give another path."
        )
    yield PhaseStarted(Phase.WRITING, step.path)
    messages = create_messages(context, task_of(request), step.path)
    opening = opening_fence(step.path)
    texts = [message.content for message in messages]
    most = answer_tokens(workspace, texts, opening, wanted=MOST_ANSWER, least=LEAST_ANSWER)
    samplings = ladder(
        request.candidates, seed=request.seed, max_tokens=most, stop=(closing_fence(),)
    )
    asked = request_for(messages, samplings, opening=opening)
    drawing = Cancel(cancel)
    try:
        for event in draw(workspace.engine, asked, drawing):
            if isinstance(event, Drawn):
                yield from _judge_file(workspace, event, step.path, baseline, tally, cancel)
                left = request.candidates - 1 - event.index
                if tally.over or tally.settled(baseline, left):
                    return
            else:
                yield event
    finally:
        drawing.set()


def delete_target(workspace: Workspace, request: TaskRequest, context: Context) -> Iterator[Event]:
    """Proposes that a unit or a file goes; asks no model."""
    step = _step(request)
    file = workspace.repository.text(step.path)
    new: bytes | None = None
    if step.unit:
        unit = next((each for each in units_of(file) if each.name == step.unit), None)
        if unit is None:
            raise ProposalError(
                f"{step.path} has no {step.unit} any more.", hint="Edit the step, or plan again."
            )
        new = delete_unit(file, unit)
    candidate = Candidate(0, (Change(step.path, file.data, new),), mean_logprob=0.0, tokens=0)
    yield ProposalReady(Proposal(title_of(request), (candidate,), "named by the plan"))


def _judge_file(
    workspace: Workspace,
    drawn: Drawn,
    path: str,
    baseline: Baseline | None,
    tally: Tally,
    cancel: Cancel,
) -> Iterator[Event]:
    reason = unusable(drawn.completion)
    if not reason:
        written = Written(drawn.index, drawn.completion.text, drawn.completion, from_text=True)
        data = (written.text.strip("\n") + "\n").encode("utf-8", "surrogateescape")
        try:
            candidate = make_candidate(written, path, None, data)
        except ProposalError as error:
            reason = error.message.rstrip(".")
        else:
            yield from judge(workspace, candidate, baseline, tally, cancel)
            return
    tally.reasons.append(reason)
    yield CandidateDiscarded(drawn.index, reason)


def _step(request: TaskRequest) -> Step:
    if request.step is None:
        raise ProposalError("There is no step to carry out.", hint="Plan the task first.")
    return request.step
