"""The screen that lists the sessions of the repository: search, resume, delete."""

import asyncio
import time
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from assistant.errors import AssistantError
from assistant.sessions.store import SessionStore
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
