"""An engine whose requests have no secrets: those that leave this machine, and those with what the
program chose to read.

Keys and passwords in a prompt become placeholders, and a placeholder in an answer becomes the
secret again, so that code that holds one can be rewritten all the same.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from assistant.credentials.redacting import Placeholders
from assistant.engine.base import (
    Cancel,
    Engine,
    EngineEvent,
    EngineInfo,
    Finish,
    Prefill,
    Request,
    Token,
)
from assistant.engine.reconnecting import Listener, Reconnects


def withholding(engine: Engine, allowed: Callable[[], Collection[str]]) -> Engine:
    """An engine that reads no secret but those that `allowed` returns.

    One that reads none at all stays as it is.
    """
    if isinstance(engine, RedactingEngine):
        return engine
    return RedactingEngine(engine, Placeholders(allowed=allowed))


class RedactingEngine:
    """Implements `Engine` over one that must not read secrets."""

    def __init__(self, engine: Engine, placeholders: Placeholders) -> None:
        self._engine = engine
        self._placeholders = placeholders
        self.listeners: list[Listener] = engine.listeners if isinstance(engine, Reconnects) else []

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        held: dict[int, _Held] = {}
        for event in self._engine.stream(self._hidden(request), cancel):
            match event:
                case Token(candidate):
                    own = held.setdefault(candidate, _Held(self._placeholders))
                    yield from own.add(event)
                case Finish(candidate):
                    if candidate in held:
                        yield from held[candidate].finish()
                    yield event
                case _:
                    yield event

    def score(self, request: Request, labels: Sequence[str], cancel: Cancel) -> tuple[float, ...]:
        return self._engine.score(self._hidden(request), labels, cancel)

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        return self._engine.warm(self._hidden(request), cancel)

    def info(self) -> EngineInfo:
        return self._engine.info()

    def close(self) -> None:
        self._engine.close()

    def _hidden(self, request: Request) -> Request:
        """The request as it is sent."""
        hide, constraint = self._placeholders.hide, request.constraint
        return replace(
            request,
            messages=tuple(replace(each, content=hide(each.content)) for each in request.messages),
            opening=hide(request.opening),
            constraint=constraint and replace(constraint, text=hide(constraint.text)),
            draft=hide(request.draft),
            files=tuple(replace(each, text=hide(each.text)) for each in request.files),
            suffix=hide(request.suffix),
        )


class _Held:
    """Holds the tokens of one candidate back that may be part of a placeholder.

    The first token of those gets the text of all of them: their number, and what the model says
    of each, stay as they are.
    """

    def __init__(self, placeholders: Placeholders) -> None:
        self._placeholders = placeholders
        self._tokens: list[Token] = []
        self._text = ""

    def add(self, token: Token) -> Iterator[Token]:
        self._tokens.append(token)
        self._text += token.text
        if not self._placeholders.undecided(self._text):
            yield from self.finish()

    def finish(self) -> Iterator[Token]:
        tokens, text = self._tokens, self._text
        self._tokens, self._text = [], ""
        shown = self._placeholders.show(text)
        if shown == text:
            yield from tokens
            return
        for at, token in enumerate(tokens):
            yield replace(token, text="" if at else shown)
