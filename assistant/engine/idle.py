"""Work that is deferred until the engine is idle, and then runs once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SECONDS = 0.5


class IdleTask:
    """One deferred piece of work. Not thread-safe."""

    def __init__(self, work: Callable[[], object], seconds: float = _SECONDS) -> None:
        """Runs `work` after `seconds` without an operation, but not before `schedule` is called."""
        self._work = work
        self._seconds = seconds
        self._timer: threading.Timer | None = None
        self._started = threading.Event()

    def schedule(self) -> None:
        """Starts the idle timer, unless the work has started."""
        if not self._started.is_set():
            self._timer = threading.Timer(self._seconds, self._start)
            self._timer.daemon = True
            self._timer.start()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Keeps the work from starting while inside; work that has started continues."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            yield
        finally:
            self.schedule()

    def _start(self) -> None:
        self._started.set()
        self._work()
