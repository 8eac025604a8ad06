"""The list of writes, with a cursor."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from assistant.ui.rows import Part, spread
from assistant.ui.widgets.lines import CursorView, under_cursor
from assistant.ui.widgets.sessionlist import when

if TYPE_CHECKING:  # only for annotations; slow to import
    from assistant.apply.journal import Entry

_UNDONE = "undone"


class WriteList(CursorView):
    """One line for each write, the last one first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "diff", id="history.open", tooltip="Show what it changed"),
        Binding("u", "undo", "undo this one", id="history.undo",
                tooltip="Undo this write; what was changed since in other lines stays"),
        Binding("r", "redo", "redo this one", id="history.redo",
                tooltip="Apply this write again, if it is undone"),
    ]  # fmt: skip

    class Moved(Message):
        """Another write is under the cursor."""

    class Opened(Message):
        """The diff of the write under the cursor is wanted."""

    class UndoWanted(Message):
        """The write under the cursor is to be undone."""

    class RedoWanted(Message):
        """The write under the cursor is to be applied again."""

    def __init__(self, now: float, *, id: str | None = None) -> None:
        """`now` is in seconds since the epoch."""
        super().__init__(id=id)
        self._now = now
        self._entries: tuple[Entry, ...] = ()
        self._loaded = False

    def show(self, entries: "Sequence[Entry]") -> None:
        """Shows these writes, latest first, and keeps the cursor on its line."""
        self._entries, self._loaded = tuple(entries), True
        self.set_reactive(WriteList.cursor, self.validate_cursor(self.cursor))
        self.update_lines()
        self.refresh_bindings()
        self.post_message(self.Moved())

    @property
    def selected(self) -> "Entry | None":
        """The write under the cursor."""
        return self._entries[self.cursor] if self._entries else None

    @property
    def line_count(self) -> int:
        return len(self._entries) or 1

    @property
    def item_count(self) -> int:
        return len(self._entries)

    def watch_cursor(self) -> None:
        super().watch_cursor()
        self.post_message(self.Moved())

    def draw(self, line: int, width: int) -> Strip:
        style = self.palette
        if not self._entries:
            nothing = "Nothing has been written here yet." if self._loaded else "…"
            return spread([(f" {nothing}", style("muted"))], [], width)
        entry = self._entries[line]
        undone = entry.state.value == _UNDONE
        left: list[Part] = [
            (f" {int(entry.id):>4} ", style("faint")),
            ("↶ " if undone else "✓ ", style("warning" if undone else "success")),
            (entry.title, style("muted" if undone else "foreground")),
        ]
        right: list[Part] = [(f"{when(entry.time, self._now)} ", style("faint"))]
        strip = spread(left, right, width)
        if line != self.cursor:
            return strip
        return under_cursor(self, strip, width)

    def on_cursor_view_clicked(self, event: CursorView.Clicked) -> None:
        event.stop()

    def action_open(self) -> None:
        self.post_message(self.Opened())

    def action_undo(self) -> None:
        self.post_message(self.UndoWanted())

    def action_redo(self) -> None:
        self.post_message(self.RedoWanted())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        entry = self.selected
        if action not in ("open", "undo", "redo"):
            return True
        if entry is None:
            return False
        undone = entry.state.value == _UNDONE
        return action == "open" or undone == (action == "redo")
