"""Admits one request at a time to an engine, whatever thread it comes from."""

import contextlib
import threading
from collections.abc import Callable, Iterator

from assistant.engine.base import Cancel
from assistant.errors import EngineError

_POLL_SECONDS = 0.05


class Turn:
    """Admits one request at a time. A thread that nested its own requests would deadlock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None

    @contextlib.contextmanager
    def taken(self, cancel: Cancel, while_waiting: Callable[[], None]) -> Iterator[bool]:
        """Yields False when cancelled while waiting. Raises EngineError instead of deadlocking."""
        if self._lock.locked() and self._owner == threading.get_ident():
            raise EngineError(
                "This thread started a request before it had read the previous one to its end.",
                hint="Read the previous stream to its end or close it.",
            )
        while_waiting()
        while not self._lock.acquire(timeout=_POLL_SECONDS):
            while_waiting()
            if cancel.is_set:
                yield False
                return
        self._owner = threading.get_ident()
        try:
            yield True
        finally:
            self._owner = None
            self._lock.release()
