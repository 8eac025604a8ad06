"""The screen that lists the sessions of the repository: search, resume, delete, export."""

import asyncio
import time
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from assistant.errors import AssistantError
from assistant.sessions.export import render, write_new
from assistant.sessions.store import SessionStore
from assistant.sessions.story import story
from assistant.ui.screens.dialogs import ConfirmDialog, Dialog, text
from assistant.ui.widgets.keys import KeyLine
from assistant.ui.widgets.sessionlist import SessionList


class SessionsDialog(Dialog[str]):
    """Returns the id of the session to go on with; None if the user wants none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "close", id="dialog.close"),
    ]

    def __init__(self, store: SessionStore, current: str) -> None:
        """`current` is the id of the open session, which can be neither resumed nor deleted."""
        super().__init__()
        self._store = store
        self._current = current
        self.list = SessionList(current, time.time(), id="sessions-list")
        self._filter = Input(placeholder="search in titles", id="sessions-filter", compact=True)
        self._problem = Static("", classes="quiet problem", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield text("Sessions of this repository", "title")
            yield self._filter
            yield self.list
            yield self._problem
            yield KeyLine()

    def on_mount(self) -> None:
        self._filter.display = False
        self.list.focus()
        self._load()

    @work(exclusive=True, group="load")
    async def _load(self) -> None:
        self.list.show(await asyncio.to_thread(self._store.summaries), self._filter.value)

    def action_back(self) -> None:
        """Ends the search, or closes the screen."""
        if not self._filter.display:
            self.dismiss(None)
            return
        self._filter.value = ""
        self._filter.display = False
        self.list.focus()

    def on_session_list_search_wanted(self, event: SessionList.SearchWanted) -> None:
        event.stop()
        self._filter.display = True
        self._filter.focus()

    @on(Input.Changed)
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self.list.search(event.value)

    @on(Input.Submitted)
    def _search_done(self, event: Input.Submitted) -> None:
        event.stop()
        self.list.focus()

    def on_session_list_resumed(self, event: SessionList.Resumed) -> None:
        event.stop()
        if self.list.selected is not None:
            chosen = self.list.selected.id
            self.dismiss(None if chosen == self._current else chosen)

    @work(exclusive=True, group="delete")
    async def on_session_list_remove_wanted(self, event: SessionList.RemoveWanted) -> None:
        event.stop()
        session = self.list.selected
        if session is None:
            return
        body = f"{session.title}\nIts answers, plans and proposals are deleted; no file changes."
        question = ConfirmDialog("Delete this session?", body, yes="Delete")
        if not await self.app.push_screen_wait(question):
            return
        try:
            await asyncio.to_thread(self._store.delete, session.id)
        except AssistantError as error:
            self._problem.update(error.message)
        self._load()

    @work(exclusive=True, group="export")
    async def on_session_list_export_wanted(self, event: SessionList.ExportWanted) -> None:
        event.stop()
        session = self.list.selected
        if session is None:
            return
        path = await self.app.push_screen_wait(ExportDialog(f"session-{session.id}.md"))
        if path is None:
            return
        try:
            await asyncio.to_thread(self._export, session.id, path)
        except AssistantError as error:
            self._problem.update(error.message)
        else:
            self.notify(str(path), title="Exported", markup=False)

    def _export(self, session: str, path: Path) -> None:
        form = "html" if path.suffix.lower() in (".html", ".htm") else "md"
        store = self._store
        write_new(path, render(store.summary(session), story(store.entries(session)), form))


class ExportDialog(Dialog[Path]):
    """Asks for the file to export to."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._proposed = name

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield text("Export the session", "title")
            yield text("File; a name that ends with .html gives HTML, any other Markdown", "label")
            yield Input(str(Path.home() / self._proposed), id="path", compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Export", id="export", compact=True)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._finish()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "export":
            self._finish()
        else:
            self.dismiss(None)

    def _finish(self) -> None:
        path = self.query_one("#path", Input).value.strip()
        self.dismiss(Path(path).expanduser() if path else None)
