"""Opens files and the search from the main screen, and takes what they send to the task line."""

from collections.abc import Callable
from typing import Literal

from assistant.errors import AssistantError
from assistant.ui.controllers.completions import Completions
from assistant.ui.controllers.opening import Opener, SentToTask, Target
from assistant.ui.controllers.writing import WritingController, Written
from assistant.ui.fileaccess import FileAccess
from assistant.ui.places import Place, place_of, resolved
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.files import FileList


class FileController(Opener):
    """Handles /open and /search, the keys for them, and places in the checks and the log."""

    def __init__(
        self,
        current: CurrentSession,
        writing: WritingController,
        files: FileList,
        completions: Completions,
        show_error: Callable[[AssistantError], None],
        focus_prompt: Callable[[], None],
    ) -> None:
        super().__init__(self._open_session)
        self._current = current
        self._writing = writing
        self._files = files
        self._completions = completions
        self._show_error = show_error
        self._focus_prompt = focus_prompt

    def _open_session(self) -> FileAccess:
        session = self._current.require()
        writing = self._writing
        return FileAccess(
            session,
            lambda entry: writing.post_message(Written("saved", entry.title, entry.paths)),
            self._completions,
        )

    def run(self, command: Literal["open", "search"], argument: str) -> None:
        """Carries out /open or /search. Raises UsageError if the argument is no path."""
        if command == "search":
            self.search(argument)
        else:
            self._current.require()
            self.open_place(place_of(argument, self._current.paths))

    def open_place(self, place: Place) -> None:
        """Opens a place as a check or the log names it. Raises UsageError for an unknown file.

        A file that is not listed, such as an ignored one, is opened by its path.
        """
        session = self._current.require()
        root = session.workspace.repository.root
        at = root / place.path
        if place.path not in session.paths and at.is_relative_to(root) and at.is_file():
            self.open(Target(at.relative_to(root).as_posix(), place.line))
            return
        self.open(Target(resolved(place, str(root), session.paths), place.line))

    def try_place(self, place: Place) -> None:
        """Opens a place, or shows why it cannot be opened."""
        self._try(lambda: self.open_place(place))

    def try_search(self) -> None:
        """Opens the search, or shows why it cannot be opened."""
        self._try(self.search)

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except AssistantError as error:
            self._show_error(error)

    def on_sent_to_task(self, message: SentToTask) -> None:
        message.stop()
        self._files.select((message.selected,))
        self._focus_prompt()
