"""Recording an engine's answers and replaying them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.engine import recorded
from assistant.engine.base import (
    Cancel,
    EngineEvent,
    Finish,
    Message,
    Prefill,
    Request,
    Sampling,
    Token,
)
from assistant.engine.recorded import RecordedEngine
from assistant.engine.scripted import Answer, ScriptedEngine
from assistant.errors import EngineError

HELLO = (Message("system", "You are terse."), Message("user", "Say hello."))
GREEDY, SAMPLED, THIRD = Sampling(), Sampling(0.7, seed=1), Sampling(0.9, seed=2)
BOTH = Request(HELLO, samplings=(GREEDY, SAMPLED))

Record = Callable[..., RecordedEngine]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Opens the recording over an engine; the file is the same for every call of a test."""
    return lambda engine: RecordedEngine(engine, tmp_path / "answers" / "recorded.jsonl")


def silent() -> ScriptedEngine:
    """An engine that fails when it is asked for text."""
    return ScriptedEngine([])


def run(
    engine: RecordedEngine, request: Request, cancel: Cancel | None = None
) -> list[EngineEvent]:
    return list(engine.stream(request, cancel or Cancel()))


def text_of(events: list[EngineEvent], candidate: int) -> str:
    return "".join(e.text for e in events if isinstance(e, Token) and e.candidate == candidate)


def test_a_second_run_asks_the_engine_nothing_and_gives_the_same_events(record: Record) -> None:
    inner = ScriptedEngine([["Hello, world.\n", "Hi."]])
    live = run(record(inner), BOTH)
    assert text_of(live, 0) == "Hello, world.\n"
    assert text_of(live, 1) == "Hi."
    assert live == run(ScriptedEngine([["Hello, world.\n", "Hi."]]), BOTH), "nothing is changed"
    again = silent()
    replay = record(again)
    assert run(replay, BOTH) == live
    assert again.requests == []
    assert replay.generated == 0


def test_one_run_replays_what_it_recorded_itself(record: Record) -> None:
    inner = ScriptedEngine([["Hello.", "Hi."]])
    engine = record(inner)
    assert run(engine, BOTH) == run(engine, BOTH)
    assert len(inner.requests) == 1
    assert engine.generated == 2


def test_every_event_is_replayed_whatever_its_kind(record: Record) -> None:
    answers = [Answer("a \udcff é \u2028", logprob=-0.25), Answer("cut", reason="length")]
    request = Request(HELLO, samplings=(GREEDY, SAMPLED), draft="cut")
    live = run(record(ScriptedEngine([answers])), request)
    assert {type(event) for event in live} == {Prefill, Token, Finish}
    assert run(record(silent()), request) == live


def test_an_unknown_sampling_is_generated_and_recorded(record: Record) -> None:
    run(record(ScriptedEngine([["Hello.", "Hi."]])), BOTH)
    more = Request(HELLO, samplings=(GREEDY, SAMPLED, THIRD))
    inner = ScriptedEngine(["Good day."])
    engine = record(inner)
    events = run(engine, more)
    assert [text_of(events, number) for number in range(3)] == ["Hello.", "Hi.", "Good day."]
    assert [e.candidate for e in events if isinstance(e, Finish)] == [0, 1, 2]
    (asked,) = inner.requests
    assert asked.samplings == (THIRD,), "what is recorded is not generated again"
    assert engine.generated == 1
    replayed = run(record(silent()), more)
    assert [e for e in replayed if not isinstance(e, Prefill)] == [
        e for e in events if not isinstance(e, Prefill)
    ]


def test_candidates_are_replayed_in_another_order_and_number(record: Record) -> None:
    run(record(ScriptedEngine([["Hello.", "Hi."]])), BOTH)
    engine = record(silent())
    swapped = run(engine, Request(HELLO, samplings=(SAMPLED, GREEDY)))
    assert [text_of(swapped, number) for number in range(2)] == ["Hi.", "Hello."]
    alone = run(engine, Request(HELLO, samplings=(SAMPLED,)))
    assert text_of(alone, 0) == "Hi."
    assert [e.candidate for e in alone if isinstance(e, Finish)] == [0]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Request((*HELLO, Message("user", "Again.")), samplings=(GREEDY,)), id="words"),
        pytest.param(Request(HELLO, samplings=(Sampling(seed=9),)), id="seed"),
        pytest.param(Request(HELLO, samplings=(Sampling(max_tokens=9),)), id="limit"),
        pytest.param(Request(HELLO, samplings=(Sampling(stop=("!",)),)), id="stop"),
        pytest.param(Request(HELLO, "H", samplings=(GREEDY,)), id="opening"),
    ],
)
def test_what_changes_the_answer_is_a_request_of_its_own(record: Record, other: Request) -> None:
    run(record(ScriptedEngine(["Hello."])), Request(HELLO))
    with pytest.raises(EngineError, match="replies"):
        run(record(silent()), other)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Request(HELLO, draft="Hello."), id="draft"),
        pytest.param(Request(HELLO, drafting=False), id="drafting"),
        pytest.param(Request(HELLO, wants_all=True), id="all together"),
    ],
)
def test_what_only_changes_the_speed_is_the_same_request(record: Record, other: Request) -> None:
    run(record(ScriptedEngine(["Hello."])), Request(HELLO))
    assert text_of(run(record(silent()), other), 0) == "Hello."


