"""The engine over a real sshd: what it gives is what the model gives here, cut or not."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assistant.context.tokens import Tokenizer
from assistant.engine.base import (
    Cancel,
    Constraint,
    EngineEvent,
    Finish,
    Message,
    Prefill,
    Request,
    Sampling,
    Token,
)
from assistant.engine.client import WorkerEngine
from assistant.engine.reconnecting import Notice, Reconnected, Reconnecting, listening
from assistant.engine.remote.engine import RemoteEngine
from assistant.engine.remote.host import Host
from assistant.engine.remote.link import Link, Wish
from assistant.engine.server.record import Sent
from assistant.errors import EngineError
from assistant.settings import Settings
from tests.ssh_box import Box, Line

HELLO = (Message("user", "hello there"),)
TWO = Request(
    HELLO,
    samplings=(Sampling(max_tokens=200), Sampling(0.8, seed=3, max_tokens=200)),
)
GRAMMAR = Request(
    HELLO,
    samplings=(Sampling(1.0, seed=5, max_tokens=200),),
    constraint=Constraint("regex", "(ab|cd|ef){80}"),
)

REQUESTS = {"text": TWO, "grammar": GRAMMAR}


@pytest.fixture(scope="module")
def box(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    folder = tmp_path_factory.mktemp("ssh")
    box = Box(folder / "box")
    box.has_assistant(ASSISTANT_CACHE_DIR=str(folder / "cache"))
    # A login script that prints what it should not, also what looks like a message.
    (box.home / ".bashrc").write_text("echo Welcome to the box; echo '{\"id\": 0}'; printf '> '\n")
    yield box
    box.stop()


@pytest.fixture(scope="module", autouse=True)
def path(box: Box) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(box.here), prepend=os.pathsep)
        yield


TRIES = 5
LONG = Request(
    HELLO,
    samplings=tuple(Sampling(2.0, seed=seed, max_tokens=800) for seed in (8, 9)),
)
"""Takes seconds, so that a cancel or a cut comes before its end."""


@pytest.fixture(scope="module")
def line(box: Box) -> Iterator[Line]:
    line = Line(box.port)
    box.point_to(line.port)
    yield line
    line.close()


@pytest.fixture(scope="module")
def new(
    box: Box, line: Line, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., RemoteEngine]]:
    """Makes an engine that is connected and has loaded the tiny model."""
    tokenizers = tmp_path_factory.mktemp("tokenizers")
    made: list[RemoteEngine] = []

    def new(record: Callable[[Sent], None] | None = None) -> RemoteEngine:
        link = Link(Host.parse("box"), Wish(str(tiny_model), 1024), tokenizers)
        made.append(RemoteEngine(link, record=record, delays=(0.0, 0.0, 0.0)))
        made[-1].ready()
        made[-1].info()
        return made[-1]

    yield new
    for engine in made:
        engine.close()


@pytest.fixture(scope="module")
def engine(new: Callable[..., RemoteEngine]) -> RemoteEngine:
    return new()


@pytest.fixture(scope="module")
def uncut(new: Callable[..., RemoteEngine], line: Line) -> dict[str, "Uncut"]:
    """The answers to both requests, by name."""
    engine, found = new(), {}
    before = line.received
    for name, request in REQUESTS.items():
        start = line.received
        events = run(engine, request)
        found[name] = Uncut(before, line.received - start, events)
    engine.close()
    return found


@pytest.fixture(scope="module")
def here(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerEngine]:
    """The same model on this machine."""
    settings = Settings(cache_dir=tmp_path_factory.mktemp("cache"), threads=1, context_tokens=1024)
    engine = WorkerEngine(tiny_model, settings)
    yield engine
    engine.close()


def test_the_window_that_suits_the_box_is_told(
    box: Box, line: Line, tiny_model: Path, tmp_path: Path
) -> None:
    link = Link(Host.parse("box"), Wish(str(tiny_model), 0), tmp_path)
    engine = RemoteEngine(link, record=None, delays=(0.0,))
    engine.ready()
    assert link.opened.context_tokens == engine.info().context_tokens > 0
    engine.close()


@dataclass(frozen=True)
class Uncut:
    """What an answer is without a cut."""

    before: int
    """Bytes that the connection had received when the request was made."""
    size: int
    """Bytes of the answer."""
    events: list[object]


def written(events: list[EngineEvent]) -> list[object]:
    """All of the events but for times, speed, and the prompt's progress."""
    tokens = [(e.candidate, e.id, e.text) for e in events if isinstance(e, Token)]
    ends = [(e.candidate, e.reason, e.tokens) for e in events if isinstance(e, Finish)]
    assert any(isinstance(e, Prefill) for e in events)
    return [tokens, ends]


