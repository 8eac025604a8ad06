"""Draws text from the engine: engine events become task events, tokens become completions."""

from collections.abc import Callable, Generator, Iterator, Sequence
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
    Thought,
    Token,
    gather,
)
from assistant.errors import Cancelled
from assistant.solving.events import (
    CandidateStarted,
    Event,
    GenerationFinished,
    PromptProgress,
    TextStreamed,
    ThoughtStreamed,
)
from assistant.solving.request import Workspace

MOST_ANSWER = 2048
"""Most tokens of an answer, unless the code that it replaces is longer."""

LEAST_ANSWER = 256
"""Tokens that an answer may take beyond the size of the code that it replaces."""

TEMPLATE_TOKENS = 100
"""An upper bound for what a chat template adds to the messages."""

THOUGHT_TOKENS = 100
"""Most tokens of the reasoning before the code."""

TEMPERATURES = (0.0, 0.5, 0.7, 0.9)
"""Of the candidates in turn: greedy, then more and more diverse; the last one repeats."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The complete text of one candidate, without the opening."""

    id: int
    completion: Completion


def answer_tokens(
    workspace: Workspace, texts: Sequence[str], opening: str, *, wanted: int, least: int
) -> int:
    """The token limit of an answer: `wanted`, as far as the prompt leaves room for it.

    Never below `least`, under which every answer would be cut: then the engine reports by how much
    the prompt is too long.
    """
    return max(min(wanted, MOST_ANSWER, room_for(workspace, texts, opening)), least)


def room_for(workspace: Workspace, texts: Sequence[str], opening: str) -> int:
    """Tokens of the context that a prompt leaves for its answer; negative when it is too long."""
    read = sum(workspace.counter.count(text) for text in (*texts, opening))
    return workspace.settings.window - read - TEMPLATE_TOKENS


def ladder(
    candidates: int, *, seed: int, max_tokens: int, stop: tuple[str, ...], rung: int = 0
) -> tuple[Sampling, ...]:
    """The samplings of a request: greedy first, then sampled, each with its own seed.

    `rung` skips those that an earlier request has drawn.
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
    engine: Engine,
    request: Request,
    cancel: Cancel,
    new_id: Callable[[], int],
    *,
    expected: int = 0,
) -> Iterator[Event | Drawn]:
    """Events while the candidates are written, and a Drawn when one is complete.

    `new_id` numbers each candidate as it begins; each is expected to have `expected` tokens, 0 for
    an unknown number. Raises Cancelled when it was stopped; text that
    was cut by the cancel is never handed on.
    """
    current: Completion | None = None
    number = 0
    for event in engine.stream(request, cancel):
        match event:
            case Prefill(done=done, total=size, cached=cached):
                yield PromptProgress(done, size, cached)
            case Thought(text=text):
                yield ThoughtStreamed(text)
            case Token():
                if current is None:
                    current, number = Completion(), new_id()
                    yield CandidateStarted(number, expected)
                gather(current, event)
                yield TextStreamed(number, event.text, event.logprob)
            case Finish(reason=reason):
                complete = current or Completion()
                number = number if current else new_id()
                current = None
                gather(complete, event)
                yield GenerationFinished(event)
                if reason == "cancelled":
                    raise Cancelled
                yield Drawn(number, complete)


def think(
    engine: Engine, messages: Sequence[Message], cancel: Cancel, number: int
) -> Generator[Event, None, str]:
    """A paragraph of reasoning to put before the code, with the line ends after it; or nothing."""
    sampling = Sampling(max_tokens=THOUGHT_TOKENS, stop=("\n\n", "```"))
    asked = Request(tuple(messages), samplings=(sampling,))
    thought = ""
    for event in draw(engine, asked, cancel, lambda: number):
        if isinstance(event, Drawn):
            thought = event.completion.text.strip()
        else:
            yield event
    return f"{thought}\n\n" if thought else ""


def why_unusable(completion: Completion) -> str:
    """Why a completion cannot be used; empty when it can."""
    finish = completion.finish
    if finish is None or finish.reason == "length":
        return "cut at the token limit"
    if finish.reason == "repetition":
        return "repeats itself without end"
    return "" if completion.text.strip() else "empty"
