"""The list of sessions, with a cursor."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from assistant.sessions.summary import Summary
from assistant.ui.rows import Part, spread
from assistant.ui.widgets.lines import CursorView, under_cursor


def when(seconds: float, now: float) -> str:
    """A time since the epoch, as short as it can be: the time of today, else the day."""
    then, today = (datetime.fromtimestamp(each).astimezone() for each in (seconds, now))
    if then.date() == today.date():
        return f"{then:%H:%M}"
    return f"{then:%d %b %H:%M}" if then.year == today.year else f"{then:%d %b %Y}"


class SessionList(CursorView):
    """One line for each session, the last one first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "resume", "resume", id="sessions.resume"),
        Binding("d,delete", "remove", "delete", id="sessions.delete"),
        Binding("x", "export", "export", id="sessions.export"),
        Binding("slash", "search", "search", key_display="/", id="sessions.search"),
    ]

    class Resumed(Message):
        """The session under the cursor was chosen."""

    class RemoveWanted(Message):
        """The session under the cursor is to be deleted."""

    class ExportWanted(Message):
        """The session under the cursor is to be exported."""

    class SearchWanted(Message):
        """The user wants to search."""

    def __init__(self, current: str, now: float, *, id: str | None = None) -> None:
        """`current` is the id of the open session; `now` is in seconds since the epoch."""
        super().__init__(id=id)
        self._current = current
        self._now = now
        self._sessions: tuple[Summary, ...] = ()
        self._shown: tuple[Summary, ...] = ()
        self._words = ""

    def show(self, sessions: Sequence[Summary], words: str = "") -> None:
        """Shows the sessions that match the words."""
        self._sessions, self._words = tuple(sessions), words
        self._shown = tuple(each for each in self._sessions if each.matches(words))
        self.set_reactive(SessionList.cursor, self.validate_cursor(self.cursor))
        self.update_lines()
        self.refresh_bindings()

    def search(self, words: str) -> None:
        """Shows only what matches."""
        self.show(self._sessions, words)

    @property
    def selected(self) -> Summary | None:
        """The session under the cursor."""
        return self._shown[self.cursor] if self._shown else None

    @property
    def line_count(self) -> int:
        return len(self._shown) or 1

    @property
    def item_count(self) -> int:
        return len(self._shown)

    def draw(self, line: int, width: int) -> Strip:
        style = self.palette
        if not self._shown:
            nothing = "Nothing matches." if self._sessions else "No sessions yet."
            return spread([(f" {nothing}", style("muted"))], [], width)
        session = self._shown[line]
        here = session.id == self._current
        left: list[Part] = [
            (" ● " if here else "   ", style("success")),
            (session.title, style("foreground")),
            (f"  {session.state}" if session.state else "", style("warning")),
        ]
        tasks = f"{session.tasks} task" + ("" if session.tasks == 1 else "s")
        time = "open now" if here else when(session.last, self._now)
        right: list[Part] = [(f"{tasks:>9}", style("muted")), (f"{time:>14} ", style("faint"))]
        strip = spread(left, right, width)
        if line != self.cursor:
            return strip
        return under_cursor(self, strip, width)

    def on_cursor_view_clicked(self, event: CursorView.Clicked) -> None:
        event.stop()
        self.action_resume()

    def action_resume(self) -> None:
        if self.selected is not None:
            self.post_message(self.Resumed())

    def action_remove(self) -> None:
        if self.selected is not None:
            self.post_message(self.RemoveWanted())

    def action_export(self) -> None:
        if self.selected is not None:
            self.post_message(self.ExportWanted())

    def action_search(self) -> None:
        self.post_message(self.SearchWanted())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._shown) if action in ("resume", "remove", "export") else True
