"""Owns the question: an answer in words about the code in context; changes nothing."""

from collections.abc import Iterator

from assistant.engine.base import Cancel, Request, Sampling
from assistant.prompt.builder import ask_messages
from assistant.tasks.events import AnswerReady, Event, Phase, PhaseStarted
from assistant.tasks.gathering import gather_context
from assistant.tasks.request import TaskRequest, Workspace
from assistant.tasks.streams import Drawn, draw

MOST_ANSWER = 800


def ask(workspace: Workspace, request: TaskRequest, cancel: Cancel) -> Iterator[Event]:
    """Streams an answer, then AnswerReady."""
    yield PhaseStarted(Phase.CONTEXT)
    context = gather_context(workspace, request)
    asked = Request(
        ask_messages(context, request.task),
        samplings=(Sampling(seed=request.seed, max_tokens=MOST_ANSWER),),
    )
    yield PhaseStarted(Phase.ANSWERING)
    for event in draw(workspace.engine, asked, cancel):
        if isinstance(event, Drawn):
            yield AnswerReady(event.completion.text.strip())
        else:
            yield event
