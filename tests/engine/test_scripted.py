"""The scripted engine honours the contract of the Engine protocol."""

import math
import subprocess
import sys

import pytest

from assistant.engine.base import (
    Cancel,
    Completion,
    Constraint,
    Engine,
    EngineEvent,
    Finish,
    Message,
    Prefill,
    Request,
    Sampling,
    Token,
    gather,
)
from assistant.engine.scripted import Answer, ScriptedEngine, split_pieces
from assistant.errors import Cancelled, EngineError, WorkerDied

HELLO = (Message("system", "You are terse."), Message("user", "Say hello."))


def run(engine: Engine, request: Request, cancel: Cancel | None = None) -> list[EngineEvent]:
    return list(engine.stream(request, cancel or Cancel()))


def completions(events: list[EngineEvent], count: int = 1) -> list[Completion]:
    found = [Completion() for _ in range(count)]
    for event in events:
        if not isinstance(event, Prefill):
            gather(found[event.candidate], event)
    return found


def test_answers_are_streamed_in_order() -> None:
    engine = ScriptedEngine(["Hello, world.\n", "Bye."])
    events = run(engine, Request(HELLO))
    [first] = completions(events)
    assert first.text == "Hello, world.\n"
    assert len(first.pieces) > 3
    assert isinstance(events[0], Prefill)
    assert isinstance(events[-1], Finish)
    assert events[-1].reason == "stop"
    assert completions(run(engine, Request(HELLO)))[0].text == "Bye."
    assert engine.requests == [Request(HELLO)] * 2


def test_the_same_script_gives_the_same_events() -> None:
    request = Request(HELLO, draft="def add(a, b):\n")
    one, two = (ScriptedEngine(["def add(a, b):\n    return a + b\n"]) for _ in range(2))
    assert run(one, request) == run(two, request)


def test_an_exhausted_script_is_an_error() -> None:
    with pytest.raises(EngineError, match="only 0 replies"):
        run(ScriptedEngine([]), Request(HELLO))


def test_an_empty_reply_is_an_error() -> None:
    with pytest.raises(EngineError, match="empty"):
        run(ScriptedEngine([[]]), Request(HELLO))


def test_a_scripted_error_is_raised_and_the_next_request_works() -> None:
    engine = ScriptedEngine([WorkerDied("killed"), "fine"])
    with pytest.raises(WorkerDied):
        run(engine, Request(HELLO))
    assert completions(run(engine, Request(HELLO)))[0].text == "fine"


def test_a_function_receives_the_request() -> None:
    engine = ScriptedEngine(lambda request: request.messages[-1].content.upper())
    assert completions(run(engine, Request(HELLO)))[0].text == "SAY HELLO."


def test_the_opening_is_not_repeated() -> None:
    engine = ScriptedEngine(["def f():\n    pass\n", "    pass\n"])
    request = Request(HELLO, opening="def f():\n")
    texts = [completions(run(engine, request))[0].text for _ in range(2)]
    assert texts == ["    pass\n", "    pass\n"]


def test_the_text_ends_before_the_first_stop() -> None:
    engine = ScriptedEngine(["one\n```\ntwo END three"])
    request = Request(HELLO, samplings=(Sampling(stop=("END", "```")),))
    assert completions(run(engine, request))[0].text == "one\n"


def test_the_token_limit_is_kept() -> None:
    engine = ScriptedEngine(["one two three four"])
    events = run(engine, Request(HELLO, samplings=(Sampling(max_tokens=2),)))
    assert completions(events)[0].text == "one two"
    assert isinstance(events[-1], Finish)
    assert (events[-1].reason, events[-1].tokens) == ("length", 2)


def test_each_candidate_has_its_own_answer_and_finish() -> None:
    engine = ScriptedEngine([["one", Answer("two", logprob=-3.0, reason="repetition")]])
    request = Request(HELLO, samplings=(Sampling(), Sampling(0.8, seed=1), Sampling(0.8, seed=2)))
    found = completions(run(engine, request), 3)
    assert [each.text for each in found] == ["one", "two", "two"]
    assert found[1].mean_logprob == -3.0
    assert found[1].finish is not None
    assert found[1].finish.reason == "repetition"


