"""Turns a chat reply into the continuation of its opening: strips reasoning and any text before the
code, and ends it at its stop string.
"""

from collections.abc import Sequence
from dataclasses import replace

from assistant.engine.server.pieces import Text

_THOUGHT = ("<think>", "</think>")


class Reply:
    """Receives the pieces of one reply, and returns those that belong to the candidate."""

    def __init__(
        self, opening: str = "", stop: Sequence[str] = (), *, continued: bool = False
    ) -> None:
        """`continued`: the opening was sent as the start of the reply."""
        self._opening = opening
        self._continued = continued
        self._stop = tuple(each for each in stop if each)
        self._holds = max((len(each) for each in self._stop), default=1) - 1
        self._pieces: list[Text] = []
        self.began = False
        """What belongs to the candidate has begun."""
        self.stopped = False
        """A stop string was found: all that follows is to be left out."""
        self.problem = ""
        """Why the reply cannot be the continuation; only known when it is complete."""

    def take(self, piece: Text) -> list[Text]:
        """The pieces that are certain to belong to the candidate by now."""
        if self.stopped:
            return []
        self._pieces.append(piece)
        if not self.began and not self._begins(whole=False):
            return []
        return self._released(whole=False)

    def end(self) -> list[Text]:
        """The pieces that were held back."""
        if self.stopped:
            return []
        if not self.began and not self._begins(whole=True):
            self.problem = f"It does not begin with {self._opening!r}."
            return []
        return self._released(whole=True)

    def _begins(self, *, whole: bool) -> bool:
        """Whether the start of the candidate is known; what comes before it is then dropped."""
        text = "".join(each.text for each in self._pieces)
        start = _after_thought(text, whole=whole)
        if start is None:
            return False
        at: int | None = 0
        if self._opening:
            align = continuation if self._continued else aligned
            at = align(text[start:], self._opening, whole=whole)
        if at is None:
            return False
        self.began = True
        self._pieces = part(self._pieces, start + at, len(text))
        return True

    def _released(self, *, whole: bool) -> list[Text]:
        text = "".join(each.text for each in self._pieces)
        found = [at for each in self._stop if (at := text.find(each)) >= 0]
        if found:
            self.stopped = True
            return part(self._pieces, 0, min(found))
        room = len(text) if whole else len(text) - self._holds
        released: list[Text] = []
        while self._pieces and len(self._pieces[0].text) <= room:
            room -= len(self._pieces[0].text)
            released.append(self._pieces.pop(0))
        return released


def aligned(text: str, opening: str, *, whole: bool) -> int | None:
    """Where the continuation of an opening begins that the reply was asked to begin with.

    None when that is not known yet, or, for a whole reply, when it does not begin so. Prose before
    a code fence is dropped.
    """
    skipped = len(text) - len(text.lstrip())
    if text.startswith(opening, skipped):
        return skipped + len(opening)
    if not whole and opening.startswith(text[skipped:]):
        return None
    fence, _, begun = opening.partition("\n")
    if not fence.startswith("```"):
        return 0
    line = _fenced(text, fence)
    if line is not None:
        return _after_code(text, line, begun, whole=whole)
    if not whole:
        return None
    return _after_code(text, 0, begun, whole=True)


def continuation(text: str, opening: str, *, whole: bool) -> int | None:
    """The same for an opening that was sent as the start of the reply, which some servers and
    models write again."""
    skipped = len(text) - len(text.lstrip())
    if text.startswith(opening, skipped):
        return skipped + len(opening)
    fence, _, begun = opening.partition("\n")
    if not whole and opening.startswith(text[skipped:]):
        return None
    if fence.startswith("```") and text[skipped:].startswith("```"):
        line = _fenced(text, fence)
        return None if line is None else _after_code(text, line, begun, whole=whole)
    return 0


def _fenced(text: str, fence: str) -> int | None:
    """Where the code of the first fence in the text begins; None where there is none."""
    marks = fence[: len(fence) - len(fence.lstrip("`"))]
    at = text.find(marks)
    line = text.find("\n", at) if at >= 0 else -1
    return line + 1 if line >= 0 else None


def _after_code(text: str, start: int, begun: str, *, whole: bool) -> int | None:
    """Where the text after `begun` starts in the code at `start`; blank lines do not count."""
    code = text[start:].lstrip("\n")
    start = len(text) - len(code)
    if code.startswith(begun):
        return start + len(begun)
    if not whole and begun.startswith(code):
        return None
    indent = len(code) - len(code.lstrip())
    if begun and code[indent:].startswith(begun.lstrip()):
        return start + indent + len(begun.lstrip())
    return None


def _after_thought(text: str, *, whole: bool) -> int | None:
    """Where the text after the reasoning begins; None while that is not known."""
    begin, end = _THOUGHT
    bare = text.lstrip()
    if bare.startswith(begin):
        at = text.find(end)
        if at < 0:
            return len(text) if whole else None
        rest = text[at + len(end) :].lstrip("\n")
        return len(text) - len(rest) if rest or whole else None
    if not whole and len(bare) < len(begin) and begin.startswith(bare):
        return None
    return 0


def part(pieces: Sequence[Text], start: int, end: int) -> list[Text]:
    """The characters from `start` to `end` of the pieces, which keep their log-probabilities."""
    kept: list[Text] = []
    at = 0
    for piece in pieces:
        text = piece.text[max(0, start - at) : max(0, end - at)]
        at += len(piece.text)
        if text:
            kept.append(replace(piece, text=text))
    return kept
