"""Work that waits for a pause."""

import threading

from assistant.engine.idle import Idle


def test_the_work_begins_when_nothing_is_done() -> None:
    done = threading.Event()
    Idle(done.set, 0).rest()
    assert done.wait(20)


def test_an_operation_puts_it_off() -> None:
    done = threading.Event()
    idle = Idle(done.set, 60)
    idle.rest()
    timer = idle._timer
    assert timer is not None
    with idle.busy():
        timer.join(20)
        assert not timer.is_alive()
        assert not done.is_set()
    assert idle._timer is not timer
    with idle.busy():
        pass
    assert idle._timer is not None
    idle._timer.cancel()


def test_it_is_done_once() -> None:
    calls: list[int] = []
    done = threading.Event()

    def work() -> None:
        calls.append(1)
        done.set()

    idle = Idle(work, 0)
    with idle.busy():
        assert not done.is_set()
    assert done.wait(20)
    last = idle._timer
    with idle.busy():
        pass
    assert idle._timer is last
    assert calls == [1]
