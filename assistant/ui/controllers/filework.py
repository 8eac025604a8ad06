"""Does in threads what a file screen needs: colours, marks, saving, definitions, references.

What comes of it bubbles to the screen as messages.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from assistant.engine.base import Cancel
from assistant.errors import AssistantError, Cancelled
from assistant.repo.units import Unit
from assistant.ui.controllers.controller import Controller
from assistant.ui.fileaccess import FileAccess
from assistant.ui.filecolours import Colours
from assistant.ui.filetext import OpenedFile, edited, marks
from assistant.ui.highlight import highlight
from assistant.ui.results import Result
from assistant.ui.workers import guarded

if TYPE_CHECKING:
    from assistant.refactoring.navigation import Position
    from assistant.refactoring.values import Definition

SETTLED = 0.3
"""Seconds without a key after which colours and marks are found again."""
WATCH = 2.0
"""Seconds between two looks at the file on disk."""


@dataclass
class Painted(Message):
    colours: Colours
    marks: Mapping[int, str]


@dataclass
class Saved(Message):
    file: OpenedFile
    changed: bool
    """False if there was nothing to write."""


@dataclass
class DiskChanged(Message):
    """The file on disk is no longer what was read."""

    file: OpenedFile | None
    """What is there now; None if it cannot be read any more."""


@dataclass
class UnitsListed(Message):
    units: tuple[Unit, ...]
    then: Callable[[tuple[Unit, ...]], object]


@dataclass
class DefinitionsFound(Message):
    name: str
    found: "tuple[Definition, ...]"
    results: tuple[Result, ...]
    """The same as a list, if there are several."""


@dataclass
class ReferencesFound(Message):
    label: str
    results: tuple[Result, ...]


@dataclass
class _Ended(Message):
    """The search for a name ended, with or without an error."""

    message: Message


class FileWork(Controller):
    """The threads of one file screen. At most one of each kind runs."""

    def __init__(self, access: FileAccess, path: str) -> None:
        super().__init__(id="filework")
        self._access, self._path = access, path
        self._head: bytes | None = None
        self._has_head = False
        self._wanted = 0
        """Counts the requests for colours; only the last one is carried out."""
        self._painting = False
        self._stamp = (0, 0)
        self._search: Cancel | None = None

    # Colours and marks

    def paint(self, lines: Callable[[], Sequence[str]], *, at_once: bool = False) -> None:
        """Finds colours and marks, at once or when no key has been pressed for a moment."""
        self._wanted += 1
        wanted = self._wanted
        if at_once:
            self._paint_if_settled(wanted, lines)
        else:
            self.set_timer(SETTLED, lambda: self._paint_if_settled(wanted, lines))

    def _paint_if_settled(self, wanted: int, lines: Callable[[], Sequence[str]]) -> None:
        if wanted != self._wanted:
            return
        if self._painting:
            self.set_timer(SETTLED, lambda: self._paint_if_settled(wanted, lines))
            return
        self._painting = True
        self._paint(lines())

    @work(thread=True, group="paint", exit_on_error=False)
    def _paint(self, lines: Sequence[str]) -> None:
        self.post_message(guarded(lambda: self._painted(lines)))

    def _painted(self, lines: Sequence[str]) -> Painted:
        try:
            runs = highlight(self._path, "\n".join(lines))
            if not self._has_head:
                self._head, self._has_head = self._access.head(self._path), True
            data = [line.encode("utf-8", "surrogateescape") for line in lines]
            return Painted(Colours(lines, runs), marks(self._head, data))
        finally:
            self._painting = False

    # The file on disk

    def watch_disk(self) -> None:
        """Begins to look at the file on disk."""
        self._stamp = self._access.stamp(self._path)
        self.set_interval(WATCH, self.look)

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def look(self) -> None:
        """Looks whether the file on disk has changed since the last look."""
        stamp = self._access.stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self.post_message(DiskChanged(self._access.read(self._path)))
        except AssistantError:
            self.post_message(DiskChanged(None))

    @work(thread=True, group="save", exit_on_error=False)
    def save(self, file: OpenedFile, text: str) -> None:
        """Writes the text; ends with Saved or ActionFailed."""

        def saved() -> Saved:
            result = self._access.save(file, text)
            self._stamp = self._access.stamp(self._path)
            return Saved(result, changed=result.data != file.data)

        self.post_message(guarded(saved))

    # Units and names

    @work(thread=True, exclusive=True, group="units", exit_on_error=False)
    def list_units(
        self, file: OpenedFile, text: str, then: Callable[[tuple[Unit, ...]], object]
    ) -> None:
        """Reads the units of the text; `then` is called with them by the screen."""

        def listed() -> UnitsListed:
            data = edited(file, text) if file.editable else file.data
            return UnitsListed(self._access.units(self._path, data), then)

        self.post_message(guarded(listed))

    def find_definition(self, at: "Position", name: str, file: OpenedFile, text: str) -> None:
        """Looks for what the name at a position means; ends with DefinitionsFound."""

        def found(cancel: Cancel) -> Message:
            definitions = self._access.definitions(at, edited(file, text), cancel.check)
            several = len(definitions) > 1
            results = self._access.definition_results(definitions) if several else ()
            return DefinitionsFound(name, definitions, results)

        self._start(found)

    def find_references(self, at: "Position", file: OpenedFile, text: str) -> None:
        """Looks for the uses of the name at a position; ends with ReferencesFound."""

        def found(cancel: Cancel) -> Message:
            data = edited(file, text)
            return ReferencesFound(*self._access.references(at, data, cancel.check))

        self._start(found)

    @property
    def searching(self) -> bool:
        """True while a definition or references are looked for."""
        return self._search is not None

    def stop(self) -> bool:
        """Ends the search for a name. Returns False if none runs."""
        if self._search is None:
            return False
        self._search.set()
        self._search = None
        return True

    def on_unmount(self) -> None:
        self.stop()

    def _start(self, found: Callable[[Cancel], Message]) -> None:
        self.stop()
        cancel = self._search = Cancel()
        self._run(lambda: found(cancel), cancel)

    @work(thread=True, group="names", exit_on_error=False)
    def _run(self, action: Callable[[], Message], cancel: Cancel) -> None:
        message = guarded(action)
        error = getattr(message, "error", None)
        if not cancel.is_set and not isinstance(error, Cancelled):
            self.post_message(_Ended(message))

    def on__ended(self, message: _Ended) -> None:
        message.stop()
        self._search = None
        self.screen.post_message(message.message)
