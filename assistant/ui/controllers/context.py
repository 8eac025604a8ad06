"""Opens the context screen, and keeps what the last task sent."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from assistant.context.mentions import mentions
from assistant.errors import UsageError
from assistant.ui.commands import TASKS, parse_command
from assistant.ui.contextaccess import ContextAccess, LastSent
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.requests import TaskStarter
from assistant.ui.jobs import TaskKind
from assistant.ui.places import Place, PlaceChosen
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.files import FileList
from assistant.ui.widgets.status import StatusLine

if TYPE_CHECKING:
    from assistant.solving.request import TaskRequest


class ContextController(Controller):
    """Handles /context and its key."""

    def __init__(
        self,
        current: CurrentSession,
        files: FileList,
        status: StatusLine,
        starter: TaskStarter,
        sent: LastSent,
    ) -> None:
        super().__init__(id="context")
        self._current = current
        self._files = files
        self._status = status
        self._starter = starter
        self._sent = sent
        self.typed: Callable[[], tuple[str, str]] = lambda: ("", "plan")
        """The text of the task line, and the kind of task that it starts."""

    def show(self, task: str = "") -> None:
        """Opens the screen, for a task or for what is typed. Raises UsageError while nothing is
        open."""
        from assistant.ui.screens.context import ContextScreen

        session = self._current.require()
        text, mode = self.typed()
        kind, words = self._wanted(task or text, mode)

        def request() -> "tuple[str, TaskRequest]":
            chosen = self._starter.about(kind, words)
            named = mentions(words, session.paths)
            return kind, self._starter.with_mentions(chosen, named)

        access = ContextAccess(
            session, self._files, request, self._sent, lambda: (self._status.value.warm or 0) >= 1
        )
        self.app.push_screen(ContextScreen(access), self._open)

    def _wanted(self, text: str, mode: str) -> tuple[TaskKind, str]:
        """The kind and the words of the task that a text starts; no words if it starts none."""
        try:
            command = parse_command(text, mode)
        except UsageError:
            return _kind(mode), ""
        if command.name in TASKS:
            return _kind(command.name), command.argument
        return _kind(mode), ""

    def _open(self, place: Place | None) -> None:
        if place is not None:
            self.post_message(PlaceChosen(place))


def _kind(name: str) -> TaskKind:
    """One of TASKS as the kind of a task."""
    return cast(TaskKind, name)
