"""Opens files and searches on screens of their own, from the screen that it is a node of.

A screen that sends something to the task line ends with it as its result; that is passed on with
the message `SentToTask`, which bubbles to the screen below.
"""

from collections.abc import Callable
from dataclasses import dataclass

from textual import work
from textual.message import Message

from assistant.context.bundle import Selected
from assistant.ui.controllers.controller import Controller
from assistant.ui.fileaccess import FileAccess
from assistant.ui.filetext import OpenedFile
from assistant.ui.results import Result
from assistant.ui.workers import guarded


@dataclass(frozen=True, slots=True)
class Target:
    """Where a file is opened: at a 1-based line, with some characters selected."""

    path: str
    line: int = 1
    start: int = 0
    end: int | None = None


@dataclass
class FileRead(Message):
    file: OpenedFile
    target: Target


@dataclass
class SentToTask(Message):
    """A file or unit that a task is to be about."""

    selected: Selected


class Opener(Controller):
    """Reads files in a thread. A file that cannot be opened ends with ActionFailed."""

    def __init__(self, access: Callable[[], FileAccess]) -> None:
        """`access` may raise UsageError while no repository is open."""
        super().__init__(id="opener")
        self._access = access

    def open(self, target: Target) -> None:
        """Opens a file. Raises UsageError while no repository is open."""
        self._read(self._access(), target)

    @work(thread=True, exclusive=True, group="open", exit_on_error=False)
    def _read(self, access: FileAccess, target: Target) -> None:
        self.post_message(guarded(lambda: FileRead(access.read(target.path), target)))

    def on_file_read(self, message: FileRead) -> None:
        from assistant.ui.screens.file import FileScreen

        message.stop()
        screen = FileScreen(self._access(), message.file, message.target)
        self.app.push_screen(screen, self._pass_on)

    def search(self, text: str = "") -> None:
        """Opens the search. Raises UsageError while no repository is open."""
        from assistant.ui.screens.search import SearchScreen

        self.app.push_screen(SearchScreen(self._access(), text), self._pass_on)

    def list(self, title: str, results: tuple[Result, ...]) -> None:
        """Opens a list of places."""
        from assistant.ui.screens.search import PlacesScreen

        self.app.push_screen(PlacesScreen(self._access(), title, results), self._pass_on)

    def _pass_on(self, selected: Selected | None) -> None:
        if selected is not None:
            self.post_message(SentToTask(selected))
