"""Owns the completion of answers that leave functions of a stub without a body.

Small models write what they know and copy the rest of a stub as it is. Each body that is left out
is written by itself then, as the next lines of the answer's own file, by a grammar that takes no
placeholder. What comes of it is an answer like the others, which are ranked with it.
"""

from collections.abc import Generator, Iterator
from dataclasses import replace

from assistant.context.bundle import Context
from assistant.engine.base import Cancel, Completion, Constraint, Request
from assistant.errors import ProposalError
from assistant.intent.reading import read_intent
from assistant.proposal.assemble import assemble
from assistant.proposal.changes import Candidate
from assistant.proposal.ranking import distinct, ranked
from assistant.proposal.unwritten import left_unwritten
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import unit_text
from assistant.tasks.attempts import Tally, judge
from assistant.tasks.candidates import Baseline, Earlier, make_candidate
from assistant.tasks.events import Event, Phase, PhaseStarted
from assistant.tasks.request import Workspace
from assistant.tasks.rewrite import LEAST_ANSWER, Writing, Written, unusable
from assistant.tasks.streams import Drawn, draw, ladder, room_for
from assistant.tasks.views import View, finished

MOST_COMPLETED = 3
"""Answers that are completed, the best first."""
MOST_BODIES = 8
"""Bodies that are written for one answer."""

_BODY_TOKENS = 2 * LEAST_ANSWER
_IDLE = r'(\s|#[^\n]*\n|"""[^"]*""")*'
_BODY = Constraint(
    "lark",
    rf"""start: BODY
BODY: /(?s:.*)/ & ~/{_IDLE}(pass|\.\.\.|raise NotImplementedError)(?s:.*)/ & ~/{_IDLE}/
""",
)
"""Something beside comments, and no placeholder first: nor a name that begins like one, as a model
that wants to write it would only go on with such a name."""


def complete(
    workspace: Workspace,
    context: Context,
    writing: Writing,
    baseline: Baseline | None,
    tally: Tally,
    cancel: Cancel,
) -> Iterator[Event]:
    """Adds the best answers to the tally once more with the bodies that they left out."""
    if not workspace.engine.info().can_continue:
        return
    left = [each for each in ranked(distinct(tally.candidates)) if each.unwritten]
    for number, base in enumerate(left[:MOST_COMPLETED]):
        if tally.over:
            return
        if not number:
            yield PhaseStarted(Phase.COMPLETING, writing.target.label)
        drawing = Cancel(cancel)
        bodies = _completed(workspace, context, writing, base, tally.following, drawing)
        try:
            for event in bodies:
                if isinstance(event, Candidate):
                    yield from judge(workspace, event, baseline, tally, cancel)
                    continue
                yield event
                if tally.budget.spent:
                    return  # also in the middle of a body
        finally:
            drawing.set()
            bodies.close()  # an engine reads one request at a time


def _completed(
    workspace: Workspace,
    context: Context,
    writing: Writing,
    base: Candidate,
    index: int,
    cancel: Cancel,
) -> Generator[Event | Candidate, None, None]:
    """Ends with the answer and the bodies that it left out, where any could be written."""
    path = writing.target.file.path
    change = next(each for each in base.changes if each.path == path)
    file = text_file(path, change.new or b"")
    written: list[tuple[str, Completion]] = []
    for name in base.unwritten[:MOST_BODIES]:
        unit = next((each for each in units_of(file) if each.name == name), None)
        if unit is None:
            continue
        view = finished(context, path, file.text, unit_text(file.text, unit), writing.task)
        if view is None:
            continue
        room = room_for(workspace, view.texts, view.opening)
        if room < LEAST_ANSWER:
            break  # the engine would refuse it, and with it all that there is
        most = min(room, _BODY_TOKENS)
        body = yield from _body(workspace, view, most, writing.seed, index, cancel)
        if body is None:
            continue
        try:
            new = assemble(file, unit, view.opening + body.text, read_intent(writing.task))
        except ProposalError:
            continue
        if name not in left_unwritten(change.old or b"", new):
            file = text_file(path, new)
            written.append((path, body))
    if not written:
        return
    *first, (_, last) = written
    answer = Written(index, file.text, last, from_text=True)
    beside = Earlier({each.path: each for each in base.changes}, tuple(first))
    try:
        whole = make_candidate(answer, path, change.old, file.data, beside, writing.task)
    except ProposalError:
        return
    yield replace(whole, tokens=base.tokens + sum(len(each.logprobs) for _, each in written))


def _body(
    workspace: Workspace, view: View, most: int, seed: int, index: int, cancel: Cancel
) -> Generator[Event, None, Completion | None]:
    """The likeliest body, or None where it cannot be used."""
    samplings = ladder(1, seed=seed, max_tokens=most, stop=view.stop)
    asked = Request(
        (), samplings=samplings, opening=view.opening, files=view.files, constraint=_BODY
    )
    found: Completion | None = None
    for event in draw(workspace.engine, asked, cancel, offset=index, total=0):
        if isinstance(event, Drawn):
            found = None if unusable(event.completion) else event.completion
        else:
            yield event
    return found
