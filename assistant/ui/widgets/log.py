"""The log: what was asked, what happened, and answers as they are written.

Entries are only appended. Streaming re-wraps only the last line.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.strip import Strip

from assistant.credentials.redacting import redacted
from assistant.sanitize import sanitize
from assistant.ui.answertext import AnswerText
from assistant.ui.places import PlaceChosen, place_in
from assistant.ui.rows import Part, strip_of, wrap
from assistant.ui.widgets.lines import LineView, under_cursor

_MARKS = {
    "you": ("❯ ", "primary", "foreground"),
    "note": ("· ", "faint", "muted"),
    "good": ("✓ ", "success", "foreground"),
    "bad": ("✗ ", "error", "foreground"),
    "hint": ("  ", "faint", "muted"),
    "answer": ("", "foreground", "foreground"),
    "code": ("│ ", "line", "syntax-string"),
}
_KEPT = 20_000
"""Wrapped lines to keep."""


@dataclass(slots=True)
class _Entry:
    kind: str
    text: str


class LogView(LineView):
    """Entries of several kinds, without secrets. The kind sets the mark and the colours.

    Lines that name a place in a file can be chosen, and the place opened.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open the file", id="log.open"),
        Binding("n", "choose(1)", "next place", id="log.next", tooltip="Next line with a place"),
        Binding("p", "choose(-1)", "previous", show=False, id="log.previous"),
    ]

    nothing_yet = (
        "Nothing has happened yet.\nTasks, answers and writes are listed here. "
        "/ask and a question asks about the code."
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.added: Callable[[str, str], None] = lambda kind, text: None
        """Gets the kind and text of every entry but streamed answers, at once."""
        self._entries: list[_Entry] = []
        self._lines: list[tuple[str, str, bool]] = []
        """Kind, text, and whether it is the first line of its entry."""
        self._tail = 0
        """Number of lines of the last entry."""
        self._answer: AnswerText | None = None
        """The answer that is being written."""
        self._answer_at = 0
        """Number of entries before it."""
        self._fenced = False
        self._width = 0
        self._follow = True
        """False while the user has scrolled up."""
        self._trimmed = False
        """True if lines were dropped from the start since the last update."""
        self._chosen: int | None = None
        """The line whose place enter opens."""

    @property
    def line_count(self) -> int:
        return len(self._lines)

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """Kind and text of every entry."""
        return tuple((entry.kind, entry.text) for entry in self._entries)

    def add(self, kind: str, text: str) -> None:
        """Adds an entry. `kind` is you, note, good, bad, hint or answer."""
        self.added(kind, text)
        self._add(kind, text)

    def _add(self, kind: str, text: str) -> None:
        self.end_answer()
        first = len(self._lines)
        if kind == "you" and self._entries:
            self._append(_Entry("answer", ""))
        self._append(_Entry(kind, sanitize(redacted(text))))
        self._grown(first)

    def restore(self, entries: Iterable[tuple[str, str]]) -> None:
        """Shows these entries and no others."""
        self._entries, self._lines, self._tail, self._answer = [], [], 0, None
        for kind, text in entries:
            if kind == "answer":
                self.end_answer()
                self.stream(text)
            elif kind in _MARKS:
                self._add(kind, text)
        self.end_answer()
        self.update_lines()

    def stream(self, text: str) -> None:
        """Appends text to the answer that is being written. Its last word is shown when the next
        one begins: it may be part of a secret."""
        if self._answer is None:
            self._answer, self._answer_at = AnswerText(), len(self._entries)
            self._begin_answer()
        self._write(self._answer, text)

    def end_answer(self) -> None:
        """Shows the last word of the answer: it is complete."""
        answer, self._answer = self._answer, None
        if answer is not None:
            self._write(answer, "", last=True)

    def _begin_answer(self) -> None:
        self._fenced = False
        self._append(_Entry("answer", ""))

    def _write(self, answer: AnswerText, text: str, *, last: bool = False) -> None:
        added, changed = answer.add(text, last=last)
        if changed:
            del self._entries[self._answer_at :]
            self._wrap_again()
            self._begin_answer()
        if added or changed:
            self._write_lines(added)

    def _write_lines(self, text: str) -> None:
        before = len(self._lines) - 1
        first, *rest = sanitize(text).split("\n")
        self._extend(first)
        for paragraph in rest:
            self._close_paragraph()
            self._append(_Entry("code" if self._fenced else "answer", ""))
            self._extend(paragraph)
        self._grown(before)

    def _close_paragraph(self) -> None:
        entry = self._entries[-1]
        if entry.text.lstrip().startswith("```"):
            self._fenced = not self._fenced
            entry.kind, entry.text = "code", ""
            del self._lines[len(self._lines) - self._tail :]
            self._tail = 0

    def _append(self, entry: _Entry) -> None:
        self._entries.append(entry)
        self._tail = 0
        self._add_lines(entry.text)

    def _extend(self, text: str) -> None:
        if not text:
            return
        self._entries[-1].text += text
        if not self._tail:  # the line was a fence and has been removed
            self._add_lines(text)
            return
        _, last, _ = self._lines.pop()
        self._tail -= 1
        self._add_lines(last + text)

    def _add_lines(self, text: str) -> None:
        """Adds lines to the last entry."""
        kind = self._entries[-1].kind
        pieces = wrap(text.expandtabs(4), self._room - len(_MARKS[kind][0]))
        for piece in pieces:
            self._lines.append((kind, piece, self._tail == 0))
            self._tail += 1
        if len(self._lines) > _KEPT:
            del self._lines[: len(self._lines) - _KEPT]
            self._trimmed = True
            self._chosen = None

    # Places in files

    def action_choose(self, by: int) -> None:
        """Chooses the next or the previous line that names a place; first the last on screen."""
        places = [n for n, (_, text, _) in enumerate(self._lines) if place_in(text)]
        if not places:
            return
        start = self._chosen
        if start is None:
            start = self.scroll_offset.y + self.scrollable_content_region.height
            by = -1
        later = [n for n in places if n > start]
        earlier = [n for n in places if n < start]
        found = later[:1] if by > 0 else earlier[-1:]
        self._chosen = found[0] if found else (places[0] if by > 0 else places[-1])
        self.scroll_to_region(Region(0, self._chosen, 1, 1), animate=False, x_axis=False)
        self.refresh()

    def action_open(self) -> None:
        """Opens the chosen place, or chooses one first."""
        if self._chosen is None:
            self.action_choose(-1)
            return
        place = place_in(self._lines[self._chosen][1])
        if place is not None:
            self.post_message(PlaceChosen(place))

    def on_click(self, event: events.Click) -> None:
        """Opens the place that was clicked."""
        line = event.y - self.gutter.top + self.scroll_offset.y
        place = place_in(self._lines[line][1]) if 0 <= line < len(self._lines) else None
        if place is not None:
            event.stop()
            self._chosen = line
            self.refresh()
            self.post_message(PlaceChosen(place))

    @property
    def _room(self) -> int:
        return max(20, self.scrollable_content_region.width - 2)

    def _grown(self, first: int) -> None:
        """Updates the lines from `first` on. Scrolls to the end unless the user has scrolled up."""
        if self._trimmed:
            self._trimmed = False
            self.update_lines()
        else:
            self.lines_changed(first)
        if self._follow:
            self.scroll_end(animate=False, immediate=True, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._follow = self.at_end

    def on_resize(self) -> None:
        width = self.scrollable_content_region.width
        if width != self._width:
            self._width = width
            self._wrap_again()
        self._grown(0)

    def _wrap_again(self) -> None:
        self._chosen = None
        entries, self._entries, self._lines, self._tail = self._entries, [], [], 0
        for entry in entries:
            self._append(entry)
        self.update_lines()

    def draw(self, line: int, width: int) -> Strip:
        kind, text, first = self._lines[line]
        mark, mark_colour, colour = _MARKS[kind]
        style = self.palette
        lead = mark if first or kind == "code" else " " * len(mark)
        attributes = "bold" if kind == "you" else ""
        parts: list[Part] = [(" " + lead, style(mark_colour, "", "bold" if kind != "code" else ""))]
        base = style(colour, "", attributes)
        parts.extend(
            _inline(text, base, style("syntax-string")) if kind == "answer" else [(text, base)]
        )
        if line != self._chosen:
            return strip_of(parts)
        return under_cursor(self, strip_of(parts), width)


def _inline(text: str, base: Style, code: Style) -> list[Part]:
    """Colours code between backticks, and makes headings bold."""
    if text.startswith("#"):
        return [(text, base + Style(bold=True))]
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return [(text, base)]
    return [(piece, code if at % 2 else base) for at, piece in enumerate(pieces)]
