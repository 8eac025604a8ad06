"""The diff of a review, in one column or two, with a cursor on hunks and a range of lines."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from assistant.review.comments import Comment
from assistant.review.decisions import Review
from assistant.ui.diffcolumns import two_columns, wants_columns
from assistant.ui.diffcomments import with_comments
from assistant.ui.diffcursor import (
    first_hunks,
    hunk_at,
    next_file,
    next_hunk,
    next_open,
    visible_hunk,
)
from assistant.ui.diffmodel import DiffColours, DiffModel
from assistant.ui.diffpaint import DiffPainter
from assistant.ui.linerange import LineRange, first_range
from assistant.ui.widgets.lines import LineView


class DiffView(LineView):
    """The lines of a diff. Decisions apply to the chosen lines, or else to the current hunk."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave_lines", "leave the lines", show=False, id="diff.leave"),
        Binding("n,right_curly_bracket", "hunk(1)", "next", id="diff.next", tooltip="Next hunk"),
        Binding("p,left_curly_bracket", "hunk(-1)", "previous", show=False, id="diff.previous"),
        Binding("N", "file(1)", "next file", show=False, id="diff.next_file"),
        Binding("P", "file(-1)", "previous file", show=False, id="diff.previous_file"),
        Binding("vertical_line", "columns", "one column or two", show=False, key_display="|",
                id="diff.columns"),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("left,h", "shift(-8)", "Left", show=False),
        Binding("right,l", "shift(8)", "Right", show=False),
        Binding("home,g", "edge(-1)", "First hunk", show=False),
        Binding("end,G", "edge(1)", "Last hunk", show=False),
    ]  # fmt: skip

    current: reactive[str] = reactive("", init=False)
    """Id of the hunk under the cursor."""

    comments: reactive[tuple[Comment, ...]] = reactive((), init=False)
    """Shown under the lines that they are about; those on other lines are kept."""

    @dataclass
    class HunkPressed(Message):
        """A verb in the header of a hunk was clicked: accept, reject, edit or undo."""

        hunk: str
        verb: str

    class Moved(Message):
        """The current hunk or the chosen lines have changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._plain: DiffModel | None = None  # in one column, without comments
        self._model: DiffModel | None = None  # as shown
        self._review: Review | None = None
        self._colours = DiffColours({}, {})
        self._shift = 0
        self._in_columns: bool | None = None  # what the user chose; None to choose by width
        self._range: LineRange | None = None

    def show(self, model: DiffModel, review: Review) -> None:
        """Shows a diff, with the cursor on its first undecided hunk."""
        self._colours = DiffColours({}, {})
        self._shift = 0
        self.set_reactive(DiffView.current, "")
        self._arrange(model, review)
        self.scroll_to(0, 0, animate=False)
        self.go_to_open()

    def update_review(self, review: Review) -> None:
        """Shows other decisions on the same diff."""
        self._review = review
        self.refresh()

    def replace_model(self, model: DiffModel, review: Review) -> None:
        """Shows the same hunks with other lines or in another order. Keeps the cursor."""
        self._arrange(model, review)
        self._reveal()

    def _arrange(self, model: DiffModel, review: Review) -> DiffModel:
        """Shows a diff in as many columns as the width or the user wants, and returns it so."""
        self._plain, self._review, self._range = model, review, None
        width = self.size.width
        shown = two_columns(model) if wants_columns(width, self._in_columns) else model
        self._model = shown = with_comments(shown, review, self.comments, width)
        self.update_lines()
        return shown

    def on_resize(self) -> None:
        """Lays the lines out again if need be."""
        wanted = wants_columns(self.size.width, self._in_columns)
        if self._model is not None and (self.comments or self._model.in_columns != wanted):
            self._arrange_again()

    def watch_comments(self) -> None:
        self._arrange_again()

    def action_columns(self) -> None:
        if self._model is not None:
            self._in_columns = not self._model.in_columns
            self.on_resize()

    def _arrange_again(self) -> None:
        """Lays the lines out again. The current hunk stays where it is on screen."""
        before = self._model
        if before is None or self._plain is None or self._review is None:
            return
        above = before.starts.get(self.current, 0) - self.scroll_offset.y
        after = self._arrange(self._plain, self._review)
        start = after.starts.get(self.current, 0)
        self.scroll_to(y=max(0, start - above), animate=False, force=True)
        self._moved()

    def set_colours(self, colours: DiffColours) -> None:
        self._colours = colours
        self.refresh()

    @property
    def line_count(self) -> int:
        return len(self._model.lines) if self._model else 0

    @property
    def review(self) -> Review | None:
        """The review on screen."""
        return self._review

    @property
    def chosen(self) -> frozenset[int]:
        """The lines of the current hunk that are in the range; empty if there is no range."""
        if self._range is None or self._model is None:
            return frozenset()
        return self._range.lines(self._model)

    def go_to_open(self) -> None:
        """Moves to the next hunk with something to decide, wrapping around at the end."""
        if self._model is not None and self._review is not None:
            self.current = next_open(self._model, self._review, self.current)

    def go_on(self) -> None:
        """After a decision: moves to the next open line of the hunk, or to the next open hunk."""
        if self._model is None or self._review is None:
            return
        if self._range is not None and self._review.is_open(self._range.hunk):
            top = self._range.rows.stop
            self._choose(first_range(self._model, self._review, self._range.hunk, top))
        else:
            self._choose(None)
            self.go_to_open()

    def choose_lines(self) -> None:
        """Begins a range of lines; a second time, begins it at its end."""
        if self._model is None or self._review is None:
            return
        if self._range is not None:
            self._choose(self._range.restarted())
        else:
            top = self.scroll_offset.y
            self._choose(first_range(self._model, self._review, self.current, top))

    def action_leave_lines(self) -> None:
        self._choose(None)

    def _choose(self, chosen: LineRange | None) -> None:
        self._range = chosen
        if chosen is not None:
            row = Region(0, chosen.end, 1, 1)
            self.scroll_to_region(row, animate=False, force=True, x_axis=False)
        self._moved()

    def _moved(self) -> None:
        self.refresh()
        self.refresh_bindings()
        self.post_message(self.Moved())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "leave_lines":
            return self._range is not None
        return True

    def watch_current(self) -> None:
        self._range = None
        self._reveal()
        self._moved()

    def _reveal(self) -> None:
        """Scrolls the current hunk into view, its header first, with some lines above it."""
        if self._model is None or self.current not in self._model.starts:
            return
        start, end = self._model.starts[self.current], self._model.ends[self.current]
        height = self.scrollable_content_region.height
        top = self.scroll_offset.y
        if start - 1 < top or end + 1 > top + height:
            lead = 3 if end - start + 4 < height else 1
            self.scroll_to(y=max(0, start - lead), animate=False, force=True)

    def action_hunk(self, by: int) -> None:
        if self._model is not None:
            self.current = next_hunk(self._model, self.current, by)
            self._reveal()

    def action_file(self, by: int) -> None:
        """Moves to the first hunk of the next or previous file."""
        if self._model is not None and self._review is not None:
            self.current = next_file(self._model, self._review, self.current, by)
            self._reveal()

    def go_to_file(self, path: str) -> None:
        """Moves to the hunk of a file that is shown first."""
        if self._model is not None and self._review is not None:
            self.current = first_hunks(self._model, self._review).get(path, self.current)
            self._reveal()

    def action_edge(self, direction: int) -> None:
        if self._range is not None:
            self.action_scroll(direction * self.line_count)
            return
        self.action_hunk(direction * self.line_count)
        self.scroll_to(y=0 if direction < 0 else self.line_count, animate=False, force=True)

    def action_scroll(self, by: int) -> None:
        """Moves the end of the range; without a range, scrolls."""
        if self._range is not None and self._model is not None:
            self._choose(self._range.moved(self._model, by))
        else:
            self.scroll_to(y=self.scroll_offset.y + by, animate=False, force=True)

    def action_page(self, by: int) -> None:
        self.action_scroll(by * max(1, self.scrollable_content_region.height - 2))

    def action_shift(self, by: int) -> None:
        limit = max(0, (self._model.width if self._model else 0) - 20)
        self._shift = max(0, min(self._shift + by, limit))
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Moves the cursor to a visible hunk, so that a decision never applies to a hidden one."""
        super().watch_scroll_y(old_value, new_value)
        model = self._model
        if model is None or self.current not in model.starts:
            return
        top = self.scroll_offset.y
        bottom = top + self.scrollable_content_region.height
        hunk = visible_hunk(model, self.current, top, bottom)
        if hunk != self.current:
            self._select(hunk)

    def _select(self, hunk: str) -> None:
        """Makes a hunk the current one without scrolling."""
        if hunk != self.current:
            self._range = None
        self.set_reactive(DiffView.current, hunk)
        self._moved()

    def on_click(self, event: events.Click) -> None:
        line = event.y - self.gutter.top + self.scroll_offset.y
        if self._model is None or not 0 <= line < self.line_count:
            return
        hunk = hunk_at(self._model, line)
        if not hunk:
            return
        event.stop()
        self._select(hunk)
        if verb := event.style.meta.get("verb"):
            self.post_message(self.HunkPressed(hunk, str(verb)))
        elif self._range is not None and line > self._model.starts[hunk]:
            self._choose(self._range.moved_to(self._model, line))

    def draw(self, line: int, width: int) -> Strip:
        if self._model is None or self._review is None:
            return Strip([])
        painter = DiffPainter(
            self.palette,
            self._model,
            self._review,
            self._colours,
            self.current,
            self._shift,
            self._range.rows if self._range is not None else range(0),
        )
        return painter.paint(line, width)