def run(engine: RemoteEngine | WorkerEngine, request: Request) -> list[object]:
    return written(list(engine.stream(request, Cancel())))


@pytest.mark.parametrize("name", ["text", "grammar"])
def test_it_writes_what_the_model_writes_here(
    engine: RemoteEngine, here: WorkerEngine, name: str
) -> None:
    assert run(engine, REQUESTS[name]) == run(here, REQUESTS[name])


def test_scores_are_those_of_the_model_here(engine: RemoteEngine, here: WorkerEngine) -> None:
    labels = ["A", "B", "C"]
    assert engine.score(TWO, labels, Cancel()) == pytest.approx(here.score(TWO, labels, Cancel()))


def test_it_tells_where_text_goes(engine: RemoteEngine, here: WorkerEngine) -> None:
    assert engine.info().address == "ssh://box"
    assert here.info().address == ""


def test_it_counts_with_the_tokenizer_of_the_model_there(
    engine: RemoteEngine, tiny_model: Path
) -> None:
    text = "def f(x): return x\n"
    assert engine.counter.count(text) == Tokenizer.load(tiny_model).count(text)


def test_it_reads_ahead(engine: RemoteEngine) -> None:
    request = Request((Message("user", "read this first"),))
    steps = list(engine.warm(request, Cancel()))
    assert steps[-1].done == steps[-1].total
    request = replace(request, samplings=(Sampling(max_tokens=1),))
    [read] = [e for e in engine.stream(request, Cancel()) if isinstance(e, Prefill)]
    assert read.cached > 0


@pytest.mark.parametrize(
    ("name", "share"),
    [("text", 0.2), ("text", 0.8), ("grammar", 0.5)],
    ids=["the first candidate", "the second", "a grammar"],
)
def test_an_answer_that_was_cut_ends_as_if_it_had_not_been(
    new: Callable[..., RemoteEngine],
    line: Line,
    uncut: dict[str, Uncut],
    name: str,
    share: float,
) -> None:
    whole = uncut[name]
    for _ in range(TRIES):  # compressed in fewer packets, an answer may end before the cut
        sent: list[Sent] = []
        line.cut_at = [whole.before + int(share * whole.size)]
        engine, connections = new(sent.append), line.connections
        events, cuts = run(engine, REQUESTS[name]), line.connections - connections
        line.cut_at = []
        engine.close()
        assert events == whole.events
        if cuts:
            break
    assert cuts == 1
    assert [each.text for each in sent] == ["[user]\nhello there"] * 2  # it went there twice


def test_an_answer_survives_the_death_of_its_connection(
    engine: RemoteEngine, box: Box, line: Line
) -> None:
    whole, connections = run(engine, LONG), line.connections
    [worker] = box.workers()
    events: list[EngineEvent] = []
    told: list[Notice] = []
    with listening(engine, told.append):
        for event in engine.stream(LONG, Cancel()):
            events.append(event)
            if len(events) == 3:
                box.cut()
    assert written(events) == whole
    assert told == [Reconnecting("box", 1), Reconnected()]
    worker.wait(30)  # nothing is left behind there
    assert run(engine, LONG) == whole
    assert line.connections == connections + 1


def test_a_line_that_drops_between_requests_is_told_too(engine: RemoteEngine, box: Box) -> None:
    whole = run(engine, TWO)
    [worker] = box.workers()
    box.cut()
    worker.wait(30)
    told: list[Notice] = []
    with listening(engine, told.append):
        assert run(engine, TWO) == whole
    assert {*told[:-1]} == {Reconnecting("box", 1)}  # twice if the drop is noticed by the request
    assert told[-1] == Reconnected()


def test_a_cancel_reaches_the_worker_there(engine: RemoteEngine) -> None:
    cancel = Cancel()
    events: list[EngineEvent] = []
    for event in engine.stream(LONG, cancel):
        events.append(event)
        if len(events) == 3:
            cancel.set()
    first, second = (e for e in events if isinstance(e, Finish))
    assert (first.reason, second.reason) == ("cancelled", "cancelled")
    assert 0 < first.tokens < 800  # the worker's own count
    assert len(events) < 800


def test_an_error_of_the_worker_there_is_an_error_here(engine: RemoteEngine) -> None:
    with pytest.raises(EngineError, match="context of 1024"):
        run(engine, Request((Message("user", "word " * 1000),)))
    assert run(engine, TWO)


def test_a_close_ends_the_worker_there(engine: RemoteEngine, box: Box) -> None:
    assert run(engine, TWO)
    [worker] = box.workers()
    engine.close()
    worker.wait(30)
    with pytest.raises(EngineError, match="closed"):
        run(engine, TWO)
