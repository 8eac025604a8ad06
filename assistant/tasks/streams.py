"""Owns the translation of engine events into task events, and the gathering of candidates."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from assistant.engine.base import (
    Cancel,
    Completion,
    Engine,
    Finish,
    Message,
    Prefill,
    Request,
    Sampling,
    Token,
    gather,
)
from assistant.errors import Cancelled
from assistant.tasks.events import (
    CandidateStarted,
    Event,
    GenerationFinished,
    PromptProgress,
    TextStreamed,
)
from assistant.tasks.request import Workspace

MOST_ANSWER = 2048
"""Tokens of an answer, where the code that it replaces is not longer still."""

TEMPLATE_TOKENS = 100
"""More than a chat template puts around the messages."""

THOUGHT_TOKENS = 100
"""Most tokens of what a model says before it writes code."""

TEMPERATURES = (0.0, 0.5, 0.7, 0.9)
"""Of the candidates in turn: greedy first, then ever more diverse; the last one repeats."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A candidate's text as the model wrote it, the opening not included."""

    index: int
    completion: Completion


def answer_tokens(
    workspace: Workspace, texts: Sequence[str], opening: str, *, wanted: int, least: int
) -> int:
    """Most tokens of an answer: what is wanted, as far as the prompt leaves room in the context.

    Never under `least`, without which the answer would be cut for certain: then the engine says
    how much too long the prompt is.
    """
    return max(min(wanted, MOST_ANSWER, room_for(workspace, texts, opening)), least)


def room_for(workspace: Workspace, texts: Sequence[str], opening: str) -> int:
    """Tokens of the context that a prompt leaves for its answer; negative where none are left."""
    read = sum(workspace.counter.count(text) for text in (*texts, opening))
    return workspace.settings.context_tokens - read - TEMPLATE_TOKENS


def ladder(
    candidates: int, *, seed: int, max_tokens: int, stop: tuple[str, ...], rung: int = 0
) -> tuple[Sampling, ...]:
    """Samplings of a request: one greedy, then sampled ones with seeds of their own.

    `rung` leaves out the first ones, which an earlier request has drawn.
    """
    return tuple(
        Sampling(
            temperature=TEMPERATURES[min(index, len(TEMPERATURES) - 1)],
            seed=seed + index,
            max_tokens=max_tokens,
            stop=stop,
        )
        for index in range(rung, rung + candidates)
    )


def draw(
    engine: Engine, request: Request, cancel: Cancel, *, offset: int = 0, total: int | None = None
) -> Generator[Event | Drawn, None, None]:
    """Events while the candidates are written, and a Drawn as each one is complete.

    Candidates are numbered from `offset` on; `total` is None where no others are drawn. Raises
    Cancelled when the user stopped it; text that was cut by the cancel is never handed on.
    """
    most = len(request.samplings) if total is None else total
    current: Completion | None = None
    for event in engine.stream(request, cancel):
        match event:
            case Prefill(done=done, total=size, cached=cached):
                yield PromptProgress(done, size, cached)
            case Token(candidate=index):
                if current is None:
                    current = Completion()
                    yield CandidateStarted(offset + index, most)
                gather(current, event)
                yield TextStreamed(offset + index, event.text, event.logprob)
            case Finish(candidate=index, reason=reason):
                done_one = current or Completion()
                current = None
                gather(done_one, event)
                yield GenerationFinished(event)
                if reason == "cancelled":
                    raise Cancelled
                yield Drawn(offset + index, done_one)


def request_for(
    messages: Sequence[Message],
    samplings: tuple[Sampling, ...],
    *,
    opening: str = "",
    draft: str = "",
) -> Request:
    """A request without a constraint."""
    return Request(tuple(messages), opening=opening, samplings=samplings, draft=draft)


def think(
    engine: Engine, messages: Sequence[Message], cancel: Cancel, *, index: int, total: int
) -> Generator[Event, None, str]:
    """A paragraph of the model's own before its code, with the line ends behind it; or nothing."""
    sampling = Sampling(max_tokens=THOUGHT_TOKENS, stop=("\n\n", "```"))
    asked = request_for(messages, (sampling,))
    thought = ""
    for event in draw(engine, asked, cancel, offset=index, total=total):
        if isinstance(event, Drawn):
            thought = event.completion.text.strip()
        else:
            yield event
    return f"{thought}\n\n" if thought else ""
