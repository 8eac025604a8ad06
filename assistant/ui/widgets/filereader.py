"""The text of a file that can only be read: of any size, with lines of any length."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from assistant.ui.filecolours import MARKS, Colours, Matches
from assistant.ui.finding import Match
from assistant.ui.rows import Part, strip_of
from assistant.ui.widgets.lines import CursorView, under_cursor

_TAB = 4
_STEP = 20
"""Cells by which one key scrolls to the side."""
_MOST_DRAWN = 1_000
"""Characters of a line that are looked at to draw it."""


class FileReader(CursorView):
    """Lines with a cursor. Only what is on the screen is drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "shift(-1)", "Left", show=False, id="reader.left"),
        Binding("right,l", "shift(1)", "Right", show=False, id="reader.right"),
    ]

    def __init__(self, lines: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines = lines
        self._shift = 0
        """Characters that are scrolled out on the left."""
        self._column = 0
        """Where the match begins that was shown last."""
        self._colours = Colours()
        self._matches = Matches()
        self._marks: Mapping[int, str] = {}

    @property
    def line_count(self) -> int:
        return len(self._lines)

    @property
    def position(self) -> tuple[int, int]:
        """The line of the cursor, 0-based. There is no column."""
        return self.cursor, 0

    @property
    def search_start(self) -> tuple[int, int]:
        """Where a search goes on from, 0-based."""
        return self.cursor, self._column

    @property
    def text(self) -> str:
        """Nothing: the file is never edited."""
        return ""

    @property
    def selected_text(self) -> str:
        return ""

    @property
    def line_range(self) -> tuple[int, int]:
        return self.cursor, self.cursor

    def texts(self) -> Sequence[str]:
        return self._lines

    def go_to(self, line: int, start: int = 0, end: int | None = None) -> None:
        """Moves the cursor to a line, 0-based, and scrolls to the side until `start` is visible."""
        self.cursor = line
        self._column = start
        room = max(20, self.scrollable_content_region.width - 12)
        last = start if end is None else end
        if not self._shift <= start or last > self._shift + room:
            self._shift = max(0, last - room // 2) if last > room else 0
        self.call_after_refresh(self._centre)

    def _centre(self) -> None:
        middle = self.cursor - self.scrollable_content_region.height // 2
        self.scroll_to(y=middle, animate=False, immediate=True)
        self.refresh()

    def show_lines(self, lines: Sequence[str]) -> None:
        """Shows other lines and keeps the place of the cursor."""
        self._lines = lines
        self.set_reactive(FileReader.cursor, self.validate_cursor(self.cursor))
        self.update_lines()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self.refresh()

    def set_marks(self, marks: Mapping[int, str]) -> None:
        self._marks = marks
        self.refresh()

    def set_matches(self, matches: Matches) -> None:
        self._matches = matches
        self.refresh()

    def show_match(self, match: Match) -> None:
        self.go_to(match.line, match.start, match.end)

    def redraw(self) -> None:
        self.refresh()

    def watch_cursor(self) -> None:
        self._column = 0
        super().watch_cursor()

    def action_shift(self, by: int) -> None:
        self._shift = max(0, self._shift + by * _STEP)
        self.refresh()

    def draw(self, line: int, width: int) -> Strip:
        style = self.palette
        digits = len(str(len(self._lines)))
        current = line == self.cursor
        sign, colour = MARKS.get(self._marks.get(line, ""), (" ", "faint"))
        number: list[Part] = [
            (f" {line + 1:>{digits}}", style("foreground" if current else "faint")),
            (f"{sign} ", style(colour)),
        ]
        drawn = strip_of([*number, *self._code(line)]).crop(0, width)
        if not current:
            return drawn
        return under_cursor(self, drawn, width)

    def _code(self, line: int) -> list[Part]:
        """The visible part of a line in its colours."""
        style, text = self.palette, self._lines[line]
        first, last = self._shift, self._shift + _MOST_DRAWN
        pieces: list[tuple[int, int, Style]] = []
        at = 0
        for length, category in self._colours.of(line, text):
            pieces.append((at, at + length, style(f"syntax-{category or 'name'}")))
            at += length
        if at < len(text):
            pieces.append((at, len(text), style("foreground")))
        found = style("background", "unsure")
        matches = [(match.start, match.end) for match in self._matches.of(line)]
        parts: list[Part] = []
        for start, end, colour in pieces:
            for begin, stop, matched in _split(max(start, first), min(end, last), matches):
                piece = text[begin:stop].replace("\t", " " * _TAB)
                parts.append((piece, found if matched else colour))
        return parts


def _split(start: int, end: int, matches: Sequence[tuple[int, int]]) -> list[tuple[int, int, bool]]:
    """Splits a range where matches begin and end, and tells which parts are in one."""
    pieces: list[tuple[int, int, bool]] = []
    at = start
    for begin, stop in matches:
        if stop <= at or begin >= end:
            continue
        if begin > at:
            pieces.append((at, begin, False))
        pieces.append((max(at, begin), min(stop, end), True))
        at = min(stop, end)
    if at < end:
        pieces.append((at, end, False))
    return pieces
