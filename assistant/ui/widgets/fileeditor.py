"""The text of a file to edit: line numbers, syntax colours, and marks of what differs from HEAD."""

from collections.abc import Mapping
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.document._document_navigator import DocumentNavigator
from textual.document._wrapped_document import WrappedDocument
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from assistant.ui.filecolours import MARKS, Colours, Matches, visible
from assistant.ui.filetext import OpenedFile
from assistant.ui.finding import Match
from assistant.ui.themes import palette_of
from assistant.ui.widgets.ghosteditor import GhostEditor


class _Wrapped(WrappedDocument):
    """A wrapped document that is quick with thousands of lines."""

    _wrapped_for: tuple[int, int] | None = None
    """Width and width of a tab that the lines are wrapped for."""

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Wraps all lines, unless they are already: edits wrap the lines that they change."""
        wanted = (width, tab_width or self._tab_width)
        if wanted != self._wrapped_for or len(self._wrap_offsets) != self.document.line_count:
            super().wrap(width, tab_width)
            self._wrapped_for = wanted

    @property
    def height(self) -> int:
        """The height without a sum over all lines, which is asked for with every line drawn."""
        return len(self._offset_to_line_info)


class FileEditor(GhostEditor):
    """An editor of one file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "no completion", id="ghost.dismiss"),
        Binding(
            "escape", "screen.back", "Close", show=False
        ),  # else the text area would move the focus
    ]

    def __init__(self, file: OpenedFile, *, id: str | None = None) -> None:
        super().__init__(
            file.text,
            id=id,
            compact=True,
            soft_wrap=True,
            show_line_numbers=True,
            tab_behavior="indent",
        )
        self.indent_type = "tabs" if "\n\t" in file.text else "spaces"
        self.cursor_blink = False
        self._colours = Colours()
        self._matches = Matches()
        self._marks: Mapping[int, str] = {}

    def _set_document(self, text: str, language: str | None) -> None:
        super()._set_document(text, language)
        self.wrapped_document = _Wrapped(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._rewrap_and_refresh_virtual_size()

    @property
    def position(self) -> tuple[int, int]:
        """Line and column of the cursor, 0-based."""
        return self.cursor_location

    @property
    def search_start(self) -> tuple[int, int]:
        """Where the selection begins, 0-based: a search goes on from there."""
        return min(self.selection)

    @property
    def line_range(self) -> tuple[int, int]:
        """The first and the last line of the selection, or the line of the cursor, 0-based."""
        start, end = sorted(self.selection)
        last = end[0] - 1 if end[1] == 0 and end[0] > start[0] else end[0]
        return start[0], last

    def texts(self) -> list[str]:
        """The lines as they are now."""
        return list(self.document.lines)

    def go_to(self, line: int, start: int = 0, end: int | None = None) -> None:
        """Moves the cursor to a line, 0-based, and selects its characters up to `end`."""
        row = max(0, min(line, self.document.line_count - 1))
        length = len(self.document.get_line(row))
        first, last = min(start, length), min(start if end is None else end, length)
        self.selection = Selection((row, first), (row, last))
        # A match may be off-screen while the widget has no size yet.
        self.call_after_refresh(self.scroll_cursor_visible, center=True)

    def replace_text(self, text: str) -> None:
        """Shows another text and keeps the place of the cursor."""
        line, column = self.position
        self.load_text(text)
        self.go_to(line, column)

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self.redraw()

    def set_marks(self, marks: Mapping[int, str]) -> None:
        self._marks = marks
        self.redraw()

    def set_matches(self, matches: Matches) -> None:
        self._matches = matches
        self.redraw()

    def show_match(self, match: Match) -> None:
        self.go_to(match.line, match.start, match.end)

    def redraw(self) -> None:
        """Draws all lines again; the text area keeps those it has drawn."""
        self._line_cache.clear()
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Keeps the colours of the syntax in the line of the cursor: only its ground changes."""
        theme = self._theme
        theme.apply_css(self)
        if theme.cursor_line_style is not None:
            theme.cursor_line_style = Style(bgcolor=theme.cursor_line_style.bgcolor)
        return super(TextArea, self).render_lines(crop)

    def get_line(self, line_index: int) -> Text:
        style = palette_of(self.app.theme_variables)
        content = self.document.get_line(line_index)
        line = Text(visible(content), end="", no_wrap=True)
        at = 0
        for length, category in self._colours.of(line_index, content):
            if category:
                line.stylize(style(f"syntax-{category}"), at, at + length)
            at += length
        for match in self._matches.of(line_index):
            line.stylize(style("background", "unsure"), match.start, match.end)
        return line

    def _render_line(self, y: int) -> Strip:
        strip = super()._render_line(y)
        row = y + self.scroll_offset.y
        if row >= self.wrapped_document.height:
            return strip
        mark = self._marks.get(self.wrapped_document._offset_to_line_info[row][0])
        if mark is None:
            return strip
        sign, colour = MARKS[mark]
        at = self.gutter_width - 2
        style = palette_of(self.app.theme_variables)(colour)
        ground = next((s.style for s in strip.crop(at, at + 1) if s.style), style)
        middle = Strip([Segment(sign, ground + style)])
        return Strip.join([strip.crop(0, at), middle, strip.crop(at + 1)])
