"""Handles Ctrl-C in a headless run: the first cancels the task, the second quits the program.

Signal handlers are installed only inside `interruptible`, and only in the main thread.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from assistant.engine.base import Cancel


@contextmanager
def interruptible(cancel: Cancel, notice: Callable[[], None]) -> Iterator[None]:
    """Makes the first SIGINT or SIGTERM set `cancel` and call `notice`.

    The next one raises KeyboardInterrupt.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if cancel.is_set:
            raise KeyboardInterrupt
        cancel.set()
        notice()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, on_signal) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
