"""Virtual lists of lines, the basis of every pane. Only visible lines are drawn."""

from typing import ClassVar

from rich.style import Style
from textual import events, on
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from assistant.ui.rows import strip_of, wrap
from assistant.ui.themes import Palette, palette_of


class LineView(ScrollView, can_focus=True):
    """Scrolls through `line_count` lines, each drawn by `draw`."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    LineView {
        width: 1fr;
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
    }
    """

    nothing_yet = ""
    """Why there are no lines, and what to do next; shown while there are none."""

    _ground: tuple[Style, int, int] = (Style(), 0, 0)
    """Style, width and number of lines, fixed while lines are drawn."""

    @property
    def palette(self) -> Palette:
        """Styles of the current theme."""
        return palette_of(self.app.theme_variables)

    @property
    def line_count(self) -> int:
        """How many lines there are; none unless a subclass has some."""
        return 0

    def draw(self, line: int, width: int) -> Strip:
        """Draws one line in at most `width` cells; blank unless a subclass has lines."""
        return Strip.blank(width)

    def update_lines(self) -> None:
        """Must be called after the number or the content of lines has changed."""
        self.virtual_size = Size(self.content_width, self.line_count)
        self.refresh()

    def lines_changed(self, first: int) -> None:
        """A cheaper `update_lines` for when only lines from `first` on have changed.

        Needs no layout unless a scrollbar appears or disappears, and draws nothing above `first`.
        """
        size = Size(self.content_width, self.line_count)
        room = self.container_size.height
        if (size.height > room) != (self.virtual_size.height > room):
            self.update_lines()
            return
        end = max(size.height, self.virtual_size.height) - self.scroll_offset.y
        if size != self.virtual_size:
            self.set_reactive(LineView.virtual_size, size)
            self._scroll_update(size)
        top, end = max(0, first - self.scroll_offset.y), min(end, self.size.height)
        if top < end:
            self.refresh(Region(0, top, self.size.width, end - top))

    @property
    def content_width(self) -> int:
        """Cells of the widest line. If it is wider than the pane, the pane scrolls sideways."""
        return self.scrollable_content_region.width

    def on_resize(self) -> None:
        self.update_lines()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Reads once what is the same for all lines, because reading it costs more than a line."""
        self._ground = (self.rich_style, self.scrollable_content_region.width, self.line_count)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        base, width, count = self._ground
        line = y + self.scroll_offset.y
        if line >= count:
            hint = "" if count else self.nothing_yet
            text = _hint_line(hint, y, width)
            strip = strip_of([("  " + text, self.palette("muted"))] if text else [])
            return strip.adjust_cell_length(self.size.width, base).apply_style(base)
        strip = self.draw(line, width)
        return strip.adjust_cell_length(self.size.width, base).apply_style(base)

    @property
    def at_end(self) -> bool:
        return self.scroll_offset.y >= self.max_scroll_y - 1


def _hint_line(hint: str, y: int, width: int) -> str:
    lines = wrap(hint, width - 3) if hint else []
    return lines[y] if y < len(lines) else ""


def under_cursor(view: LineView, strip: Strip, width: int) -> Strip:
    """A line of the view with the cursor on it, over the whole width; paler without the focus."""
    ground = "cursor" if view.has_focus else "cursor-blurred"
    return view.palette.lay(strip.extend_cell_length(width), ground)


class CursorView(LineView):
    """A list of items with a cursor. An item has one line unless a subclass says otherwise."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="list.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="list.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="list.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="list.page_down"),
        Binding("home,g", "first", "First", show=False, id="list.first"),
        Binding("end,G", "last", "Last", show=False, id="list.last"),
    ]

    cursor: reactive[int] = reactive(0, init=False)

    class Clicked(Message):
        """An item was clicked. `meta` belongs to the part under the pointer."""

        def __init__(self, view: "CursorView", item: int, meta: dict[str, object]) -> None:
            super().__init__()
            self.view = view
            self.item = item
            self.meta = meta

        @property
        def control(self) -> "CursorView":
            return self.view

    @property
    def item_count(self) -> int:
        return self.line_count

    def first_line(self, item: int) -> int:
        return item

    def height_of(self, item: int) -> int:
        return 1

    def item_at(self, line: int) -> int:
        return line

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, self.item_count - 1))

    def watch_cursor(self) -> None:
        self.refresh()
        self.show_cursor_item()
        self.refresh_bindings()

    def show_cursor_item(self) -> None:
        """Scrolls the item under the cursor into view."""
        if not self.item_count:
            return
        region = Region(0, self.first_line(self.cursor), 1, self.height_of(self.cursor))
        self.scroll_to_region(region, animate=False, force=True, x_axis=False)

    def action_move(self, by: int) -> None:
        self.cursor += by

    def action_page(self, by: int) -> None:
        self.cursor += by * max(1, self.scrollable_content_region.height - 1)

    def action_first(self) -> None:
        self.cursor = 0

    def action_last(self) -> None:
        self.cursor = self.item_count - 1

    @on(events.Focus)
    @on(events.Blur)
    def _focus_changed(self) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        line = event.y - self.gutter.top + self.scroll_offset.y
        if not 0 <= line < self.line_count:
            return
        event.stop()
        self.cursor = self.item_at(line)
        self.post_message(self.Clicked(self, self.cursor, dict(event.style.meta)))
