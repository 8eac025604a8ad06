"""Waiting for a cancel: woken at once, by a parent too, and by a signal handler."""

import signal
import threading
import time

import pytest

from assistant.engine.base import Cancel
from assistant.errors import Cancelled

LONG = 60.0
"""Seconds that no test takes, unless it was not woken."""


def test_the_wait_ends_with_its_time() -> None:
    cancel = Cancel()
    assert not cancel.wait(0.0)
    assert not cancel.wait(0.001)
    cancel.check()


def test_one_that_is_set_does_not_wait() -> None:
    cancel = Cancel()
    cancel.set()
    started = time.monotonic()
    assert cancel.wait(LONG)
    assert time.monotonic() - started < LONG / 2
    with pytest.raises(Cancelled):
        cancel.check()


@pytest.mark.parametrize("generations", [0, 1, 2])
def test_a_wait_is_ended_from_another_thread(generations: int) -> None:
    top = waiting = Cancel()
    for _ in range(generations):
        waiting = Cancel(waiting)
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(waiting.wait(LONG)))
    thread.start()
    while not waiting._waiting:
        time.sleep(0)  # lets the other thread begin to wait
    top.set()
    thread.join(LONG / 2)
    assert found == [True]
    assert not top._waiting


def test_a_sibling_that_is_set_does_not_end_a_wait() -> None:
    parent = Cancel()
    one, other = Cancel(parent), Cancel(parent)
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(one.wait(LONG)))
    thread.start()
    while not parent._waiting:
        time.sleep(0)
    other.set()
    thread.join(0.02)
    assert thread.is_alive()
    one.set()
    thread.join(LONG / 2)
    assert found == [True]


def test_a_signal_handler_ends_the_wait_that_it_interrupts() -> None:
    cancel = Cancel()
    before = signal.signal(signal.SIGUSR1, lambda number, frame: cancel.set())
    try:
        main = threading.get_ident()

        def interrupt() -> None:
            while not cancel._waiting:
                time.sleep(0)
            signal.pthread_kill(main, signal.SIGUSR1)

        thread = threading.Thread(target=interrupt)
        thread.start()
        started = time.monotonic()
        assert cancel.wait(LONG)
        assert time.monotonic() - started < LONG / 2
        thread.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
