"""Requests that are interrupted: what is asked for again, and what the caller sees."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.engine.base import (
    Cancel,
    Constraint,
    EngineEvent,
    Finish,
    Message,
    Prefill,
    Request,
    Sampling,
    Thought,
    Token,
)
from assistant.engine.decoding import Candidate
from assistant.engine.local import LocalEngine
from assistant.engine.reconnecting import Notice, Reconnecting, listening
from assistant.engine.remote import engine as module
from assistant.engine.remote import faults
from assistant.engine.remote.engine import RemoteEngine
from assistant.engine.remote.host import Host
from assistant.engine.remote.link import Link, Wish
from assistant.engine.remote.received import Received
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import EngineError, WorkerDied
from tests.engine.requests import HELLO

PAIR = Request(HELLO, samplings=(Sampling(max_tokens=60), Sampling(0.9, seed=4, max_tokens=60)))
DROP = faults.LineDropped("The line dropped.")


@pytest.fixture(scope="module")
def local(tiny_model: Path) -> Iterator[LocalEngine]:
    engine = LocalEngine.load(tiny_model, threads=1, context_tokens=1024)
    yield engine
    engine.close()


@pytest.mark.parametrize(
    "request_",
    [
        PAIR,
        Request(HELLO, samplings=(Sampling(1.5, seed=8, max_tokens=60, stop=("e",)),)),
        Request(HELLO, "é", (Sampling(1.2, seed=3, max_tokens=60),), draft="def add(a, b):"),
        Request(
            HELLO,
            samplings=(Sampling(1.0, seed=2, max_tokens=60),),
            constraint=Constraint("regex", r"(ab|cd)+(é|x){3}y"),
        ),
    ],
    ids=["two candidates", "stop string", "draft", "grammar"],
)
def test_from_any_event_on_the_rest_is_the_same(local: LocalEngine, request_: Request) -> None:
    whole = visible(list(local.stream(request_, Cancel())))
    assert len(whole) > 3
    for cut in range(0, len(whole), 7):
        received = Received(request_)
        events = take(received, list(local.stream(request_, Cancel())), cut)
        events += take(received, list(local.stream(received.rest(), Cancel())))
        assert visible(events) == whole
        assert received.complete


def take(
    received: Received, events: list[EngineEvent], tokens: int | None = None
) -> list[EngineEvent]:
    """What is passed on of the events, up to so many tokens and ends."""
    found: list[EngineEvent] = []
    for event in events:
        if tokens is not None and len(visible(found)) == tokens:
            break
        taken = received.take(event)
        found += [taken] if taken is not None else []
    return found


def visible(events: list[EngineEvent]) -> list[object]:
    """Tokens and ends, without times and speed."""
    return [
        (e.candidate, e.id, e.text) if isinstance(e, Token) else (e.candidate, e.reason, e.tokens)
        for e in events
        if not isinstance(e, Prefill)
    ]


def test_the_progress_of_a_prompt_that_was_read_is_not_shown_again() -> None:
    received = Received(PAIR)
    assert received.take(Prefill(5, 9, 0)) == Prefill(5, 9, 0)
    received.rest()
    assert received.take(Prefill(5, 9, 5)) == Prefill(5, 9, 5)
    assert received.take(Prefill(9, 9, 5)) == Prefill(9, 9, 5)
    received.rest()
    assert received.take(Prefill(9, 9, 9)) is None


def test_reasoning_that_was_passed_on_is_not_passed_on_again() -> None:
    received = Received(PAIR)
    assert received.take(Thought("a")) == Thought("a")
    received.rest()
    assert received.take(Thought("a")) is None
    assert received.take(Thought("b")) == Thought("b")
    received.rest()
    assert [received.take(Thought(each)) for each in "abc"] == [None, None, Thought("c")]


class Flaky:
    """Plays the client: each request gets the next of these lists of events, then the line drops
    unless the last of them is a Finish."""

    def __init__(self, *plays: list[EngineEvent] | Exception) -> None:
        self._plays = iter(plays)
        self.asked: list[Request] = []

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        self.asked.append(request)
        play = next(self._plays)
        if isinstance(play, Exception):
            raise play
        yield from play
        if not isinstance(play[-1], Finish):
            raise DROP

    warm = stream


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., tuple[RemoteEngine, Flaky]]:
    def make(
        *plays: list[EngineEvent] | Exception, **options: object
    ) -> tuple[RemoteEngine, Flaky]:
        link = Link(Host("box"), Wish("", 1024), tmp_path)
        engine = RemoteEngine(link, **{"delays": (0.0, 0.0), **options})  # type: ignore[arg-type]
        flaky = Flaky(*plays)
        engine._client = flaky  # type: ignore[assignment]
        return engine, flaky

    return make


Made = Callable[..., tuple[RemoteEngine, Flaky]]
ONE = Request((Message("user", "x"),))


def token(number: int) -> Token:
    return Token(0, f"t{number}", -1.0, 1.0, id=number)


END = Finish(0, "stop", 1, 9, 0.1)


def test_a_line_that_drops_after_each_token_still_brings_the_answer(made: Made) -> None:
    plays = [[token(at) for at in range(count)] for count in range(1, 9)]
    engine, flaky = made(*plays, [*plays[-1], END])
    events = list(engine.stream(ONE, Cancel()))
    assert [e.id for e in events if isinstance(e, Token)] == list(range(8))
    assert [each.resumed for each in flaky.asked] == [tuple(range(n)) for n in range(9)]
    assert events[-1] == END


def test_without_progress_the_attempts_are_bounded(made: Made) -> None:
    engine, flaky = made(*[[token(0)]] * 9)
    with pytest.raises(WorkerDied, match="dropped 3 times in a row"):
        list(engine.stream(ONE, Cancel()))
    assert len(flaky.asked) == 3


def test_other_errors_are_not_repeated(made: Made) -> None:
    engine, flaky = made(EngineError("no"))
    with pytest.raises(EngineError, match="no"):
        list(engine.stream(ONE, Cancel()))
    assert len(flaky.asked) == 1


def test_a_cancel_ends_the_wait_for_the_line(made: Made) -> None:
    cancel = Cancel()
    engine, _ = made([token(0)], delays=(600.0,))
    with listening(engine, lambda notice: threading.Thread(target=cancel.set).start()):
        events = list(engine.stream(PAIR, cancel))
    assert [type(each) for each in events] == [Token, Finish, Finish]
    assert [(e.candidate, e.reason) for e in events if isinstance(e, Finish)] == [
        (0, "cancelled"),
        (1, "cancelled"),
    ]


def test_each_attempt_is_told_until_a_token_arrives(made: Made) -> None:
    engine, _ = made(DROP, DROP, [token(0)], [token(0), token(1), END], delays=(0.0,) * 3)
    told: list[Notice] = []
    with listening(engine, told.append):
        list(engine.stream(ONE, Cancel()))
    assert told == [Reconnecting("box", 1), Reconnecting("box", 2), Reconnecting("box", 1)]


def test_no_one_is_told_afterwards(made: Made) -> None:
    engine, _ = made(DROP, [END], DROP, [END])
    told: list[Notice] = []
    with pytest.raises(KeyError), listening(engine, told.append):
        raise KeyError
    list(engine.stream(ONE, Cancel()))
    assert told == []


def test_an_engine_without_a_connection_has_nothing_to_tell() -> None:
    with listening(ScriptedEngine(), lambda notice: pytest.fail("told")):
        pass


def test_reading_ahead_ends_quietly_with_the_line(made: Made) -> None:
    engine, _ = made([Prefill(1, 2, 0)])
    assert list(engine.warm(ONE, Cancel())) == [Prefill(1, 2, 0)]


def test_the_waits_grow_and_end() -> None:
    assert list(module.DELAYS) == sorted(module.DELAYS)
    assert 20 < sum(module.DELAYS) < 60


def test_resumed_tokens_are_taken_even_if_the_model_would_choose_others(
    local: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ids(request: Request) -> list[int]:
        return [e.id for e in local.stream(request, Cancel()) if isinstance(e, Token)]

    greedy = Request(HELLO, samplings=(Sampling(max_tokens=60),))
    other = ids(Request(HELLO, samplings=(Sampling(1.5, seed=8, max_tokens=50),)))
    assert len(other) == 50
    assert ids(greedy)[:50] != other
    passes: list[None] = []
    look_ahead = Candidate._look_ahead
    monkeypatch.setattr(
        Candidate, "_look_ahead", lambda self: (passes.append(None), look_ahead(self))[1]
    )
    found = ids(replace(greedy, resumed=tuple(other)))
    assert found[:50] == other
    assert 0 < len(found) - 50 <= 10
    assert len(passes) <= 2 + len(found) - 50  # two passes read all of what is resumed
