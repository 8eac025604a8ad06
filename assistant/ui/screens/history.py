"""The history of writes: what each changed, and undo and redo of any of them."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from assistant.errors import AssistantError
from assistant.ui.controllers.writing import Written
from assistant.ui.widgets.bars import TitleBar
from assistant.ui.widgets.keys import KeyLine
from assistant.ui.widgets.problem import Problem
from assistant.ui.widgets.writelist import WriteList
from assistant.ui.widgets.writtendiff import WrittenDiff

if TYPE_CHECKING:  # only for annotations; slow to import
    from assistant.apply.journal import Entry
    from assistant.apply.writer import Writer


class HistoryScreen(Screen[None]):
    """A list of writes with the diff of the one under the cursor beside it."""

    CSS_PATH = "history.tcss"
    AUTO_FOCUS = "#writes"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", id="history.back"),
    ]

    def __init__(self, writer: "Writer", written: Callable[[Written], object]) -> None:
        """`written` is called after each undo and redo."""
        super().__init__()
        self._writer = writer
        self._written = written
        self.list = WriteList(time.time(), id="writes")
        self.diff = WrittenDiff(id="written")
        self.problem = Problem(id="history-problem")

    def compose(self) -> ComposeResult:
        yield TitleBar(id="history-title")
        with Horizontal(id="history-body"):
            yield self.list
            yield self.diff
        yield self.problem
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        bar = self.query_one(TitleBar)
        bar.show([(" Writes to this repository", bar.palette("primary", "", "bold"))], [])
        self._load()

    @work(exclusive=True, group="load")
    async def _load(self) -> None:
        entries = await asyncio.to_thread(self._writer.entries)
        self.list.show(sorted(entries, key=lambda entry: entry.id, reverse=True))

    def action_back(self) -> None:
        """Goes back to the list, or closes the screen."""
        if self.problem.close():
            return
        if self.diff.has_focus:
            self.remove_class("-diff")
            self.list.focus()
        else:
            self.dismiss(None)

    @work(exclusive=True, group="diff")
    async def on_write_list_moved(self, event: WriteList.Moved) -> None:
        event.stop()
        entry = self.list.selected
        if entry is None:
            self.diff.show((), "")
            return
        try:
            diff = await asyncio.to_thread(self._diff_of, entry)
        except AssistantError as error:
            self.problem.show(error)
            diff = ""
        if self.list.selected is entry:
            self.diff.show(_about(entry), diff)

    def _diff_of(self, entry: "Entry") -> str:
        from assistant.proposal.secret_values import redacted_diff

        return redacted_diff(self._writer.changes(entry))

    def on_write_list_opened(self, event: WriteList.Opened) -> None:
        event.stop()
        self.add_class("-diff")
        self.diff.focus()

    def on_write_list_undo_wanted(self, event: WriteList.UndoWanted) -> None:
        event.stop()
        if (entry := self.list.selected) is not None:
            self._turn(lambda: self._writer.undo_one(int(entry.id)), "undone")

    def on_write_list_redo_wanted(self, event: WriteList.RedoWanted) -> None:
        event.stop()
        if (entry := self.list.selected) is not None:
            self._turn(lambda: self._writer.redo_one(int(entry.id)), "redone")

    @work(exclusive=True, group="turn")
    async def _turn(self, turn: "Callable[[], Entry]", verb: str) -> None:
        self.problem.close()
        try:
            entry = await asyncio.to_thread(turn)
        except AssistantError as error:
            self.problem.show(error)
            return
        self._written(Written("undone" if verb == "undone" else "redone", entry.title, entry.paths))
        self._load()


def _about(entry: "Entry") -> tuple[str, ...]:
    """Lines about a write, above its diff."""
    when = datetime.fromtimestamp(entry.time).astimezone()
    hunks = entry.origin.hunks
    count = f", {hunks} hunk{'' if hunks == 1 else 's'}" if hunks else ""
    return (
        f"{entry.state.value}, written {when:%Y-%m-%d %H:%M}{count}",
        *(f"task: {line}" for line in entry.origin.task.splitlines()[:1]),
        f"files: {', '.join(entry.paths)}",
        *entry.origin.words,
    )
