"""Ctrl-C during a run."""

import signal
import threading

import pytest

from assistant.engine.base import Cancel
from assistant.headless.interrupt import interruptible


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_cancels_and_the_second_ends(number):
    cancel, notices = Cancel(), []
    with interruptible(cancel, lambda: notices.append(1)):
        signal.raise_signal(number)
        assert cancel.is_set
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert notices == [1]


def test_handlers_are_put_back():
    def failing():
        with interruptible(Cancel(), lambda: None):
            assert signal.getsignal(signal.SIGINT) is not before
            raise ZeroDivisionError

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError):
        failing()
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_signals_are_left_alone():
    seen = []

    def run():
        with interruptible(Cancel(), lambda: None):
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [before]
