"""Owns the writing of one place: its prompt, the model's answers, and the bytes they come to."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.context.bundle import Context
from assistant.engine.base import Cancel, Completion, Request
from assistant.errors import ProposalError
from assistant.prompt.builder import closing_fence, opening_fence
from assistant.proposal.assemble import assemble, insert
from assistant.proposal.unwritten import is_unwritten
from assistant.repo.files import TextFile
from assistant.repo.units import unit_text
from assistant.tasks.branching import MOST_BRANCHES, Departures, is_copy
from assistant.tasks.events import CandidateDiscarded, Event
from assistant.tasks.locate import Target
from assistant.tasks.request import Workspace
from assistant.tasks.streams import (
    THOUGHT_TOKENS,
    Drawn,
    answer_tokens,
    draw,
    ladder,
    request_for,
    room_for,
    think,
)
from assistant.tasks.views import (
    View,
    code_alone,
    continued,
    reasoned,
    usual,
    without_body,
)

LEAST_ANSWER = 256
STUB_ANSWER = 1024
"""Tokens that an answer may take however short the code is now: stubs say nothing of the size."""


@dataclass(frozen=True, slots=True)
class Written:
    """One answer for one place, not yet spliced."""

    index: int
    text: str
    """With the opening, without the fences."""
    completion: Completion
    from_text: bool = False
    """Written where no code was, from the task's words alone."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a place is to be written."""

    target: Target
    task: str
    notes: str
    keep_signature: bool
    """Begin the answer with the unit's own signature: right when only its body is wrong."""
    candidates: int
    seed: int
    offset: int = 0
    total: int = 0
    depart: bool = False
    """Make the model depart from the code when all it does is repeat it; needs a check to judge."""
    persist: bool = False
    """Make it depart from its likeliest answer too when no answer was right."""
    together: bool = False
    """All answers are wanted, so none need come first."""
    rung: int = 0
    """Candidates of the same writing that were drawn before."""
    rephrase: bool = False
    """Ask again in other words when all the model does is repeat the code; needs no check."""
    repair: bool = False
    """The task says that the code is wrong: other words may also hide it."""
    anew: bool = False
    """Hide the unit's body, so that it cannot be copied."""
    continued: bool = False
    """Go on with the file as it stands in its repository: for code that has yet to be written."""
    expected: str = ""
    """What takes the place of the notes, which speak of the body, when that is hidden."""


def write(
    workspace: Workspace, context: Context, writing: Writing, cancel: Cancel
) -> Iterator[Event | Written]:
    """Draws answers for one place. Answers cut at the token limit are discarded.

    Nothing is drawn where the writing asks for a view that the place does not have.
    """
    target = writing.target
    text = code_of(workspace, target)
    view = _view(context, writing, text)
    if view is None:
        return
    fence = "" if view.files else opening_fence(target.file.path, text)
    opening = view.opening
    size = workspace.counter.count(text)
    # A unit that is wrong is there already; one that is to be implemented may be a stub.
    least = 2 * LEAST_ANSWER if writing.keep_signature else STUB_ANSWER
    wanted = max(2 * size + LEAST_ANSWER, least)
    most = answer_tokens(
        workspace, view.texts, fence + opening, wanted=wanted, least=size + LEAST_ANSWER
    )
    samplings = ladder(
        writing.candidates,
        seed=writing.seed,
        max_tokens=most,
        stop=view.stop if view.files else (closing_fence(text),),
        rung=writing.rung,
    )
    asked = request_for(view.messages, samplings, opening=fence + opening, draft=text)
    asked = replace(asked, all_wanted=writing.together, files=view.files)
    total = writing.total or writing.candidates
    drawing = Cancel(cancel)
    answers = draw(workspace.engine, asked, drawing, offset=writing.offset, total=total)
    left: Completion | None = None
    from_text = is_to_be_written(workspace, target)
    for event in answers:
        told = _written(event, opening, from_text=from_text)
        yield told
        if isinstance(told, Written):
            if writing.persist and left is None:
                left = told.completion
            first = told.index == writing.offset
            if (writing.depart or (writing.rephrase and first)) and is_copy(told.text, text):
                left = told.completion
                drawing.set()
                answers.close()  # an engine reads one request at a time
                break
    if left is not None and writing.rephrase:
        yield from _rephrased(workspace, context, asked, writing, text, cancel)
    elif left is not None:
        yield from _departures(workspace, asked, writing, opening, left, cancel)


