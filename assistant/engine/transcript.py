"""The text of a candidate as it grows: UTF-8 decoding, stop strings, endless repetition.

A token is released only once it cannot be part of a stop string, so no text is shown and then
withdrawn.
"""

import codecs
from collections.abc import Sequence
from dataclasses import replace

from assistant.engine.base import Token

_LONGEST_PERIOD = 128
_LOOP_TOKENS = 96
_LOOP_REPEATS = 4


class Transcript:
    """Takes tokens with their bytes, and releases them with their text."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held: list[Token] = []
        self._held_text = ""
        self.stopped = False
        """A stop string was found; later tokens are dropped."""

    def add(self, token: Token, spelled: bytes) -> list[Token]:
        """Takes a token; returns the tokens that have become certain."""
        text = self._decoder.decode(spelled)
        self._held.append(replace(token, text=text))
        self._held_text += text
        found = [at for stop in self._stops if (at := self._held_text.find(stop)) >= 0]
        if found:
            self.stopped = True
            return self._release(min(found), drop=True)
        return self._release(len(self._held_text) - self._undecided())

    def finish(self) -> list[Token]:
        """The tokens still held back. Bytes of an incomplete character are dropped."""
        return [] if self.stopped else self._release(len(self._held_text))

    def _undecided(self) -> int:
        """Length of the longest suffix of the text that may start a stop string."""
        longest = max((len(stop) - 1 for stop in self._stops), default=0)
        for length in range(min(longest, len(self._held_text)), 0, -1):
            end = self._held_text[-length:]
            if any(stop.startswith(end) for stop in self._stops):
                return length
        return 0

    def _release(self, length: int, *, drop: bool = False) -> list[Token]:
        """Held tokens within the first `length` characters.

        With `drop`, a token that extends beyond them is cut and the rest dropped.
        """
        released: list[Token] = []
        at = 0
        for token in self._held:
            end = at + len(token.text)
            if end > length:
                break
            released.append(token)
            at = end
        rest = self._held[len(released) :]
        if drop:
            if rest and at < length:
                released.append(replace(rest[0], text=rest[0].text[: length - at]))
            rest, at = [], len(self._held_text)
        self._held, self._held_text = rest, self._held_text[at:]
        return released


class LoopGuard:
    """Detects endless repetition of tokens."""

    def __init__(self, exempt: Sequence[int] = ()) -> None:
        """`exempt` are tokens whose repetition is legitimate: the source that is copied."""
        self._exempt = _joined(exempt)
        self._ids: list[int] = []
        self._runs = [0] * (_LONGEST_PERIOD + 1)

    def looping(self, number: int) -> bool:
        """Takes the next token; True when the text ends in a block repeated over and over."""
        ids, runs = self._ids, self._runs
        ids.append(number)
        for period in range(1, min(_LONGEST_PERIOD, len(ids) - 1) + 1):
            if ids[-1 - period] != number:
                runs[period] = 0
                continue
            runs[period] += 1
            limit = max(_LOOP_TOKENS, _LOOP_REPEATS * period)
            if runs[period] + period >= limit:
                return _joined(ids[-limit:]) not in self._exempt
        return False


def _joined(ids: Sequence[int]) -> str:
    return f" {' '.join(map(str, ids))} "
