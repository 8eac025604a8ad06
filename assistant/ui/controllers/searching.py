"""Runs one search of the repository at a time, in a thread; a new one ends the one before it.

The hits and the end bubble to the screen as messages with the number of their search.
"""

from dataclasses import dataclass

from textual import work
from textual.message import Message

from assistant.errors import AssistantError
from assistant.repo.textsearch import Query, TextSearch
from assistant.ui.controllers.controller import Controller
from assistant.ui.fileaccess import FileAccess
from assistant.ui.results import Result
from assistant.ui.workers import internal_error

SETTLED = 0.15
"""Seconds without another key after which a search begins."""


@dataclass
class HitsFound(Message):
    search: int
    results: tuple[Result, ...]


@dataclass
class SearchEnded(Message):
    search: int
    limited: bool
    """True when not every hit was reported."""
    error: AssistantError | None = None


class SearchController(Controller):
    """Searches while the user types."""

    def __init__(self, access: FileAccess) -> None:
        super().__init__(id="searching")
        self._access = access
        self._count = 0
        self._search: TextSearch | None = None

    def start(self, query: Query) -> None:
        """Ends the running search, and begins this one when no key has been pressed for a moment.

        A query without text begins none.
        """
        self.stop()
        number = self._count
        if query.text:
            self.set_timer(SETTLED, lambda: self._begin(number, query))

    def is_current(self, number: int) -> bool:
        """Whether a message belongs to the search that was started last."""
        return number == self._count

    def stop(self) -> None:
        """Ends the running search. What it has found meanwhile is not current any more."""
        self._count += 1
        if self._search is not None:
            self._search.stop()
            self._search = None

    def on_unmount(self) -> None:
        self.stop()

    def _begin(self, number: int, query: Query) -> None:
        if number == self._count:
            self._search = self._access.search(query)
            self._run(number, self._search)

    @work(thread=True, group="search", exit_on_error=False)
    def _run(self, number: int, search: TextSearch) -> None:
        try:
            for hits in search.batches():
                self.post_message(HitsFound(number, tuple(map(Result, hits))))
        except AssistantError as error:
            self.post_message(SearchEnded(number, False, error))
        except Exception as error:  # noqa: BLE001 - boundary of a thread: the app must survive
            self.post_message(SearchEnded(number, False, internal_error(error)))
        else:
            self.post_message(SearchEnded(number, search.limited))