def _written(event: Event | Drawn, opening: str, *, from_text: bool = False) -> Event | Written:
    """An answer that was drawn as one that can be spliced, or why it cannot."""
    if not isinstance(event, Drawn):
        return event
    if reason := unusable(event.completion):
        return CandidateDiscarded(event.index, reason)
    return Written(event.index, opening + event.completion.text, event.completion, from_text)


def _rephrased(
    workspace: Workspace,
    context: Context,
    asked: Request,
    writing: Writing,
    text: str,
    cancel: Cancel,
) -> Iterator[Event | Written]:
    """One answer in each of the other views of the code."""
    fence = opening_fence(writing.target.file.path, text)
    target, task, notes = writing.target, writing.task, writing.notes
    hidden = without_body(context, target, text, task, "") if writing.repair else None
    views = [reasoned(context, target, text, task, notes), code_alone(target, text, task, notes)]
    views[:0] = [hidden] if hidden is not None else []
    total = max(writing.total or writing.candidates, 1 + len(views))
    (greedy, *_) = asked.samplings
    for index, view in enumerate(views, writing.offset + 1):
        room = room_for(workspace, view.texts, fence + view.opening)
        room -= THOUGHT_TOKENS if view.reasons else 0
        if room < workspace.counter.count(text) + LEAST_ANSWER:
            continue  # the engine would refuse it, and with it the task
        thought = ""
        if view.reasons:
            thought = yield from think(
                workspace.engine, view.messages, cancel, index=index, total=total
            )
        request = replace(
            asked,
            messages=view.messages,
            opening=thought + fence + view.opening,
            samplings=(replace(greedy, max_tokens=min(greedy.max_tokens, room)),),
        )
        for event in draw(workspace.engine, request, cancel, offset=index, total=total):
            yield _written(event, view.opening)


def _view(context: Context, writing: Writing, text: str) -> View | None:
    if writing.continued:
        return continued(context, writing.target, text, writing.task)
    if writing.anew:
        return without_body(context, writing.target, text, writing.task, writing.expected)
    return usual(
        context,
        writing.target,
        text,
        writing.task,
        writing.notes,
        keep_signature=writing.keep_signature,
    )


def _departures(
    workspace: Workspace,
    asked: Request,
    writing: Writing,
    opening: str,
    left: Completion,
    cancel: Cancel,
) -> Iterator[Event | Written]:
    """Answers that leave an earlier one, each at a place where the model was not quite sure."""
    ways = Departures(left)
    for number in range(1, MOST_BRANCHES + 1):
        way = ways.next()
        if way is None:
            return
        at, branch = way
        request = replace(
            asked,
            opening=asked.opening + branch.kept,
            samplings=asked.samplings[:1],
            refused=branch.refused,
        )
        index = writing.offset + writing.candidates - 1 + number
        total = max(writing.total, index + 1)
        for event in draw(workspace.engine, request, cancel, offset=index, total=total):
            if isinstance(event, Drawn):
                ways.followed(at, branch, event.completion)
            yield _written(event, opening + branch.kept)


def unusable(completion: Completion) -> str:
    """Why an answer cannot be used; empty when it can."""
    finish = completion.finish
    if finish is None or finish.reason == "length":
        return "cut at the token limit"
    if finish.reason == "repetition":
        return "repeats itself without end"
    return "" if completion.text.strip() else "empty"


def splice(file: TextFile, target: Target, written: Written, task: str) -> bytes:
    """The file with the answer in place. Raises ProposalError, also when nothing changes."""
    if target.adds:
        data = insert(file, target.unit, written.text)
    else:
        data = assemble(file, target.unit, written.text, task)
    if data == file.data:
        raise ProposalError("The answer changes nothing.", hint="Say more exactly what to change.")
    return data


def is_to_be_written(workspace: Workspace, target: Target) -> bool:
    """Whether a place holds Python code without bodies: what shall be there is told in words."""
    return target.file.path.endswith(".py") and is_unwritten(code_of(workspace, target))


def code_of(workspace: Workspace, target: Target) -> str:
    """The target's code as it is, with line feeds; empty for an addition."""
    if target.adds:
        return ""
    text = workspace.repository.text(target.file.path).text
    if target.unit is not None:
        return unit_text(text, target.unit)
    return text.replace("\r\n", "\n").rstrip("\n")
