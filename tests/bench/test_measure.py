"""What is timed: with scripted replies and a fake clock, and once through the real worker."""

import threading

import pytest

from assistant.bench.measure import measure, timed
from assistant.bench.workload import bundled, workload
from assistant.engine.base import Cancel, Finish, Message, Prefill, Request, Sampling, Token
from assistant.engine.client import WorkerEngine
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import Cancelled, EngineError
from assistant.settings import Settings

ANSWER = "def plan_orders(stock, today):\n    return []\n"


class Clock:
    """Advances only by the cost of an engine's events."""

    now = 0.0

    def __call__(self):
        return self.now

    def before(self, event):
        match event:
            case Prefill():
                self.now += 2.0
            case Token():
                self.now += 0.5


def opener(engines, clock, reply=ANSWER):
    def open_engine():
        engines.append(ScriptedEngine(lambda request: reply, before=clock.before))
        return engines[-1]

    return open_engine


def run(clock, engines, *, reply=ANSWER, cancel=None, notice=lambda text: None, **options):
    return measure(
        opener(engines, clock, reply), bundled(), cancel or Cancel(), notice, clock=clock, **options
    )


def test_every_engine_is_closed_and_the_rounds_run_on_the_last():
    engines, notices = [], []
    found = run(Clock(), engines, loads=2, rounds=3, notice=notices.append)
    assert (len(found.loads), len(found.rounds)) == (2, 3)
    assert [engine.closed for engine in engines] == [True, True]
    assert [len(engine.requests) for engine in engines] == [1, 1 + 3 * 3]
    assert notices == [
        "Loading the model, 1 of 2",
        "Loading the model, 2 of 2",
        *(f"Running requests, round {number} of 3" for number in (1, 2, 3)),
    ]


def test_times_are_from_the_request_to_each_event():
    clock = Clock()
    engine = ScriptedEngine(["one two three"], before=clock.before)
    clock.now = 100.0
    request = Request((Message("user", "word " * 600),), samplings=(Sampling(),))
    timing = timed(engine, request, Cancel(), clock)
    chunks = 3  # of 256 words
    assert (timing.read, timing.first, timing.last) == (2.0 * chunks, 6.5, 7.5)
    assert timing.text == "one two three"
    assert timing.read_rate == timing.prompt / 6.0
    assert timing.written_rate == 2 / 1.0


def test_cached_tokens_do_not_count_as_read():
    engine = ScriptedEngine(["a", "a"])
    request = Request((Message("user", "word " * 600),))
    first, second = (timed(engine, request, Cancel()) for _ in range(2))
    assert (first.prompt > 600, second.prompt) == (True, 1)


def test_rounds_share_no_prompt_but_the_edit_shares_the_context():
    engines = []
    run(Clock(), engines, loads=1, rounds=2)
    _, question, edit, plain, other, *_ = engines[0].requests
    assert question.messages[0] == edit.messages[0] == plain.messages[0] != other.messages[0]
    assert other.messages[0].content.startswith("Session 2.")
    shared = bundled().text
    assert shared in question.messages[1].content
    assert shared in edit.messages[1].content
    assert [each.drafting for each in (question, edit, plain)] == [False, True, False]
    assert edit.draft == plain.draft
    assert edit.draft.startswith("def plan_orders(")


def test_a_single_token_has_no_rate():
    engine = ScriptedEngine(["word"])
    timing = timed(engine, Request((Message("user", "x"),)), Cancel())
    with pytest.raises(EngineError, match="after 1 tokens"):
        _ = timing.written_rate


def test_a_stop_between_tokens_closes_the_engine():
    cancel, engines, clock = Cancel(), [], Clock()

    def stop(event):
        if isinstance(event, Token):
            cancel.set()

    clock.before = stop
    with pytest.raises(Cancelled):
        run(clock, engines, cancel=cancel)
    assert engines[0].closed


def test_a_stop_while_the_model_loads_does_not_wait_for_it():
    closed, cancel = threading.Event(), Cancel()

    class Loading(ScriptedEngine):
        def info(self):
            cancel.set()
            assert closed.wait(20)
            raise EngineError("gone")

        def close(self):
            closed.set()

    with pytest.raises(Cancelled):
        measure(Loading, bundled(), cancel, lambda text: None)


def test_a_missing_finish_is_an_error():
    class Mute(ScriptedEngine):
        def stream(self, request, cancel):
            yield Prefill(1, 1, 0)

    with pytest.raises(EngineError, match="without a finish event"):
        timed(Mute(), Request((Message("user", "x"),)), Cancel())


def test_engine_errors_propagate_and_close_it():
    engines = []
    with pytest.raises(EngineError, match="no room"):
        run(Clock(), engines, reply=EngineError("no room"))
    assert engines[0].closed


def test_drafting_changes_no_text_in_the_real_worker(tiny_model, tmp_path):
    text = "import os\n\n\ndef add(a, b):\n    c = a + b\n    return c\n"
    settings = Settings(context_tokens=2048, threads=1, cache_dir=tmp_path)
    found = measure(
        lambda: WorkerEngine(tiny_model, settings),
        workload("a.py", text, "add", written=8),
        Cancel(),
        lambda text: None,
        loads=1,
        rounds=1,
    )
    assert found.info.model == "tiny"
    assert found.info.peak_bytes >= found.info.memory_bytes > 10**7
    (once,) = found.rounds
    assert once.edit.text == once.plain_edit.text
    assert (once.question.drafted, once.plain_edit.drafted) == (0, 0)
    assert once.question.prompt > once.edit.prompt > once.plain_edit.prompt == 1
    assert 0 < found.loads[0].ready < found.loads[0].first
    assert once.question.read <= once.question.first <= once.question.last


def test_a_finish_at_the_token_limit_is_a_result():
    engine = ScriptedEngine(["a b c d e f"])
    request = Request((Message("user", "x"),), samplings=(Sampling(max_tokens=3),))
    events = list(engine.stream(request, Cancel()))
    assert isinstance(events[-1], Finish)
    again = ScriptedEngine(["a b c d e f"])
    assert timed(again, request, Cancel()).tokens == 3
