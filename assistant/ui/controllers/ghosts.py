"""Completes the text of a file while it is typed.

A moment after a key the model is asked, in a thread, and what it writes appears as ghost text as
it grows. The next key cancels it, unless it types or accepts the ghost.
"""

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message
from textual.timer import Timer

from assistant.engine.base import Cancel
from assistant.errors import AssistantError
from assistant.ui.controllers.completions import Completions
from assistant.ui.controllers.controller import Controller
from assistant.ui.widgets.ghosteditor import GhostEditor
from assistant.ui.workers import internal_error

if TYPE_CHECKING:
    from assistant.completing.completer import Completer, Cursor

DELAY = 0.12
"""Seconds without a key after which the text is completed."""
REST = 0.5
"""Seconds after which the model reads ahead at another place that the cursor was moved to."""


@dataclass
class _Grown(Message):
    cancel: Cancel
    """Of the completion."""
    text: str


@dataclass
class _Ended(Message):
    cancel: Cancel
    error: AssistantError | None = None


class GhostController(Controller):
    """The completions of one editor."""

    def __init__(self, completions: Completions, view: GhostEditor, path: str) -> None:
        super().__init__(id="ghosts")
        self._completions = completions
        self._view = view
        self._path = path
        self._completer: Completer | None = None
        self._lock = Lock()
        """A completion that was cancelled may not have ended when the next one begins."""
        self._completing: Cancel | None = None
        self._timer: Timer | None = None
        self._place = view.cursor_location
        self._failed = False

    def changed(self) -> None:
        """The text was edited."""
        self._place = self._view.cursor_location
        if self._view.expects and (self._view.ghost or self._completing is not None):
            return
        self._stop()
        self._after(DELAY, ahead=False)

    def moved(self) -> None:
        """The cursor may have been moved, or only have followed an edit."""
        if self._view.cursor_location == self._place:
            return
        self._place = self._view.cursor_location
        if not self._view.expects:
            self._stop()
            self._after(REST, ahead=True)

    def on_unmount(self) -> None:
        self._stop()

    def _stop(self) -> None:
        """Forgets what was asked for."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._completing is not None:
            self._completing.set()
            self._completing = None

    def _after(self, seconds: float, *, ahead: bool) -> None:
        if self._completions.enabled and not self._failed:
            self._timer = self.set_timer(seconds, lambda: self._begin(ahead=ahead))

    def _begin(self, *, ahead: bool) -> None:
        from assistant.completing.completer import Cursor

        self._timer = None
        cancel = self._completions.begin()
        if cancel is None or not self._view.selection.is_empty or not self._view.has_focus:
            return
        self._completing = cancel
        lines, (row, column) = self._view.document.lines, self._view.cursor_location
        offset = sum(len(line) + 1 for line in lines[:row]) + column
        if self._completer is None:
            self._completer = self._completions.completer()
        if not ahead:
            self._view.expect()
        cursor = Cursor(self._path, "\n".join(lines), offset)
        self._ask(self._completer, cursor, cancel, ahead)

    @work(thread=True, group="complete", exit_on_error=False)
    def _ask(self, completer: "Completer", cursor: "Cursor", cancel: Cancel, ahead: bool) -> None:
        error: AssistantError | None = None
        try:
            with self._lock:
                if ahead:
                    completer.read_ahead(cursor, cancel)
                    return
                for text in completer.complete(cursor, cancel):
                    self.post_message(_Grown(cancel, text))
        except AssistantError as known:
            error = known
        except Exception as unexpected:  # noqa: BLE001 - boundary of a thread: typing must go on
            error = internal_error(unexpected)
        finally:
            self.post_message(_Ended(cancel, error))

    def on__grown(self, message: _Grown) -> None:
        message.stop()
        if not message.cancel.is_set:
            self._view.show_completion(message.text)

    def on__ended(self, message: _Ended) -> None:
        message.stop()
        if message.cancel is self._completing:
            self._completing = None
        if message.error is not None and not message.cancel.is_set and not self._failed:
            self._failed = True
            self._completions.report(
                "note", f"{self._path} is not completed any more: {message.error.message}"
            )
