"""Answers a question about the code in context; changes nothing."""

from collections.abc import Generator, Iterator

from assistant.context.bundle import Context
from assistant.context.describing import places
from assistant.engine.base import Cancel, Request, Sampling
from assistant.prompt.builder import ask_messages
from assistant.prompt.conversation import fitting
from assistant.solving.drawing import Drawn, draw
from assistant.solving.events import AnswerReady, Event, Phase, PhaseStarted
from assistant.solving.readingspeed import tokens_in
from assistant.solving.request import TaskRequest, Workspace
from assistant.tasks.gathering import read_context
from assistant.tasks.recognizing import with_names

MOST_ANSWER = 800
_INSTRUCTIONS = 150
"""Tokens of the prompt beside code and question, with the chat template's."""
_PATIENCE = 9.0
"""Seconds that reading the prompt may take where the program chooses what is read."""


def ask(workspace: Workspace, request: TaskRequest, cancel: Cancel) -> Iterator[Event]:
    """Streams an answer, then AnswerReady, which says where it looked if nothing is selected.

    What was asked before is part of the prompt, and the last question of the search for code: a
    follow-up such as "and who calls it?" names nothing itself.
    """
    workspace = workspace.for_request(request)
    request = with_names(workspace, request)
    earlier = fitting(request.said.earlier, workspace.counter, workspace.settings.window)
    context = yield from question_context(workspace, request)
    asked = Request(
        ask_messages(context, request.task, earlier),
        samplings=(Sampling(seed=request.seed, max_tokens=MOST_ANSWER),),
    )
    yield PhaseStarted(Phase.ANSWERING, _with(len(earlier)))
    for event in draw(workspace.engine, asked, cancel, lambda: 1):
        if isinstance(event, Drawn):
            looked = () if request.selection else tuple(places(context))
            yield AnswerReady(event.completion.text.strip(), looked)
        else:
            yield event


def question_context(workspace: Workspace, request: TaskRequest) -> Generator[Event, None, Context]:
    """Reads what a question is about, and reports it. Raises what `read_context` raises."""
    earlier = fitting(request.said.earlier, workspace.counter, workspace.settings.window)
    about = earlier[-1].question if earlier else ""
    told = sum(workspace.counter.count(f"{each.question}\n{each.answer}") for each in earlier)
    most = None if request.selection else tokens_in(workspace.engine.info(), _PATIENCE)
    return (
        yield from read_context(
            workspace, request, about=about, brief=_INSTRUCTIONS + told, most=most or 0
        )
    )


def _with(earlier: int) -> str:
    return f"with {earlier} earlier answer{'' if earlier == 1 else 's'}" if earlier else ""
