"""What a server's answer consists of, whatever its API."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from assistant.engine.base import FinishReason, Request, Sampling


@dataclass(frozen=True, slots=True)
class Read:
    """How far the server has read the prompt."""

    done: int
    total: int
    cached: int


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer, usually one token."""

    text: str
    logprob: float | None = None
    top: tuple[tuple[str, float], ...] = ()
    """The likeliest tokens in its place with their log-probabilities, if they were asked for."""


@dataclass(frozen=True, slots=True)
class Aside:
    """Text in another field than the answer's: reasoning, or the arguments of a tool call."""

    text: str
    reasoning: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The last piece."""

    reason: FinishReason
    tokens: int = 0
    """Generated tokens; 0 where the server does not tell."""
    prompt_tokens: int = 0
    cached: int = 0
    drafted: int = 0


Piece: TypeAlias = Read | Text | Aside | End


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request's prompt as a server takes it."""

    value: Any
    """Token ids, or messages."""
    tokens: int
    """Exact for ids, else an estimate on the safe side."""


@dataclass(frozen=True, slots=True)
class Query:
    """A request for one candidate."""

    path: str
    body: dict[str, Any]
    exact: bool
    """The server makes the reply match the constraint; else it has to be checked."""


class Dialect(Protocol):
    """One server's API."""

    aligns: bool
    """The server may answer in other ways than by continuing the opening, and does not look for
    stop strings: the reply has to be aligned."""
    continues: bool
    """The opening is sent as the start of the reply."""

    def prompt(self, request: Request) -> Prompt:
        """Raises EngineError where the server cannot take such a request."""
        ...

    def query(self, prompt: Prompt, request: Request, sampling: Sampling, *, top: int = 0) -> Query:
        """`top` asks for that many of the likeliest tokens in each place."""
        ...

    def pieces(self, message: dict[str, Any]) -> Iterator[Piece]:
        """The pieces in one message of the stream. Raises KeyError, TypeError or ValueError for a
        message that does not follow the API."""
        ...


def message_in(line: str) -> dict[str, Any] | None:
    """The object in a line of a stream; None for comments, blank lines and the end marker.

    Raises ValueError for a line that is none of these.
    """
    text = line.strip()
    for name in ("data:", "error:"):
        if text.startswith(name):
            text = text.removeprefix(name).strip()
            break
    else:
        if not text or text.startswith((":", "event:", "id:", "retry:")):
            return None
    if not text or text == "[DONE]":
        return None
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
