"""Applies reviewed changes, undoes and redoes them, and commits them.

The writer does the work in a thread. `Written` and `Committed` bubble to the screen.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual import work
from textual.message import Message

from assistant.apply.origin import Origin
from assistant.errors import AssistantError, ProtectedFile, StaleFile, UsageError
from assistant.review.decisions import Reviewed
from assistant.ui.controllers.controller import Controller
from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.log import LogView
from assistant.ui.widgets.status import StatusLine
from assistant.ui.workers import guarded

if TYPE_CHECKING:
    from assistant.apply.journal import Entry


@dataclass
class Written(Message):
    """The writer changed the working tree."""

    verb: Literal["applied", "undone", "redone", "saved"]
    title: str
    paths: tuple[str, ...]


class Outdated(Message):
    """Nothing was written, because a file under review has changed on disk."""


@dataclass
class Protected(Message):
    """Nothing was written yet: the user has to agree first."""

    reviewed: Reviewed
    origin: Origin
    reason: str


@dataclass
class Committed(Message):
    summary: str


class WritingController(Controller):
    """Calls the writer and reports what it did."""

    def __init__(
        self,
        current: CurrentSession,
        log: LogView,
        status: StatusLine,
        show_error: Callable[[AssistantError], None],
    ) -> None:
        super().__init__(id="writing")
        self._current = current
        self._log_view = log
        self._status = status
        self._show_error = show_error

    def apply_review(self, reviewed: Reviewed, origin: Origin, *, anyway: bool = False) -> None:
        """Writes the reviewed changes. Posts `Outdated` if a file has changed since.

        Asks before a read-only file or one with hard links is written, unless `anyway`.
        """
        writer = self._current.require().writer

        def written() -> Message:
            try:
                entry = writer.apply(reviewed, origin, anyway=anyway)
            except StaleFile:
                return Outdated()
            except ProtectedFile as error:
                return Protected(reviewed, origin, error.message)
            return Written("applied", entry.title, entry.paths)

        self._in_thread(written)

    def on_protected(self, message: Protected) -> None:
        message.stop()
        self._ask_for_protected(message)

    @work(exclusive=True, group="protected")
    async def _ask_for_protected(self, message: Protected) -> None:
        question = ConfirmDialog("Write it anyway?", message.reason, yes="Write it")
        if await self.app.push_screen_wait(question):
            self.apply_review(message.reviewed, message.origin, anyway=True)

    @work(exclusive=True, group="undo")
    async def undo(self) -> None:
        """Undoes the last write. Asks first if the user has edited the files since."""
        if self._current.value is None:
            return
        writer = self._current.value.writer
        try:
            entry = await asyncio.to_thread(writer.undo)
        except StaleFile as error:
            question = ConfirmDialog(
                "Undo and keep your edits?",
                f"{error.message} Your own lines stay as they are; the rest is undone.",
                yes="Keep my edits",
            )
            if await self.app.push_screen_wait(question):
                self._write("undone", lambda: writer.undo(merge=True))
        except AssistantError as error:
            self._show_error(error)
        else:
            self.post_message(Written("undone", entry.title, entry.paths))

    def show_history(self) -> None:
        """Opens the list of writes. Raises UsageError without a repository."""
        from assistant.ui.screens.history import HistoryScreen

        writer = self._current.require().writer
        self.app.push_screen(HistoryScreen(writer, self.post_message))

    def redo(self) -> None:
        """Writes again what was undone last."""
        if self._current.value is not None:
            self._write("redone", self._current.value.writer.redo)

    def commit(self, message: str) -> None:
        """Commits what was written last. Raises UsageError without a message."""
        writer = self._current.require().writer
        if not message:
            raise UsageError("A commit needs a message.", hint="Type it after /commit.")

        def commit() -> Committed:
            done = writer.commit(message)
            detached = "on no branch (git switch -c NAME keeps it)"
            where = f"on {done.branch}" if done.branch else detached
            return Committed(f"{done.id[:8]} {where}: {', '.join(done.paths)}")

        self._in_thread(commit)

    def _write(self, verb: Literal["undone", "redone"], write: "Callable[[], Entry]") -> None:
        def written() -> Written:
            entry = write()
            return Written(verb, entry.title, entry.paths)

        self._in_thread(written)

    @work(thread=True, group="write", exit_on_error=False)
    def _in_thread(self, action: Callable[[], Message]) -> None:
        self.post_message(guarded(action))

    def on_written(self, message: Written) -> None:
        for recovery in self._current.require().writer.taken_recoveries():
            self._log_view.add("note", recovery.text)
        paths = ", ".join(message.paths)
        self._log_view.add("good", f"{message.verb.capitalize()}: {message.title} ({paths})")
        hint = "^y to redo" if message.verb == "undone" else "^z to undo"
        self._status.set(phase=f"{message.verb} {paths}", detail=hint)

    def on_committed(self, message: Committed) -> None:
        self._log_view.add("good", message.summary)
        self._status.set(phase="committed", detail=message.summary)
