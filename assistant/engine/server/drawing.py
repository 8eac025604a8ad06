"""Draws one candidate from a server: its stream becomes engine events.

A reply that the server could not be made to write as asked is checked, and asked for once more
with what was wrong. When that fails as well, the candidate is empty, and never something else.
"""

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from assistant.engine.base import (
    Cancel,
    Constraint,
    Finish,
    FinishReason,
    Message,
    Request,
    Thought,
    Token,
)
from assistant.engine.server import faults
from assistant.engine.server.connection import Connection, Stream
from assistant.engine.server.pieces import (
    Aside,
    Dialect,
    End,
    Piece,
    Prompt,
    Query,
    Read,
    Text,
    message_in,
)
from assistant.engine.server.reply import Reply, part
from assistant.errors import EngineError

_DROPPED_LINES = 3
"""Lines before the answer, such as a sentence that introduces it, that are left out at most."""


class _Attempt:
    """What comes of one request."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._aside = ""
        self.texts: list[Text] = []
        self.end: End | None = None
        self.problem = ""
        self.silent = True
        """Nothing was written yet."""

    @property
    def stopped(self) -> bool:
        return self._reply.stopped

    @property
    def text(self) -> str:
        return "".join(each.text for each in self.texts)

    @property
    def reason(self) -> FinishReason:
        return self.end.reason if self.end else "stop"

    def take(self, piece: Text | Aside | End) -> list[Text]:
        """The text that is certain to belong to the candidate by now."""
        found: list[Text] = []
        match piece:
            case Text():
                found = self._reply.take(piece)
            case Aside():
                self._aside += piece.text
            case End():
                # The reason comes with the last text, and counts may come after it.
                first = self.end
                self.end = piece if first is None else replace(piece, reason=first.reason)
        self.texts += found
        return found

    def finish(self) -> list[Text]:
        """What was held back; where there is no text, that which came in the wrong field."""
        empty = not self.texts and not self._reply.stopped and not self._reply.began
        found = self._reply.take(Text(self._aside)) if empty and self._aside.strip() else []
        found = [*found, *self._reply.end()]
        self.texts += found
        self.problem = self._reply.problem
        return found


class Draw:
    """One candidate of a request."""

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        request: Request,
        prompt: Prompt,
        index: int = 0,
        *,
        top: int = 0,
    ) -> None:
        """`top` asks for that many of the likeliest tokens in each place."""
        self._connection = connection
        self._dialect = dialect
        self._request = request
        self._prompt = prompt
        self._index = index
        self._top = top
        self._sent: tuple[Stream, Query] | None = None
        self._started = time.monotonic()
        self.passed = 0
        """Tokens that were passed on."""

    def begin(self) -> tuple[Stream, Query]:
        """Sends the request, if that has not been done."""
        if self._sent is None:
            sampling = self._request.samplings[self._index]
            query = self._dialect.query(self._prompt, self._request, sampling, top=self._top)
            self._sent = self._connection.open(query.path, query.body), query
        return self._sent

    def close(self) -> None:
        if self._sent is not None:
            self._sent[0].close()

    def reading(self, cancel: Cancel) -> Iterator[Read]:
        """How far the server has read the prompt, to the end of the request."""
        for piece in self._pieces(cancel):
            if isinstance(piece, Read):
                yield piece

    def texts(self, cancel: Cancel) -> Iterator[Text]:
        """The pieces of the reply as the server sends them."""
        return (piece for piece in self._pieces(cancel) if isinstance(piece, Text))

    def events(self, cancel: Cancel) -> Iterator[Read | Thought | Token | Finish]:
        """Reads, the last one with done == total, then thoughts, tokens and a Finish.

        Raises Cancelled and ServerFault.
        """
        exact = self.begin()[1].exact
        try:
            attempt = yield from self._attempt(cancel, live=exact, first=True)
        except faults.BrokenOff:
            if self.passed:
                raise
            # Nothing was shown yet, so the request can be made again.
            self._sent = None
            attempt = yield from self._attempt(cancel, live=exact, first=False)
        self._judge(attempt, exact=exact)
        if attempt.problem:
            self._correct(attempt)
            attempt = yield from self._attempt(cancel, live=exact, first=False)
            self._judge(attempt, exact=exact)
        if attempt.problem:
            attempt.texts = []
        if not exact:
            yield from map(self._token, attempt.texts)
        end = attempt.end or End("stop")
        yield Finish(
            self._index,
            attempt.reason,
            end.prompt_tokens or self._prompt.tokens,
            end.tokens or len(attempt.texts),
            time.monotonic() - self._started,
            end.drafted,
        )

    def _attempt(
        self, cancel: Cancel, *, live: bool, first: bool
    ) -> Generator[Read | Thought | Token, None, _Attempt]:
        """Passes on what the server reads and thinks and, if `live`, writes."""
        attempt = _Attempt(self._reply())
        read = Read(0, self._prompt.tokens, 0)
        if first:
            yield read
        for piece in self._pieces(cancel):
            if isinstance(piece, Read):
                read = piece
                if first and attempt.silent and 0 < piece.done < piece.total:
                    yield piece
                continue
            if attempt.silent:
                attempt.silent, self._started = False, time.monotonic()
                if first:
                    yield Read(read.total, read.total, read.cached)
            if first:
                yield from _thoughts(piece)
            yield from self._tokens(attempt.take(piece), live)
            if attempt.stopped:
                break
        yield from self._tokens(attempt.finish(), live)
        return attempt

    def _reply(self) -> Reply:
        if not self._dialect.aligns:
            return Reply()
        stop = self._request.samplings[self._index].stop
        return Reply(self._request.opening, stop, continued=self._dialect.continues)

    def _pieces(self, cancel: Cancel) -> Iterator[Piece]:
        """Pieces of the stream. Raises ServerFault when it ends before it is complete."""
        stream, ended, line = self.begin()[0], False, ""
        address = self._connection.address
        try:
            for line in stream.lines(cancel):
                message = message_in(line)
                if message is None:
                    continue
                if message.get("error"):
                    raise faults.failed_in_stream(address, message)
                for piece in self._dialect.pieces(message):
                    ended = ended or isinstance(piece, End)
                    yield piece
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise faults.not_understood(address, line) from error
        finally:
            self.close()
        if not ended:
            raise faults.broken_off(address)

    def _judge(self, attempt: _Attempt, *, exact: bool) -> None:
        """Checks the reply against the constraint, and cuts it to the part that matches."""
        constraint = self._request.constraint
        if exact or constraint is None or attempt.problem:
            return
        text = attempt.text
        found = matching(constraint, text, cut=attempt.reason == "length")
        if found is None:
            attempt.problem = f"It does not have the form that was asked for: {text[:80]!r}."
            return
        at = text.find(found)
        attempt.texts = part(attempt.texts, at, at + len(found))

    def _correct(self, attempt: _Attempt) -> None:
        """Asks for the reply again, with what was wrong about it."""
        said = attempt.text or "(nothing)"
        wrong = (
            f"That reply cannot be used. {attempt.problem} Write all of it again, exactly in the "
            "form that was asked for, and nothing else."
        )
        messages = (*self._request.messages, Message("assistant", said), Message("user", wrong))
        self._request = replace(self._request, messages=messages)
        self._prompt = self._dialect.prompt(self._request)
        self._sent = None

    def _tokens(self, texts: Sequence[Text], live: bool) -> Iterator[Token]:
        return map(self._token, texts if live else ())

    def _token(self, text: Text) -> Token:
        self.passed += 1
        return Token(self._index, text.text, text.logprob, None)


def _thoughts(piece: Piece) -> Iterator[Thought]:
    if isinstance(piece, Aside) and piece.reasoning:
        yield Thought(piece.text)


def matching(constraint: Constraint, text: str, *, cut: bool) -> str | None:
    """The part of a reply that matches a constraint: without fences, without lines before and
    after it; None where there is none. `cut`: the reply ended at its token limit."""
    lines = [line for line in text.strip().splitlines() if not line.startswith("```")]
    for first in range(min(_DROPPED_LINES, len(lines)) + 1):
        if cut:
            found = "\n".join(lines[first:])
            if found in text and _accepts(constraint, found, whole=False):
                return found
            continue
        for last in range(len(lines), first, -1):
            found = "\n".join(lines[first:last]).strip()
            if found and found in text and _accepts(constraint, found, whole=True):
                return found
    return "" if not text and _accepts(constraint, "", whole=True) else None


def _accepts(constraint: Constraint, text: str, *, whole: bool) -> bool:
    from assistant.engine.constraints import check_text  # loads llguidance

    try:
        check_text(constraint, text, whole=whole)
    except EngineError:
        return False
    return True
