"""Work that is deferred until the engine is idle."""

import threading

from assistant.engine.idle import IdleTask


def test_the_work_runs_when_idle() -> None:
    done = threading.Event()
    IdleTask(done.set, 0).schedule()
    assert done.wait(20)


def test_an_operation_defers_it() -> None:
    done = threading.Event()
    idle = IdleTask(done.set, 60)
    idle.schedule()
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


def test_it_runs_once() -> None:
    calls: list[int] = []
    done = threading.Event()

    def work() -> None:
        calls.append(1)
        done.set()

    idle = IdleTask(work, 0)
    with idle.busy():
        assert not done.is_set()
    assert done.wait(20)
    last = idle._timer
    with idle.busy():
        pass
    assert idle._timer is last
    assert calls == [1]