def test_a_cancel_ends_every_candidate() -> None:
    cancel = Cancel()

    def stop_at_first_token(event: EngineEvent) -> None:
        if isinstance(event, Token):
            cancel.set()

    engine = ScriptedEngine(["one two three"], before=stop_at_first_token)
    request = Request(HELLO, samplings=(Sampling(), Sampling(0.8)))
    events = run(engine, request, cancel)
    finishes = [event for event in events if isinstance(event, Finish)]
    assert [finish.reason for finish in finishes] == ["cancelled", "cancelled"]
    assert sum(isinstance(event, Token) for event in events) == 1


def test_the_prefix_of_an_earlier_request_counts_as_cached() -> None:
    engine = ScriptedEngine(["a", "b"])
    list(engine.warm(Request(HELLO), Cancel()))
    prefill = next(event for event in run(engine, Request(HELLO)) if isinstance(event, Prefill))
    assert prefill.cached == prefill.total - 1
    assert prefill.done == prefill.total


def test_a_long_prompt_is_prefilled_in_chunks() -> None:
    engine = ScriptedEngine(["a"])
    request = Request((Message("user", "word " * 1000),))
    done = [event.done for event in run(engine, request) if isinstance(event, Prefill)]
    assert len(done) > 2
    assert done == sorted(set(done))


def test_prompt_and_reply_must_fit_the_context() -> None:
    engine = ScriptedEngine(["a"], context_tokens=100)
    with pytest.raises(EngineError, match="100"):
        run(engine, Request(HELLO, samplings=(Sampling(max_tokens=99),)))


def test_scores_are_normalized() -> None:
    request = Request(HELLO)
    uniform = ScriptedEngine().score(request, ["A", "B"], Cancel())
    assert uniform == pytest.approx((math.log(0.5), math.log(0.5)))
    engine = ScriptedEngine(scores={"B": -0.1})
    scores = engine.score(request, ["A", "B"], Cancel())
    assert scores[1] > scores[0]
    assert sum(map(math.exp, scores)) == pytest.approx(1.0)
    assert engine.scored == [(request, ("A", "B"))]
    by_function = ScriptedEngine(scores=lambda request, labels: [-9.0, -1.0])
    assert by_function.score(request, ["A", "B"], Cancel())[1] > -0.01


def test_a_cancelled_score_raises() -> None:
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        ScriptedEngine().score(Request(HELLO), ["A"], cancel)


@pytest.mark.parametrize(
    "text", ["", "a\n\n b\t\n", "日本語 のテスト…", "x" * 99, "\r\n\x00\u00a0é"]
)
def test_pieces_join_to_the_text(text: str) -> None:
    assert "".join(split_pieces(text)) == text


def test_info_and_close() -> None:
    engine = ScriptedEngine()
    assert engine.info().model == "scripted"
    engine.close()
    engine.close()
    assert engine.closed


def test_an_answer_that_violates_the_constraint_is_an_error() -> None:
    request = Request(HELLO, opening="> ", constraint=Constraint("regex", "(yes|no)\\.?"))
    engine = ScriptedEngine(["> yes.", "perhaps", "n", Answer("n", reason="length"), "yes. No"])
    assert completions(run(engine, request))[0].text == "yes."
    with pytest.raises(EngineError, match="violates its regex at byte 0"):
        run(engine, request)
    with pytest.raises(EngineError, match="at byte 1"):
        run(engine, request)
    assert completions(run(engine, request))[0].text == "n"
    with pytest.raises(EngineError, match="at byte 4"):
        run(engine, request)


def test_an_invalid_constraint_is_an_error() -> None:
    with pytest.raises(EngineError, match="regex constraint is invalid"):
        run(ScriptedEngine(["x"]), Request(HELLO, constraint=Constraint("regex", "(x")))


def test_the_scripted_engine_does_not_import_torch() -> None:
    code = (
        "import sys\n"
        "from assistant.engine.base import *\n"
        "from assistant.engine.scripted import ScriptedEngine\n"
        "request = Request((Message('user', 'x'),), constraint=Constraint('regex', 'y'))\n"
        "list(ScriptedEngine(['y']).stream(request, Cancel()))\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
