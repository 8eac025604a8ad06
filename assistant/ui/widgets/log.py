"""Owns the log: what was asked, what happened, answers as they are written. Only ever appended to.

Streaming wraps the last line again and nothing before it.
"""

from dataclasses import dataclass

from rich.style import Style
from textual.strip import Strip

from assistant.sanitize import sanitize
from assistant.ui.rows import Part, strip_of, wrap
from assistant.ui.widgets.lines import LineView

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
"""Wrapped lines."""


@dataclass(slots=True)
class _Entry:
    kind: str
    text: str


class LogView(LineView):
    """Entries, each of a kind that sets its mark and colours."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries: list[_Entry] = []
        self._lines: list[tuple[str, str, bool]] = []
        """Kind, text, and whether it is the first line of its entry."""
        self._tail = 0
        """Lines that the last entry takes."""
        self._streaming = False
        self._fenced = False
        self._width = 0
        self._follow = True
        """False while the user reads something further up."""
        self._trimmed = False
        """True when lines were dropped from the start since the last drawing."""

    @property
    def line_count(self) -> int:
        return len(self._lines)

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """Kind and text of everything logged."""
        return tuple((entry.kind, entry.text) for entry in self._entries)

    def add(self, kind: str, text: str) -> None:
        """One entry; `kind` is you, note, good, bad, hint or answer."""
        self._streaming = False
        first = len(self._lines)
        if kind == "you" and self._entries:
            self._append(_Entry("answer", ""))
        self._append(_Entry(kind, sanitize(text)))
        self._grown(first)

    def stream(self, text: str) -> None:
        """More of an answer that is being written."""
        if not self._streaming:
            self._streaming, self._fenced = True, False
            self._append(_Entry("answer", ""))
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
        if not self._tail:  # it was taken away as a fence
            self._add_lines(text)
            return
        _, last, _ = self._lines.pop()
        self._tail -= 1
        self._add_lines(last + text)

    def _add_lines(self, text: str) -> None:
        """Lines of the last entry, after those that it has."""
        kind = self._entries[-1].kind
        pieces = wrap(text.expandtabs(4), self._room - len(_MARKS[kind][0]))
        for piece in pieces:
            self._lines.append((kind, piece, self._tail == 0))
            self._tail += 1
        if len(self._lines) > _KEPT:
            del self._lines[: len(self._lines) - _KEPT]
            self._trimmed = True

    @property
    def _room(self) -> int:
        return max(20, self.scrollable_content_region.width - 2)

    def _grown(self, first: int) -> None:
        """Lines came or changed from `first` on; what the user reads stays where it is."""
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
            entries, self._entries, self._lines, self._tail = self._entries, [], [], 0
            for entry in entries:
                self._append(entry)
            self.update_lines()
        self._grown(0)

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
        return strip_of(parts)


def _inline(text: str, base: Style, code: Style) -> list[Part]:
    """Text between backticks in the colour of code; a heading's marks are kept."""
    if text.startswith("#"):
        return [(text, base + Style(bold=True))]
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return [(text, base)]
    return [(piece, code if at % 2 else base) for at, piece in enumerate(pieces)]