def test_temporary_folders_durations_and_addresses_do_not_matter(record: Record) -> None:
    said = "1 failed in {} in /tmp/assistant-check-{}/a.py: <object at {}>"
    one = (Message("user", said.format("0.21s", "abcdef12", "0x7f00aa10")),)
    other = (Message("user", said.format("3.07 s", "zyxwvu98", "0x7f11bb20")),)
    run(record(ScriptedEngine(["Hello."])), Request(one))
    assert text_of(run(record(silent()), Request(other)), 0) == "Hello."


def test_scores_are_recorded_by_their_labels(record: Record) -> None:
    inner = ScriptedEngine(scores={"A": -1.0, "B": -2.0})
    engine = record(inner)
    live = engine.score(Request(HELLO), ("A", "B"), Cancel())
    assert live == inner.score(Request(HELLO), ("A", "B"), Cancel())
    again = ScriptedEngine(scores={"A": -2.0, "B": -1.0})
    replay = record(again)
    assert replay.score(Request(HELLO), ("A", "B"), Cancel()) == live
    assert again.scored == []
    assert len(replay.score(Request(HELLO), ("A", "B", "C"), Cancel())) == 3
    assert [labels for _, labels in again.scored] == [("A", "B", "C")]


def test_what_is_known_of_the_model_is_recorded(record: Record) -> None:
    live = record(ScriptedEngine(context_tokens=4096, can_infill=True)).info()
    assert live.context_tokens == 4096
    other = ScriptedEngine(context_tokens=100)
    assert record(other).info() == live


def test_nothing_is_read_ahead(record: Record) -> None:
    inner = ScriptedEngine()
    assert list(record(inner).warm(Request(HELLO), Cancel())) == []
    assert inner.warmed == []


def test_close_closes_the_engine(record: Record) -> None:
    inner = ScriptedEngine()
    record(inner).close()
    assert inner.closed


def is_cancelled(events: list[EngineEvent]) -> bool:
    finishes = [event for event in events if isinstance(event, Finish)]
    return bool(finishes) and finishes[-1].reason == "cancelled" and events[-1] is finishes[-1]


def cancelled_after_a_token(engine: RecordedEngine, request: Request) -> list[EngineEvent]:
    cancel, events = Cancel(), []
    for event in engine.stream(request, cancel):
        events.append(event)
        if isinstance(event, Token):
            cancel.set()
    return events


def test_a_cancelled_stream_ends_with_a_cancelled_finish_and_is_not_recorded(
    record: Record,
) -> None:
    live = cancelled_after_a_token(record(ScriptedEngine(["Hello, world."])), Request(HELLO))
    assert is_cancelled(live)
    whole = run(record(ScriptedEngine(["Hello, world."])), Request(HELLO))
    assert text_of(whole, 0) == "Hello, world.", "the half of it is not what is replayed"


def test_a_replay_that_is_cancelled_before_it_begins_gives_only_cancelled_finishes(
    record: Record,
) -> None:
    run(record(ScriptedEngine([["Hello.", "Hi."]])), BOTH)
    cancel = Cancel()
    cancel.set()
    events = run(record(silent()), BOTH, cancel)
    assert [(e.candidate, e.reason) for e in events if isinstance(e, Finish)] == [
        (0, "cancelled"),
        (1, "cancelled"),
    ]
    assert len(events) == 2


@pytest.mark.parametrize("request_", [Request(HELLO), BOTH], ids=["one", "two"])
def test_a_replay_that_is_cancelled_on_the_way_ends_with_a_cancelled_finish(
    record: Record, request_: Request
) -> None:
    run(record(ScriptedEngine([["Hello, world.", "Hi."]])), request_)
    events = cancelled_after_a_token(record(silent()), request_)
    assert is_cancelled(events)
    assert text_of(events, 0) == "Hello", "it stops where the cancel came"


def test_a_stream_that_is_closed_early_keeps_the_complete_candidates(record: Record) -> None:
    """A task that has enough closes its stream; another run may want the rest."""
    inner = ScriptedEngine([["Hello.", "Hi."]])
    stream = record(inner).stream(BOTH, Cancel())
    next(event for event in stream if isinstance(event, Finish))
    stream.close()
    rest = ScriptedEngine(["Hi."])
    events = run(record(rest), BOTH)
    assert [text_of(events, number) for number in range(2)] == ["Hello.", "Hi."]
    assert [asked.samplings for asked in rest.requests] == [(SAMPLED,)]


def test_the_time_that_was_saved_is_counted(record: Record) -> None:
    live = record(ScriptedEngine(["Hello."]))
    run(live, Request(HELLO))
    assert live.saved_seconds == 0
    replay = record(silent())
    run(replay, Request(HELLO))
    assert replay.saved_seconds > 0


def test_a_request_that_was_interrupted_is_replayed_like_any_other() -> None:
    plain = Request((Message("user", "x"),), samplings=(Sampling(),))
    interrupted = replace(plain, resumed=(1, 2))
    assert recorded._key(plain, plain.samplings[0]) == recorded._key(interrupted, Sampling())
