"""Owns work that waits until nobody else waits: done once, after a moment without operations."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SECONDS = 0.5


class Idle:
    """One piece of work, and when it is in nobody's way. Used from one thread."""

    def __init__(self, work: Callable[[], object], seconds: float = _SECONDS) -> None:
        """`seconds` without an operation are taken for a pause. Nothing happens before `rest`."""
        self._work = work
        self._seconds = seconds
        self._timer: threading.Timer | None = None
        self._begun = threading.Event()

    def rest(self) -> None:
        """From here on nothing is being done; when it stays so, the work begins."""
        if not self._begun.is_set():
            self._timer = threading.Timer(self._seconds, self._begin)
            self._timer.daemon = True
            self._timer.start()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """While inside, the work does not begin; it does not stop when it has."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            yield
        finally:
            self.rest()

    def _begin(self) -> None:
        self._begun.set()
        self._work()
