"""The diff of a review, with a cursor on hunks."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from assistant.review.decisions import Decision, Review
from assistant.ui.diffmodel import DiffColours, DiffModel
from assistant.ui.diffpaint import DiffPainter
from assistant.ui.widgets.lines import LineView


class DiffView(LineView):
    """The lines of a diff. Decisions apply to the current hunk."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "n,right_curly_bracket", "hunk(1)", "next hunk", id="diff.next", tooltip="Next hunk"
        ),
        Binding("p,left_curly_bracket", "hunk(-1)", "previous", show=False, id="diff.previous"),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("left,h", "shift(-8)", "Left", show=False),
        Binding("right,l", "shift(8)", "Right", show=False),
        Binding("home,g", "edge(-1)", "First hunk", show=False),
        Binding("end,G", "edge(1)", "Last hunk", show=False),
    ]

    current: reactive[str] = reactive("", init=False)
    """Id of the hunk under the cursor."""

    @dataclass
    class HunkPressed(Message):
        """A verb in the header of a hunk was clicked: accept, reject, edit or undo."""

        hunk: str
        verb: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._model: DiffModel | None = None
        self._review: Review | None = None
        self._colours = DiffColours({}, {})
        self._shift = 0

    def show(self, model: DiffModel, review: Review) -> None:
        """Shows a diff, with the cursor on its first undecided hunk."""
        self._model, self._review = model, review
        self._colours = DiffColours({}, {})
        self._shift = 0
        self.set_reactive(DiffView.current, "")
        self.scroll_to(0, 0, animate=False)
        self.update_lines()
        self.go_to_open()

    def update_review(self, review: Review) -> None:
        """Shows other decisions on the same diff."""
        self._review = review
        self.refresh()

    def replace_model(self, model: DiffModel, review: Review) -> None:
        """Shows the same hunks with other lines or in another order. Keeps the cursor."""
        self._model, self._review = model, review
        self.update_lines()
        self._reveal()

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
    def _order(self) -> list[str]:
        """Ids of the hunks in display order."""
        return list(self._model.starts) if self._model else []

    def go_to_open(self) -> None:
        """Moves to the next undecided hunk, wrapping around at the end."""
        if self._review is None:
            return
        ids = self._order
        at = ids.index(self.current) if self.current in ids else -1
        order = ids[at + 1 :] + ids[: at + 1]
        open_ = [i for i in order if self._review.decisions[i] is Decision.UNDECIDED]
        if open_ or not self.current:
            self.current = (open_ or order or [""])[0]

    def watch_current(self) -> None:
        self._reveal()
        self.refresh()

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
        if ids := self._order:
            at = ids.index(self.current) if self.current in ids else 0
            self.current = ids[max(0, min(at + by, len(ids) - 1))]
            self._reveal()

    def action_edge(self, direction: int) -> None:
        self.action_hunk(direction * self.line_count)
        self.scroll_to(y=0 if direction < 0 else self.line_count, animate=False, force=True)

    def action_scroll(self, by: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + by, animate=False, force=True)

    def action_page(self, by: int) -> None:
        self.action_scroll(by * max(1, self.scrollable_content_region.height - 2))

    def action_shift(self, by: int) -> None:
        limit = max(0, (self._model.width if self._model else 0) - 20)
        self._shift = max(0, min(self._shift + by, limit))
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._keep_cursor_visible()

    def _keep_cursor_visible(self) -> None:
        """Moves the cursor to a visible hunk, so that a decision never applies to a hidden one."""
        model = self._model
        if model is None or self.current not in model.starts:
            return
        top = self.scroll_offset.y
        bottom = top + self.scrollable_content_region.height
        if model.starts[self.current] < bottom and model.ends[self.current] > top:
            return
        visible = [i for i, at in model.starts.items() if at < bottom and model.ends[i] > top]
        if visible:
            self.set_reactive(DiffView.current, visible[0])
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        line = event.y - self.gutter.top + self.scroll_offset.y
        if self._model is None or not 0 <= line < self.line_count:
            return
        hunk = next(
            (i for i, at in self._model.starts.items() if at <= line < self._model.ends[i]), ""
        )
        if not hunk:
            return
        event.stop()
        self.set_reactive(DiffView.current, hunk)
        self.refresh()
        if verb := event.style.meta.get("verb"):
            self.post_message(self.HunkPressed(hunk, str(verb)))

    def draw(self, line: int, width: int) -> Strip:
        if self._model is None or self._review is None:
            return Strip([])
        painter = DiffPainter(
            self.palette, self._model, self._review, self._colours, self.current, self._shift
        )
        return painter.paint(line, width)
