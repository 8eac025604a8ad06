"""The engine on a real vLLM, whatever its model: `make test-vllm VLLM=http://127.0.0.1:8000`.

Not part of `make test`: vLLM needs an environment of its own.
"""

import os
import re
import time
from urllib.request import urlopen

import pytest

from assistant.engine.base import Cancel, Constraint, Finish, Message, Request, Sampling, Token
from assistant.engine.server.abilities import Ability, Kind
from assistant.engine.server.address import Address
from assistant.engine.server.connection import Connection
from assistant.engine.server.engine import ServerEngine
from assistant.engine.server.probing import probe
from assistant.errors import EngineError
from assistant.solving.events import Verb
from assistant.tasks.plan import plan_grammar
from tests.engine.requests import reason, run

URL = os.environ.get("ASSISTANT_TEST_VLLM", "")
USER = (Message("user", "Answer in one line: what is a sum?"),)

pytestmark = pytest.mark.skipif(not URL, reason="ASSISTANT_TEST_VLLM names no server")


@pytest.fixture
def engine() -> ServerEngine:
    connection = Connection(Address.parse(URL))
    server = probe(connection)
    return ServerEngine(connection, server, context_tokens=server.context_tokens)


def test_it_is_asked_what_it_can(engine):
    server = probe(Connection(Address.parse(URL)))
    assert server.kind is Kind.VLLM
    assert server.context_tokens > 0
    assert server.can(Ability.TOKENIZE)
    assert engine.tokens.count("def f(): pass") > 2


def test_candidates_have_log_probabilities_and_greedy_ones_repeat(engine):
    samplings = (Sampling(max_tokens=12), Sampling(0.8, seed=3, max_tokens=12))
    request = Request(USER, "A sum is", samplings, wants_all=True)
    first, second = run(engine, request)
    assert all(value is not None and value <= 0 for value in first.logprobs)
    assert second.finish is not None
    assert run(engine, request)[0].text == first.text


@pytest.mark.parametrize(
    ("constraint", "form"),
    [
        (Constraint("regex", "[a-c]{3}x"), r"[abc]{3}x"),
        (Constraint("json_schema", '{"type": "string", "enum": ["a", "b"]}'), r'"[ab]"'),
        (
            Constraint("lark", plan_grammar(["a.py", "b.py::f_1"], {Verb.EDIT}, 2)),
            r"edit (a\.py|b\.py::f_1): [^\n]*(\n{1,2}(edit (a\.py|b\.py::f_1): [^\n]*)?)*",
        ),
    ],
    ids=["regex", "schema", "plan"],
)
def test_constraints_hold(engine, constraint, form):
    (found,) = run(
        engine, Request(USER, samplings=(Sampling(max_tokens=60),), constraint=constraint)
    )
    cut = reason(found) == "length"
    assert re.match(form, found.text) if cut else re.fullmatch(form, found.text)


def test_labels_are_scored(engine):
    scores = engine.score(Request(USER), ["A", "B", "C"], Cancel())
    assert len(scores) == 3


def test_a_cancel_ends_the_request_in_the_server(engine):
    cancel = Cancel()
    last = None
    request = Request(USER, samplings=(Sampling(1.0, seed=5, max_tokens=1000),))
    for last in engine.stream(request, cancel):
        if isinstance(last, Token):
            cancel.set()
    assert isinstance(last, Finish)
    assert last.reason == "cancelled"
    deadline = time.monotonic() + 30
    while running():
        assert time.monotonic() < deadline


def running() -> float:
    with urlopen(f"{Address.parse(URL).text}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    found = [line for line in lines if line.startswith("vllm:num_requests_running")]
    return sum(float(line.rpartition(" ")[2]) for line in found)


def test_what_exceeds_the_context_is_refused_by_both_sides(engine):
    connection = Connection(Address.parse(URL))
    server = probe(connection)
    long = Request((Message("user", "word " * server.context_tokens),))
    with pytest.raises(EngineError, match="more than the context"):
        run(engine, long)
    trusting = ServerEngine(connection, server, context_tokens=10 * server.context_tokens)
    with pytest.raises(EngineError, match="does not fit the context"):
        run(trusting, long)
