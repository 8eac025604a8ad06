"""The engine that generates on a model server, llama.cpp's, vLLM, Ollama or any with OpenAI's API.

What the server can do decides how it is asked; see `abilities`. A request that does not fit the
server's context is refused before it is sent, and nothing of it is ever cut.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.engine.base import (
    Cancel,
    EngineEvent,
    EngineInfo,
    Finish,
    Prefill,
    Request,
    Sampling,
    Thought,
)
from assistant.engine.server.abilities import Ability, Kind, Server
from assistant.engine.server.choosing import Choice
from assistant.engine.server.connection import Connection
from assistant.engine.server.drawing import Draw
from assistant.engine.server.llama import LlamaDialect
from assistant.engine.server.ollama import OllamaDialect
from assistant.engine.server.openai import ChatDialect, VllmDialect
from assistant.engine.server.pieces import Dialect, Prompt, Read
from assistant.engine.server.record import Record, Sent, recorded, text_of
from assistant.engine.server.tokens import ServerTokens
from assistant.engine.turn import Turn
from assistant.errors import Cancelled, EngineError


class ServerEngine:
    """Implements `Engine` with a server that is there already."""

    def __init__(
        self,
        connection: Connection,
        server: Server,
        *,
        context_tokens: int,
        record: Record | None = None,
    ) -> None:
        """`context_tokens` is the most that a prompt and its reply may take; `record` is called
        with each prompt before it is sent."""
        self._connection = connection
        self._server = server
        self._context_tokens = context_tokens
        self._record = record
        self.tokens = ServerTokens(connection, server)
        self._dialect = _dialect(connection, server, self.tokens, context_tokens)
        self._turn = Turn()
        self._warming: Cancel | None = None
        self._guard = threading.Lock()
        self._closed = False

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        with self._turn.taken(cancel, self._stop_warming) as admitted:
            if not admitted or cancel.is_set:
                yield from _cancelled(range(len(request.samplings)), 0)
                return
            prompt = self._sendable(request)
            yield from self._candidates(request, prompt, cancel)

    def score(self, request: Request, labels: Sequence[str], cancel: Cancel) -> tuple[float, ...]:
        cancel.check()
        if not all(labels):
            raise EngineError(
                "A label to score is empty.", hint="Give every label at least one character."
            )
        with self._turn.taken(cancel, self._stop_warming) as admitted:
            if not admitted:
                raise Cancelled
            asked = replace(request, samplings=(Sampling(max_tokens=8),), constraint=None)
            self._sendable(asked)
            choice = Choice(self._connection, self._server, self._dialect, asked, labels, cancel)
            return choice.scores()

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        """Only where the server tells how far it has read: others may charge for it."""
        if not self._server.can(Ability.PROGRESS):
            return
        own = Cancel(cancel)
        with self._guard:
            self._warming = own
        asked = replace(request, samplings=(Sampling(max_tokens=0),), constraint=None)
        with self._turn.taken(own, lambda: None) as admitted:
            if not admitted or own.is_set:
                return
            prompt = self._sendable(asked)
            draw = Draw(self._connection, self._dialect, asked, prompt)
            try:
                yield from (
                    Prefill(each.done, each.total, each.cached) for each in draw.reading(own)
                )
            except Cancelled:
                return

    def info(self) -> EngineInfo:
        server = self._server
        infills = server.can(Ability.INFILL)
        return EngineInfo(
            model=shown_model(server),
            device=server.kind.value,
            weights="",
            context_tokens=self._context_tokens,
            threads=0,
            memory_bytes=0,
            load_seconds=0.0,
            can_continue=infills,
            can_infill=infills,
            address=server.address.text,
            tells_logprobs=server.can(Ability.LOGPROBS),
        )

    def close(self) -> None:
        self._stop_warming()
        self._closed = True

    def _candidates(
        self, request: Request, prompt: Prompt, cancel: Cancel
    ) -> Iterator[EngineEvent]:
        """Candidates in order; where all are wanted, as many at a time as the server works on."""
        together = self._server.slots if request.wants_all else 1
        draws = [
            Draw(self._connection, self._dialect, request, prompt, index)
            for index in range(len(request.samplings))
        ]
        for index, draw in enumerate(draws):
            for other in draws[index : index + together]:
                other.begin()
            try:
                for event in draw.events(cancel):
                    if index and isinstance(event, Read | Thought):
                        continue
                    if isinstance(event, Read):
                        yield Prefill(event.done, event.total, event.cached)
                    else:
                        yield event
            except Cancelled:
                _close(draws)
                yield Finish(index, "cancelled", prompt.tokens, draw.passed, 0.0)
                yield from _cancelled(range(index + 1, len(draws)), prompt.tokens)
                return
            except BaseException:  # also when the caller closes this generator
                _close(draws)
                raise

    def _sendable(self, request: Request) -> Prompt:
        """The prompt, after it was checked against the context and recorded."""
        if self._closed:
            raise EngineError("The engine is closed.", hint="Restart the program.")
        prompt = self._dialect.prompt(request)
        reply = max((each.max_tokens for each in request.samplings), default=0)
        needed, limit = prompt.tokens + reply, self._context_tokens
        if needed > limit:
            raise EngineError(
                f"The prompt has {prompt.tokens} tokens and the reply may use {reply}: {needed}"
                f" together, more than the context of {limit} tokens.",
                hint="Select less, or start the server with a larger context and raise "
                "context_tokens.",
            )
        address, model = self._server.address.text, shown_model(self._server)
        recorded(self._record, Sent(address, model, prompt.tokens, text_of(request)))
        return prompt

    def _stop_warming(self) -> None:
        with self._guard:
            if self._warming is not None:
                self._warming.set()


def shown_model(server: Server) -> str:
    """The model's name for people: llama.cpp calls it by the path of its file."""
    return server.model.replace("\\", "/").rpartition("/")[2].removesuffix(".gguf")


def _dialect(
    connection: Connection, server: Server, tokens: ServerTokens, context_tokens: int
) -> Dialect:
    match server.kind:
        case Kind.LLAMA_CPP:
            return LlamaDialect(connection, server, tokens)
        case Kind.VLLM:
            return VllmDialect(server, tokens)
        case Kind.OLLAMA:
            return OllamaDialect(server, context_tokens)
        case _:
            return ChatDialect(server)


def _close(draws: Sequence[Draw]) -> None:
    for draw in draws:
        draw.close()


def _cancelled(candidates: range, prompt: int) -> Iterator[Finish]:
    return (Finish(each, "cancelled", prompt, 0, 0.0) for each in candidates)
