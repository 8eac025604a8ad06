"""Completes the text of a file at a cursor by fill-in-the-middle."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from assistant.completing.cutting import Place, cut
from assistant.completing.window import Window, window_of
from assistant.credentials.finding import find
from assistant.engine.base import (
    Cancel,
    Engine,
    EngineEvent,
    Finish,
    Request,
    Sampling,
    SourceFile,
    Token,
)

MOST_TOKENS = 64
LEAST_MEAN = 0.7
"""Geometric mean of the probabilities of the tokens so far, from which a completion is shown. Of
what is above it in `tests/benchmarks/completion_while_typing.py`, 15 % is right, below it 8 %."""
_LAST_WORD = re.compile(r"\w+$")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a file that is edited."""

    path: str
    text: str
    """Of the whole file, as it is in the editor."""
    offset: int


class Completer:
    """Completes one file. Remembers what the model has read of it; not thread-safe."""

    def __init__(self, engine: Engine, least_mean: float = LEAST_MEAN) -> None:
        self._engine = engine
        self._least_mean = least_mean
        self._window: Window | None = None
        self._infills: bool | None = None

    def complete(self, cursor: Cursor, cancel: Cancel) -> Iterator[str]:
        """The completion as it grows; none where the model is not sure, cannot infill, or would
        read what looks like a secret.

        Loads the model if necessary. May raise what `Engine.stream` raises.
        """
        request, place = self._request(cursor), Place.of(cursor.text, cursor.offset)
        if request is None:
            return
        own, shown = Cancel(cancel), ""
        draft = _Draft(place, self._least_mean)
        for event in self._engine.stream(request, own):
            if own.is_set:
                continue  # the engine may begin another request when this one was read to its end
            draft.add(event)
            if draft.text != shown:
                shown = draft.text
                yield shown
            if draft.done:
                own.set()

    def read_ahead(self, cursor: Cursor, cancel: Cancel) -> None:
        """Has the model read what a completion at the cursor needs. May raise as `complete`."""
        request = self._request(cursor)
        if request is not None:
            for _ in self._engine.warm(request, cancel):
                pass

    def _request(self, cursor: Cursor) -> Request | None:
        if self._infills is None:
            self._infills = self._engine.info().can_infill
        window = self._window = window_of(cursor.text, cursor.offset, self._window)
        shown = f"{window.before}{window.after}"
        if not self._infills or not shown.strip() or find(shown):
            return None
        return Request(
            (),
            samplings=(Sampling(max_tokens=MOST_TOKENS),),
            files=(SourceFile(cursor.path, window.before.rstrip(" \t")),),
            suffix=window.after or "\n",
        )


@dataclass(slots=True)
class _Draft:
    """What the model has written so far, and what is kept of it."""

    place: Place
    least_mean: float
    text: str = ""
    done: bool = False
    _raw: str = ""
    _logprobs: list[float] = field(default_factory=list)

    def add(self, event: EngineEvent) -> None:
        match event:
            case Token():
                self._add_token(event)
            case Finish(reason="stop") if self._is_sure:
                self.text = cut(self._raw, self.place, ended=True).text
            case Finish(reason="length" | "repetition"):
                self._leave_out_word()

    def _add_token(self, token: Token) -> None:
        if token.logprob is not None:
            self._logprobs.append(token.logprob)
        if self.text and not self._is_sure:
            self.done = True
            if re.match(r"\w", token.text):
                self._leave_out_word()
            return
        self._raw += token.text
        found = cut(self._raw, self.place)
        self.done = found.done or (not self._is_sure and "\n" in found.text)
        if self._is_sure:
            self.text = found.text

    @property
    def _is_sure(self) -> bool:
        mean = sum(self._logprobs) / max(1, len(self._logprobs))
        return mean >= math.log(self.least_mean)

    def _leave_out_word(self) -> None:
        """Removes a last word that is not complete."""
        self.text = _LAST_WORD.sub("", self.text).rstrip()
