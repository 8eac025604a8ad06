"""An editor that shows a completion as ghost text, on the line of the cursor and below it."""

from dataclasses import replace
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.strip import Strip

from assistant.ui.filecolours import visible
from assistant.ui.ghost import Ghost
from assistant.ui.widgets.editor import Editor


class GhostEditor(Editor):
    """A text area with ghost text, which the next key dismisses unless it accepts or types it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "accept_ghost", "accept", id="ghost.accept",
                tooltip="Accept the completion"),
        Binding("ctrl+right", "accept_word", "a word", id="ghost.word", key_display="^→",
                tooltip="Accept a word of the completion"),
        Binding("ctrl+right", "cursor_word_right", "Next word", show=False),
        Binding("end", "accept_line", "a line", id="ghost.line",
                tooltip="Accept a line of the completion"),
        Binding("end", "cursor_line_end", "End of the line", show=False),
    ]  # fmt: skip

    _ghost: Ghost | None = None
    """None unless a completion is shown or expected."""
    _accepting = False

    @property
    def ghost(self) -> str:
        """The completion that is shown, without what was accepted of it."""
        return self._ghost.text if self._ghost is not None else ""

    @property
    def expects(self) -> bool:
        """True as long as a completion that was asked for fits where the cursor is."""
        return self._ghost is not None

    def expect(self) -> None:
        """From now on a completion can be shown, until a key makes it obsolete."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        self._show(Ghost(row, line[:column], line[column:]))

    def show_completion(self, whole: str) -> None:
        """Shows a completion of the text as it was when `expect` was called; as much of it as
        there is room for."""
        if self._ghost is not None:
            grown = self._ghost.grown(whole)
            self._show(grown and replace(grown, text=self._fitting(grown.text)))

    def dismiss(self) -> None:
        self._show(None)

    def _fitting(self, text: str) -> str:
        """The lines of it that fit below the cursor: what cannot be seen is not accepted."""
        room = max(1, self.size.height - self._cursor_row)
        return "\n".join(text.split("\n")[:room])

    def _show(self, ghost: Ghost | None) -> None:
        before = self._rest
        self._ghost = ghost
        first = self.ghost.partition("\n")[0]
        self.suggestion = visible(first.expandtabs(self.indent_width))
        if before != self._rest:
            self.refresh()
        self.refresh_bindings()

    @property
    def _rest(self) -> list[str]:
        """The lines of the ghost below the cursor's."""
        return self.ghost.split("\n")[1:]

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("accept_ghost", "accept_word", "accept_line", "dismiss"):
            return bool(self.ghost)
        return super().check_action(action, parameters)

    def action_accept_ghost(self) -> None:
        self._accept(len(self.ghost))

    def action_accept_word(self) -> None:
        if self._ghost is not None:
            self._accept(self._ghost.word)

    def action_accept_line(self) -> None:
        if self._ghost is not None:
            self._accept(self._ghost.line)

    def action_dismiss(self) -> None:
        self.dismiss()

    def action_cursor_right(self, select: bool = False) -> None:
        """Moves the cursor; a text area would insert its suggestion."""
        self.dismiss()
        super().action_cursor_right(select)

    def _accept(self, count: int) -> None:
        ghost = self._ghost
        if ghost is None:
            return
        self._accepting = True
        try:
            self.history.checkpoint()
            self.insert(ghost.text[:count])
        finally:
            self._accepting = False
        row, column = self.cursor_location
        self._show(ghost.moved(count, row, self.document.get_line(row), column))

    # What makes it obsolete

    def update_suggestion(self) -> None:
        """Called by the text area after every edit."""
        self._follow()

    def watch_selection(self) -> None:
        self._follow()

    def on_blur(self) -> None:
        self.dismiss()

    def _follow(self) -> None:
        if self._ghost is None or self._accepting:
            return
        row, column = self.cursor_location
        line = self.document.get_line(row)
        followed = self._ghost.followed(row, line, column) if self.selection.is_empty else None
        self._show(followed)

    # Drawing

    @property
    def _cursor_row(self) -> int:
        """The row of the cursor on the widget."""
        at = self.wrapped_document.location_to_offset(self.cursor_location)
        return at.y - self.scroll_offset.y

    def _row_below(self, y: int) -> int:
        """How many rows of the ghost are above a row of the widget, or end on it."""
        return min(max(0, y - self._cursor_row), len(self._rest))

    def render_line(self, y: int) -> Strip:
        rows = self._row_below(y)
        if not rows:
            return super().render_line(y)
        if y > self._cursor_row + rows:
            return super().render_line(y - rows)
        style = self.get_component_rich_style("text-area--suggestion")
        text = visible(self._rest[rows - 1].expandtabs(self.indent_width))
        gutter = Segment(" " * self.gutter_width, self.rich_style)
        strip = Strip([gutter, Segment(text, style)])
        return strip.adjust_cell_length(self.size.width, self.rich_style).apply_style(
            self.rich_style
        )

    def get_target_document_location(self, event: events.MouseEvent) -> tuple[int, int]:
        """The place of a click in the text, which begins below the rows of the ghost again."""
        rows = self._row_below(event.y - self.gutter.top)
        if not rows:
            return super().get_target_document_location(event)
        x = event.x - self.gutter_width + self.scroll_offset.x - self.gutter.left
        y = event.y + self.scroll_offset.y - self.gutter.top - rows
        return self.wrapped_document.offset_to_location(Offset(x, y))
