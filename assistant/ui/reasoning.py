"""The model's reasoning as wrapped lines, of which the last ones are kept."""

from itertools import islice

from assistant.ui.rows import wrap

MOST_LINES = 2000
"""Paragraphs that are kept."""
_LONGEST = 4000
"""Characters of a paragraph, which is wrapped again whenever it grows; then another begins."""


class Reasoning:
    """Text that only grows at its end. It is wrapped once, except for the last paragraph."""

    def __init__(self) -> None:
        self.tokens = 0
        self._paragraphs: list[str] = [""]
        self._wrapped: list[list[str]] = []
        """Lines of all paragraphs but the last, as far as they were asked for."""
        self._width = 0

    def add(self, text: str, tokens: int) -> None:
        self.tokens += tokens
        first, *rest = text.split("\n")
        for number, part in enumerate((first, *rest)):
            if number:
                self._paragraphs.append("")
            self._extend(part)
        surplus = len(self._paragraphs) - MOST_LINES
        if surplus > 0:
            del self._paragraphs[:surplus]
            del self._wrapped[:surplus]

    def _extend(self, text: str) -> None:
        room = _LONGEST - len(self._paragraphs[-1])
        self._paragraphs[-1] += text[:room]
        for start in range(room, len(text), _LONGEST):
            self._paragraphs.append(text[start : start + _LONGEST])

    def pause(self) -> None:
        """Separates what follows, the reasoning of another request, by a blank line."""
        if any(self._paragraphs):
            self.add("\n\n", 0)

    def lines(self, width: int) -> list[str]:
        """All lines, each of at most `width` cells; without blank ones at the end."""
        if width != self._width:
            self._width, self._wrapped = width, []
        for paragraph in islice(self._paragraphs, len(self._wrapped), len(self._paragraphs) - 1):
            self._wrapped.append(wrap(paragraph.expandtabs(4), width))
        found = [line for lines in self._wrapped for line in lines]
        found += wrap(self._paragraphs[-1].expandtabs(4), width)
        while found and not found[-1].strip():
            found.pop()
        return found


class Fold:
    """Reasoning that is folded at first; unfolded, a window of its lines follows the end until the
    user scrolls up."""

    def __init__(self) -> None:
        self.text = Reasoning()
        self.open = False
        self._top: int | None = None
        """First line of the window; None while it follows the end."""
        self._shown = (0, 0, 0)
        """First line and end of the window when it was drawn last, and number of lines."""

    @property
    def position(self) -> str:
        """Which lines are shown; empty while all are."""
        first, end, count = self._shown
        return f"{first + 1}–{end} of {count}" if end - first < count else ""

    def window(self, width: int, room: int) -> list[str]:
        """At most `room` lines. At the end it moves by half of them at a time."""
        lines, room = self.text.lines(width), max(1, room)
        last = max(0, len(lines) - room)
        top = first_shown(len(lines), room) if self._top is None else min(self._top, last)
        self._shown = top, min(top + room, len(lines)), len(lines)
        return lines[top : top + room]

    def page(self) -> int:
        """Lines in the window."""
        return max(1, self._shown[1] - self._shown[0])

    def scroll(self, by: int) -> None:
        """Moves the window by so many lines; at the end it follows the text again."""
        first, end, count = self._shown
        top = max(0, first + by)
        self._top = None if by > 0 and top + (end - first) >= count else top


def first_shown(lines: int, room: int) -> int:
    """The first line to show; it advances by half of the room at a time."""
    half = max(1, room // 2)
    return max(0, -((room - lines) // half) * half) if room > 0 else lines
