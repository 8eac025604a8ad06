"""The search of the repository, and lists of places in it.

Both return what is sent to the task line from a file that was opened, or None.
"""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input

from assistant.context.bundle import Selected
from assistant.repo.textsearch import Query
from assistant.ui.controllers.opening import Opener, SentToTask, Target
from assistant.ui.controllers.searching import HitsFound, SearchController, SearchEnded
from assistant.ui.fileaccess import FileAccess
from assistant.ui.results import Result
from assistant.ui.widgets.bars import Bar
from assistant.ui.widgets.keys import KeyLine
from assistant.ui.widgets.lines import CursorView
from assistant.ui.widgets.problem import Problem
from assistant.ui.widgets.resultlist import ResultList
from assistant.ui.workers import ActionFailed


class PlacesScreen(Screen[Selected | None]):
    """A list of places, by file; enter opens one."""

    CSS_PATH = "search.tcss"
    AUTO_FOCUS = "#results"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", show=False, id="places.open", tooltip="Open the file there"),
        Binding("escape", "back", "back", id="places.back"),
    ]

    def __init__(self, access: FileAccess, title: str, results: tuple[Result, ...] = ()) -> None:
        super().__init__()
        self._title, self._first = title, results
        self.summary = Bar(id="summary")
        self.list = ResultList(id="results")
        self.problem = Problem(id="problem")
        self.opener = Opener(lambda: access)

    def compose(self) -> ComposeResult:
        yield self.summary
        yield self.list
        yield self.problem
        # The line to type in has the key as well, but does not say what it does here.
        yield KeyLine(lambda: (("enter", "⏎", "open"),), id="keys")
        yield self.opener

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self.list.update_lines())
        self.list.add(self._first)
        self._show_summary("")

    def _show_summary(self, state: str) -> None:
        style, results = self.summary.palette, self.list.results
        found = f"{results.hits:,} in {results.files:,} files" if results.hits else ""
        self.summary.show(
            [(f" {self._title}", style("foreground", "", "bold")), (f"  {found}", style("muted"))],
            [(f"{state} ", style("warning"))] if state else [],
        )

    def action_open(self) -> None:
        hit = self.list.current
        if hit is None:
            return
        self.problem.close()
        width = hit.spans[0][1] - hit.spans[0][0] if hit.spans else 0
        self.opener.open(Target(hit.path, hit.line, hit.column, hit.column + width))

    def on_cursor_view_clicked(self, event: CursorView.Clicked) -> None:
        event.stop()
        self.action_open()

    def action_back(self) -> None:
        if not self.problem.close():
            self.dismiss(None)

    def leave(self, selected: Selected | None, *, quitting: bool = False) -> None:
        """Closes the screen, and then the app if it is to quit."""
        self.dismiss(selected)
        if quitting:
            self.app.call_later(self.app.run_action, "app.leave")

    def on_action_failed(self, message: ActionFailed) -> None:
        message.stop()
        self.problem.show(message.error)

    def on_sent_to_task(self, message: SentToTask) -> None:
        message.stop()
        self.dismiss(message.selected)


class SearchScreen(PlacesScreen):
    """Searches the repository while the user types."""

    AUTO_FOCUS = "#query"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "kind", "text or regex", id="search.kind",
                tooltip="Text as it is, or a regular expression"),
        Binding("up", "move(-1)", "Up", show=False, id="search.up"),
        Binding("down", "move(1)", "Down", show=False, id="search.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="search.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="search.page_down"),
    ]  # fmt: skip

    def __init__(self, access: FileAccess, text: str = "") -> None:
        super().__init__(access, "Search")
        self._regex = False
        self.input = Input(text, placeholder="text in any file", id="query", compact=True)
        self._kind = Bar(id="query-kind")
        self.searching = SearchController(access)

    def compose(self) -> ComposeResult:
        with Horizontal(id="query-line"):
            yield self.input
            yield self._kind
        yield from super().compose()
        yield self.searching

    def on_mount(self) -> None:
        self.list.can_focus = False
        self._show_kind()

    def _show_kind(self) -> None:
        kind = "regex" if self._regex else "text"
        self._kind.show([], [(f"{kind}  ^t ", self._kind.palette("muted"))])

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._start()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_open()

    def on_key(self, event: events.Key) -> None:
        """Takes what is typed before the line has the focus."""
        if self.focused is not self.input and event.is_printable and event.character:
            event.stop()
            self.input.insert_text_at_cursor(event.character)

    def _start(self) -> None:
        self.problem.close()
        self.list.clear()
        query = Query(self.input.value, self._regex)
        self.searching.start(query)
        self._show_summary("searching…" if query.text else "")

    def action_kind(self) -> None:
        self._regex = not self._regex
        self._show_kind()
        self._start()

    def action_move(self, by: int) -> None:
        self.list.action_move(by)

    def action_page(self, by: int) -> None:
        self.list.action_page(by)

    def on_hits_found(self, message: HitsFound) -> None:
        message.stop()
        if self.searching.is_current(message.search):
            self.list.add(message.results)
            self._show_summary("searching…")

    def on_search_ended(self, message: SearchEnded) -> None:
        message.stop()
        if not self.searching.is_current(message.search):
            return
        self._show_summary("there are more" if message.limited else "")
        if message.error is not None:
            self.problem.show(message.error)
        elif not self.list.results.hits:
            self._show_summary("nothing found")
