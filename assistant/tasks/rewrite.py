"""Owns the writing of one place: its prompt, the model's answers, and the bytes they come to."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

from assistant.context.bundle import Context
from assistant.engine.base import Cancel, Completion, Request, Sampling, SourceFile
from assistant.errors import ProposalError
from assistant.intent.reading import read_intent
from assistant.intent.values import Topic
from assistant.prompt.builder import closing_fence, opening_fence
from assistant.proposal.assemble import assemble, insert
from assistant.proposal.blanks import only_blanks
from assistant.proposal.unwritten import is_unwritten
from assistant.repo.files import TextFile, decode_text
from assistant.repo.units import unit_text
from assistant.tasks.branching import MOST_BRANCHES, Departures, is_copy
from assistant.tasks.events import CandidateDiscarded, Event
from assistant.tasks.gaps import GAP_TOKENS, MOST_GAPS, gap_request, gaps
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
class Pause:
    """What is likeliest to be right is drawn; what is left may wait until other places had that."""


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
    total: int | None = None
    """Answers that are drawn at the most, with those of other writings; None where there are none,
    0 where nobody knows."""
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
    reworded: bool = False
    """Ask in other words from the beginning."""
    repair: bool = False
    """The task says that the code is wrong: other words may also hide it."""
    anew: bool = False
    """Hide the unit's body, so that it cannot be copied."""
    continued: bool = False
    """Go on with the file as it stands in its repository: for code that has yet to be written."""
    expected: str = ""
    """What takes the place of the notes, which speak of the body, when that is hidden."""
    fills: int = 0
    """After the first answer, fill so many single lines anew; needs a check to judge them."""
    draft: str = ""
    """What the answer will mostly repeat, where that is not the code as it is."""
    tests: tuple[SourceFile, ...] = ()
    """What fails, as files that the model reads before a gap."""


def write(
    workspace: Workspace, context: Context, writing: Writing, cancel: Cancel
) -> Iterator[Event | Written | Pause]:
    """Draws answers for one place. Answers cut at the token limit are discarded.

    Nothing is drawn where the writing asks for a view that the place does not have.
    """
    target = writing.target
    text = code_of(workspace, target)
    view = _view(context, writing, text)
    if view is None:
        return
    fence = "" if view.files else opening_fence(target.file.path, text)
    size = workspace.counter.count(text)
    # A unit that is wrong is there already; one that is to be implemented may be a stub.
    least = 2 * LEAST_ANSWER if writing.keep_signature else STUB_ANSWER
    wanted = max(2 * size + LEAST_ANSWER, least)
    most = answer_tokens(
        workspace, view.texts, fence + view.opening, wanted=wanted, least=size + LEAST_ANSWER
    )
    samplings = ladder(
        writing.candidates,
        seed=writing.seed,
        max_tokens=most,
        stop=view.stop if view.files else (closing_fence(text),),
        rung=writing.rung,
    )
    draft = writing.draft or text
    asked = request_for(view.messages, samplings, opening=fence + view.opening, draft=draft)
    asked = replace(asked, wants_all=writing.together, files=view.files)
    if writing.reworded:
        yield from _rephrased(workspace, context, asked, writing, text, cancel)
        return
    left = yield from _answers(workspace, context, asked, writing, text, cancel)
    if left is not None and writing.rephrase:
        yield from _rephrased(workspace, context, asked, writing, text, cancel)
    elif left is not None:
        if not writing.fills:
            yield Pause()
        yield from _departures(workspace, asked, writing, view.opening, left, cancel)


def _answers(
    workspace: Workspace,
    context: Context,
    asked: Request,
    writing: Writing,
    text: str,
    cancel: Cancel,
) -> Generator[Event | Written | Pause, None, Completion | None]:
    """The answers to a request; returns the one to leave, if one is to be left."""
    total = writing.candidates if writing.total is None else writing.total
    opening = asked.opening.removeprefix(opening_fence(writing.target.file.path, text))
    from_text = is_to_be_written(workspace, writing.target)
    left: Completion | None = None
    first: Completion | None = None
    for number, batch in enumerate(_batches(asked, writing)):
        drawing = Cancel(cancel)
        answers = draw(
            workspace.engine, batch, drawing, offset=writing.offset + number, total=total
        )
        for event in answers:
            told = _written(event, opening, from_text=from_text)
            yield told
            if not isinstance(told, Written):
                continue
            first = first or told.completion
            leaves = writing.depart or (writing.rephrase and told.index == writing.offset)
            if leaves and is_copy(told.text, text):
                left = told.completion
                drawing.set()
                answers.close()  # an engine reads one request at a time
                break
        if writing.fills and number == 0:
            yield Pause()
            yield from filled(workspace, context, writing, text, first, cancel)
            yield Pause()
        if left is not None:
            return left
    return first if writing.persist else None


def _batches(asked: Request, writing: Writing) -> tuple[Request, ...]:
    """The first answer by itself where single lines are filled behind it, then the others."""
    first, *others = asked.samplings
    if not writing.fills or not others:
        return (asked,)
    # Who comes to the others wants them all: none need be written before the rest.
    rest = replace(asked, samplings=tuple(others), wants_all=True)
    return replace(asked, samplings=(first,)), rest


def filled(
    workspace: Workspace,
    context: Context,
    writing: Writing,
    text: str,
    answer: Completion | None,
    cancel: Cancel,
) -> Iterator[Event | Written]:
    """Answers that change one line each, which the model wrote with all others in view."""
    sampling = Sampling(seed=writing.seed, max_tokens=GAP_TOKENS, stop=("\n",))
    for number, gap in enumerate(gaps(text, answer, writing.fills), 1):
        files, behind = gap_request(context, writing.target, text, gap, writing.tests)
        if room_for(workspace, [file.text for file in files], behind) < GAP_TOKENS or not files:
            return
        request = Request((), samplings=(sampling,), files=files, suffix=behind)
        index = writing.offset + writing.candidates - 1 + number
        for event in draw(workspace.engine, request, cancel, offset=index, total=0):
            if not isinstance(event, Drawn):
                yield event
            elif not unusable(event.completion) and (unit := gap.filled(event.completion.text)):
                yield Written(index, unit, event.completion)


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
    first = writing.offset if writing.reworded else writing.offset + 1
    total = max(writing.total or 0, writing.candidates, 1 + len(views))
    (greedy, *_) = asked.samplings
    for index, view in enumerate(views, first):
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
            banned=branch.banned,
        )
        index = writing.offset + writing.candidates - 1 + number
        index += MOST_GAPS if writing.fills else 0
        for event in draw(workspace.engine, request, cancel, offset=index, total=0):
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
    """The file with the answer in place. Raises ProposalError, also when nothing changes, or
    nothing that can be seen and the task does not speak of white space."""
    intent = read_intent(task)
    if target.adds:
        data = insert(file, target.unit, written.text, intent)
    else:
        data = assemble(file, target.unit, written.text, intent)
    hint = "Say more exactly what to change."
    if data == file.data:
        raise ProposalError("The answer changes nothing.", hint=hint)
    python = file.path.endswith((".py", ".pyi"))
    if python and not intent.asks(Topic.LAYOUT) and only_blanks(file.text, decode_text(data)):
        raise ProposalError("The answer changes nothing but white space.", hint=hint)
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
