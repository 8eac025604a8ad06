"""The engine on llama.cpp's own server with the real 0.5B."""

import time
from dataclasses import replace

import pytest

from assistant.engine.base import (
    Cancel,
    Constraint,
    Finish,
    Message,
    Prefill,
    Request,
    Sampling,
    SourceFile,
    Token,
)
from assistant.engine.server.abilities import Ability, Kind
from assistant.engine.server.address import Address
from assistant.engine.server.connection import Connection
from assistant.engine.server.engine import ServerEngine
from assistant.engine.server.probing import probe
from assistant.errors import EngineError
from tests.engine.requests import reason, run
from tests.llama_server import CONTEXT, SLOTS, LlamaServer, gguf

pytestmark = pytest.mark.weights

BROKEN = "def add(a, b):\n    return a - b\n"
ASKED = (
    Message("system", "You repair code."),
    Message("user", f"add returns the wrong value:\n\n```python\n{BROKEN}```\nWrite it again."),
)
OPENING = "```python\ndef add(a, b):\n"
STOP = ("\n```",)


def engine_of(server: LlamaServer) -> ServerEngine:
    connection = Connection(Address.parse(server.url))
    return ServerEngine(connection, probe(connection), context_tokens=CONTEXT)


def until_idle(server: LlamaServer) -> None:
    deadline = time.monotonic() + 60
    while server.busy():
        assert time.monotonic() < deadline, "the server goes on with a cancelled request"


def test_it_is_asked_what_it_can(llama_server):
    server = probe(Connection(Address.parse(llama_server.url)))
    assert server.kind is Kind.LLAMA_CPP
    assert server.abilities == frozenset(Ability)
    assert (server.context_tokens, server.slots) == (CONTEXT, SLOTS)


def test_an_opening_is_continued_and_the_prompt_is_cached(llama_server):
    engine = engine_of(llama_server)
    samplings = (Sampling(max_tokens=24, stop=STOP), Sampling(0.7, seed=3, max_tokens=8, stop=STOP))
    request = Request(ASKED, OPENING, samplings)
    first, second = run(engine, request)
    assert first.text.strip().startswith("return a + b")
    assert reason(first) == "stop"
    assert second.finish is not None
    known = [value for value in first.logprobs if value is not None]
    assert len(known) == len(first.pieces)
    assert all(value <= 0 for value in known)
    again = [each for each in engine.stream(request, Cancel()) if isinstance(each, Prefill)]
    assert again[-1].cached > again[-1].total // 2
    assert run(engine, request)[0].text == first.text


def test_a_prompt_is_read_ahead(llama_server):
    engine = engine_of(llama_server)
    asked = Request((Message("user", "Three words: " + "one two three " * 12),))
    steps = list(engine.warm(asked, Cancel()))
    assert steps[-1].done == steps[-1].total
    short = replace(asked, samplings=(Sampling(max_tokens=1),))
    read = [each for each in engine.stream(short, Cancel()) if isinstance(each, Prefill)]
    assert read[-1].cached > read[-1].total // 2


def test_a_grammar_holds(llama_server):
    grammar = Constraint("lark", 'start: "edit " ("a.py" | "b.py") ": " SENTENCE\n'
                                 "SENTENCE: /[A-Z][a-z ]{3,20}\\./\n")  # fmt: skip
    asked = Request(
        (Message("user", "What should change in a.py? Answer in one line."),),
        samplings=(Sampling(max_tokens=16),),
        constraint=grammar,
    )
    (found,) = run(engine_of(llama_server), asked)
    assert found.text.startswith(("edit a.py: ", "edit b.py: "))


def test_labels_are_scored(llama_server):
    asked = Request((Message("user", "Say the letter B, and nothing else."),))
    first, second = engine_of(llama_server).score(asked, ["A", "B"], Cancel())
    assert second > first


def test_a_file_is_filled_in(llama_server):
    files = (SourceFile("calc.py", "def add(a, b):\n    return "),)
    asked = Request((), files=files, suffix="\n", samplings=(Sampling(max_tokens=6),))
    (found,) = run(engine_of(llama_server), asked)
    assert found.text.startswith("a + b")


@pytest.mark.parametrize("when", [Prefill, Token])
def test_a_cancel_frees_the_slot(llama_server, when):
    engine, cancel = engine_of(llama_server), Cancel()
    words = " ".join(f"{when.__name__}{number}" for number in range(30))
    asked = Request((Message("user", words),), samplings=(Sampling(max_tokens=400),))
    last = None
    for last in engine.stream(asked, cancel):
        if isinstance(last, when):
            cancel.set()
    assert isinstance(last, Finish)
    assert last.reason == "cancelled"
    until_idle(llama_server)
    short = Request((Message("user", "Hi"),), samplings=(Sampling(max_tokens=1),))
    assert reason(run(engine, short)[0]) == "length"


def test_what_exceeds_the_context_is_refused_by_both_sides(llama_server):
    connection = Connection(Address.parse(llama_server.url))
    long = Request((Message("user", "word " * 3000),), samplings=(Sampling(max_tokens=8),))
    with pytest.raises(EngineError, match=f"more than the context of {CONTEXT} tokens"):
        run(engine_of(llama_server), long)
    trusting = ServerEngine(connection, probe(connection), context_tokens=100_000)
    with pytest.raises(EngineError, match="does not fit the context"):
        run(trusting, long)
    short = Request((Message("user", "Hi"),), samplings=(Sampling(max_tokens=1),))
    assert reason(run(trusting, short)[0]) == "length"


def test_a_server_that_is_killed_in_the_middle_costs_one_request():
    pytest.importorskip("xllamacpp")
    server = LlamaServer(gguf())
    try:
        engine = engine_of(server)
        asked = Request((Message("user", "Count to a hundred."),))
        events = engine.stream(asked, Cancel())
        while not isinstance(next(events), Token):
            pass
        server.kill()
        with pytest.raises(EngineError, match="ended before it was complete") as caught:
            list(events)
        assert "try again" in caught.value.hint
        with pytest.raises(EngineError, match="connection was refused"):
            run(engine, asked)
    finally:
        server.close()
