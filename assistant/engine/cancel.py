"""Stops a running request, from any thread."""

import contextlib
import queue
import threading
import time
from typing import TypeAlias

from assistant.errors import Cancelled

_Waker: TypeAlias = "queue.SimpleQueue[None]"
"""Unlike an Event or a Condition, it can be used in a signal handler that interrupted its use."""


class Cancel:
    """Stops a running request; safe to share between threads.

    With a parent, it counts as set as soon as either is set. A task can end one of its requests
    early while the user's cancel still ends both.
    """

    def __init__(self, parent: "Cancel | None" = None) -> None:
        self._event = threading.Event()
        self._hurry = threading.Event()
        self._parent = parent
        self._waiting: set[_Waker] = set() if parent is None else parent._waiting
        """Of all that share a parent."""

    def set(self) -> None:
        """Also callable from a signal handler, in the middle of `wait`."""
        self._event.set()
        for waker in tuple(self._waiting):
            waker.put(None)

    def wait(self, seconds: float) -> bool:
        """Waits until it is set, at most so long. Returns whether it is."""
        waker: _Waker = queue.SimpleQueue()
        self._waiting.add(waker)
        try:
            until = time.monotonic() + seconds
            while not self.is_set and (left := until - time.monotonic()) > 0:
                with contextlib.suppress(queue.Empty):
                    waker.get(timeout=left)
        finally:
            self._waiting.discard(waker)
        return self.is_set

    @property
    def is_set(self) -> bool:
        return self._event.is_set() or (self._parent is not None and self._parent.is_set)

    def hurry(self) -> None:
        """Asks the task to finish with the best candidate so far, as soon as there is one."""
        self._hurry.set()

    @property
    def hurried(self) -> bool:
        return self._hurry.is_set() or (self._parent is not None and self._parent.hurried)

    def check(self) -> None:
        """Raises Cancelled once `set` was called."""
        if self.is_set:
            raise Cancelled
