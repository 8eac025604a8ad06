"""What the model reads of a file to complete it: a window that moves as rarely as possible.

    start ── before ── anchor ── typed ── cursor ── after

The model's prefix cache holds `before` and `after` from one key to the next, so that only what was
typed is read: they stay the same as long as possible, and `typed` grows. It follows the suffix in
the prompt, as the beginning of the infilled text.
"""

from dataclasses import dataclass, replace

MOST_BEFORE = 2400
"""Characters before the anchor, some 650 tokens."""
LEAST_BEFORE = 1600
"""Characters that a new window begins with before its anchor, where the file has them."""
MOST_TYPED = 600
"""Characters between anchor and cursor; more begin another window."""
MOST_AFTER = 400
"""Characters after the cursor, some 110 tokens."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a text around a cursor."""

    start: int
    """Offset of `before` in the text."""
    before: str
    """Ends at the anchor: the start of a line, but in very long lines."""
    typed: str
    """From the anchor to the cursor."""
    after: str

    @property
    def anchor(self) -> int:
        """Offset of `typed` in the text."""
        return self.start + len(self.before)


def window_of(text: str, cursor: int, previous: Window | None = None) -> Window:
    """The window around an offset; as much of the `previous` one as still holds is kept."""
    after = _after(text, cursor)
    if previous is not None and text.startswith(previous.after, cursor) and previous.after:
        after = previous.after
    known = previous is not None and text.startswith(previous.before, previous.start)
    if previous is not None and known and 0 <= cursor - previous.anchor <= MOST_TYPED:
        return replace(previous, typed=text[previous.anchor : cursor], after=after)
    line = text.rfind("\n", 0, cursor) + 1
    anchor = line + (cursor - line) // MOST_TYPED * MOST_TYPED
    start = _line_start(text, max(0, anchor - LEAST_BEFORE), anchor)
    if previous is not None and known and _is_enough(previous.start, anchor):
        start = previous.start
    return Window(start, text[start:anchor], text[anchor:cursor], after)


def _after(text: str, cursor: int) -> str:
    """What follows the cursor, in whole lines unless the first is very long."""
    end = cursor + MOST_AFTER
    if end >= len(text):
        return text[cursor:]
    last = text.rfind("\n", cursor, end) + 1
    return text[cursor : last or end]


def _line_start(text: str, at: int, end: int) -> int:
    """The first start of a line from `at` on; `at` itself if there is none before `end`."""
    if at == 0:
        return 0
    found = text.find("\n", at - 1, end - 1)
    return at if found < 0 else found + 1


def _is_enough(start: int, anchor: int) -> bool:
    """Whether a window that starts there shows neither too little nor too much."""
    shown = anchor - start
    return shown <= MOST_BEFORE and (shown >= LEAST_BEFORE // 2 or (start == 0 and shown >= 0))
