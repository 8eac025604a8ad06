"""Client and worker over a real subprocess, with the tiny model."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from assistant.engine.base import Cancel, EngineEvent, Finish, Message, Prefill, Request, Sampling
from assistant.engine.client import WorkerEngine
from assistant.errors import Cancelled, EngineError, ModelError, WorkerDied
from assistant.settings import Settings

HELLO = Request((Message("user", "hello"),), samplings=(Sampling(max_tokens=8),))


@pytest.fixture(scope="module")
def engine(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerEngine]:
    cache = tmp_path_factory.mktemp("cache")
    engine = WorkerEngine(tiny_model, Settings(context_tokens=512, threads=1, cache_dir=cache))
    yield engine
    engine.close()


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if child.status() != psutil.STATUS_ZOMBIE
    ]


def run(engine: WorkerEngine, request: Request = HELLO) -> list[EngineEvent]:
    return list(engine.stream(request, Cancel()))


def finish(events: list[EngineEvent]) -> Finish:
    last = events[-1]
    assert isinstance(last, Finish)
    return last


def test_the_worker_starts_on_first_use(tiny_model: Path, tmp_path: Path) -> None:
    before = len(children())
    lazy = WorkerEngine(tiny_model, Settings(threads=1, cache_dir=tmp_path))
    assert len(children()) == before
    lazy.close()


def test_it_streams_and_reports_the_loaded_model(engine: WorkerEngine) -> None:
    info = engine.info()
    assert (info.model, info.threads, info.context_tokens) == ("tiny", 1, 512)
    assert info.memory_bytes > 10**7
    events = run(engine)
    assert isinstance(events[0], Prefill)
    assert finish(events).tokens == 8


def test_it_scores_and_warms(engine: WorkerEngine) -> None:
    steps = list(engine.warm(HELLO, Cancel()))
    assert steps[-1].done == steps[-1].total
    assert len(engine.score(HELLO, ["A", "B"], Cancel())) == 2


def test_a_worker_error_keeps_its_type_and_hint(engine: WorkerEngine) -> None:
    request = Request((Message("user", "word " * 1000),))
    with pytest.raises(EngineError, match="context of 512") as caught:
        run(engine, request)
    assert caught.value.hint
    assert finish(run(engine)).tokens == 8


def test_a_cancel_ends_with_a_finish(engine: WorkerEngine) -> None:
    cancel = Cancel()
    request = Request(HELLO.messages, samplings=(Sampling(max_tokens=400), Sampling(max_tokens=9)))
    events = []
    for event in engine.stream(request, cancel):
        events.append(event)
        if len(events) == 3:
            cancel.set()
    finishes = [event for event in events if isinstance(event, Finish)]
    assert [each.reason for each in finishes] == ["cancelled", "cancelled"]
    assert len(events) < 300


def test_a_cancelled_score_raises(engine: WorkerEngine) -> None:
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        engine.score(HELLO, ["A"], cancel)


def test_closing_a_stream_drops_its_request(engine: WorkerEngine) -> None:
    stream = engine.stream(HELLO, Cancel())
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert finish(run(engine)).tokens == 8


def test_a_second_request_on_the_same_thread_is_refused(engine: WorkerEngine) -> None:
    stream = engine.stream(HELLO, Cancel())
    next(stream)
    with pytest.raises(EngineError, match="before it had read"):
        run(engine)
    list(stream)


def test_another_thread_waits_for_its_turn(engine: WorkerEngine) -> None:
    results: list[list[EngineEvent]] = []
    threads = [threading.Thread(target=lambda: results.append(run(engine))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    texts = {"".join(getattr(event, "text", "") for event in events) for events in results}
    assert [finish(events).tokens for events in results] == [8, 8, 8]
    assert len(texts) == 1


def test_a_killed_worker_is_reported_and_the_next_request_works(engine: WorkerEngine) -> None:
    run(engine)
    [worker] = [child for child in children() if "assistant.engine.worker" in child.cmdline()]
    stream = engine.stream(HELLO, Cancel())
    next(stream)
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(WorkerDied, match="SIGKILL") as caught:
        list(stream)
    assert "memory" in caught.value.hint
    assert finish(run(engine)).tokens == 8


def test_a_missing_model_is_a_model_error(tmp_path: Path) -> None:
    engine = WorkerEngine(tmp_path, Settings(threads=1, cache_dir=tmp_path))
    with pytest.raises(ModelError):
        run(engine)
    engine.close()


def test_close_ends_the_worker_and_may_be_called_twice(tiny_model: Path, tmp_path: Path) -> None:
    before = {child.pid for child in children()}
    engine = WorkerEngine(tiny_model, Settings(threads=1, cache_dir=tmp_path))
    stream = engine.stream(HELLO, Cancel())
    next(stream)
    engine.close()
    engine.close()
    assert {child.pid for child in children()} == before
    with pytest.raises(EngineError):
        run(engine)


def test_the_worker_exits_when_its_program_is_killed(tiny_model: Path, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from assistant.engine.client import WorkerEngine\n"
        "from assistant.settings import Settings\n"
        "engine = WorkerEngine(Path(sys.argv[1]), Settings(cache_dir=Path(sys.argv[2])))\n"
        "print(engine.info().model, flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tiny_model), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"tiny\n"
        [worker] = psutil.Process(program.pid).children()
        program.kill()
    worker.wait(30)
    assert not worker.is_running()
