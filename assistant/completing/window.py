"""What the model reads of a file to complete it: a window whose start moves as rarely as possible.

The text before the cursor comes first in the prompt, so from one key to the next the engine's
prefix cache holds nearly all of it. What follows the cursor comes after it and is read again with
every key, so it is short.
"""

from dataclasses import dataclass

MOST_BEFORE = 2400
"""Characters before the cursor, some 650 tokens."""
LEAST_BEFORE = 1600
"""Characters before the cursor that a window begins with, where the file has them."""
MOST_AFTER = 200
"""Characters after the cursor, some 50 tokens."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a text around a cursor."""

    start: int
    """Offset of `before` in the text: the start of a line, but in very long lines."""
    before: str
    after: str


def window_of(text: str, cursor: int, previous: Window | None = None) -> Window:
    """The window around an offset; it starts where the `previous` one did if that can be."""
    if previous is not None and _still_starts(text, previous.start, cursor):
        start = previous.start
    else:
        start = _line_start(text, max(0, cursor - LEAST_BEFORE), cursor)
    return Window(start, text[start:cursor], _after(text, cursor))


def _after(text: str, cursor: int) -> str:
    """What follows the cursor, in whole lines unless the first is very long."""
    end = cursor + MOST_AFTER
    if end >= len(text):
        return text[cursor:]
    last = text.rfind("\n", cursor, end) + 1
    return text[cursor : last if last > cursor + 1 else end]


def _line_start(text: str, at: int, end: int) -> int:
    """The first start of a line from `at` on; `at` itself if there is none before `end`."""
    if at == 0:
        return 0
    found = text.find("\n", at - 1, end)
    return at if found < 0 else found + 1


def _still_starts(text: str, start: int, cursor: int) -> bool:
    """Whether a window that starts there shows neither too little nor too much."""
    shown = cursor - start
    if start == 0:
        return 0 <= shown <= MOST_BEFORE
    return LEAST_BEFORE // 2 <= shown <= MOST_BEFORE and text[start - 1] == "\n"
