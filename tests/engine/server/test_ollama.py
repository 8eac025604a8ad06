"""Ollama's API as docs.ollama.com/api describes it: a double, written down from there. No Ollama
ran to make it."""

import json
from typing import Any

import pytest

from assistant.engine.base import Cancel, Completion, Constraint, Message, Request, Sampling, gather
from assistant.engine.server.abilities import Ability, Kind
from assistant.engine.server.engine import ServerEngine
from assistant.engine.server.probing import probe
from assistant.errors import EngineError
from tests.engine.server.fake import Fake, Handler, pieces

USER = (Message("user", "Do it."),)


def ollama_of(fake: Fake, version: str = "0.13.1") -> Fake:
    def chat(handler: Handler, body: dict[str, Any]) -> None:
        reply = fake.replies.popleft()
        if not isinstance(reply, str):
            reply(handler, body)
            return
        handler.begin_stream()
        for piece in pieces(reply):
            message: dict[str, Any] = {"role": "assistant", "content": piece}
            row: dict[str, Any] = {"model": "coder:latest", "message": message, "done": False}
            if body.get("logprobs"):
                row["logprobs"] = [{"token": piece, "logprob": -0.5, "top_logprobs": []}]
            handler.line(json_line(row))
        handler.line(
            json_line(
                {
                    "model": "coder:latest",
                    "message": {"role": "assistant", "content": ""},
                    "done": True,
                    "done_reason": "stop",
                    "prompt_eval_count": 12,
                    "eval_count": 4,
                }
            )
        )

    tags = {"models": [{"name": "coder:latest"}, {"name": "other:7b"}]}
    show = {
        "capabilities": ["completion", "insert"],
        "model_info": {"general.architecture": "qwen2", "qwen2.context_length": 32768},
    }
    fake.routes = {
        "/": lambda handler, body: handler.raw(b"Ollama is running"),
        "/api/version": lambda handler, body: handler.json({"version": version}),
        "/api/tags": lambda handler, body: handler.json(tags),
        "/api/ps": lambda handler, body: handler.json({"models": [{"name": "coder:latest"}]}),
        "/api/show": lambda handler, body: handler.json(show),
        "/api/chat": chat,
    }
    return fake


def json_line(value: object) -> str:
    return json.dumps(value)


@pytest.fixture
def ollama(fake: Fake) -> Fake:
    return ollama_of(fake)


def run(engine: ServerEngine, request: Request) -> Completion:
    found = Completion()
    for event in engine.stream(request, Cancel()):
        gather(found, event)
    return found


def test_it_tells_its_models_and_their_context(ollama):
    server = probe(ollama.connection())
    assert (server.kind, server.version) == (Kind.OLLAMA, "0.13.1")
    assert server.model == "coder:latest"  # the one that is loaded
    assert server.models == ("coder:latest", "other:7b")
    assert server.context_tokens == 32768
    assert server.abilities == {Ability.JSON_SCHEMA, Ability.LOGPROBS}
    assert server.loaded_tokens == 0  # older ones do not tell
    assert probe(ollama.connection(), "coder").model == "coder:latest"


def test_it_tells_what_a_model_is_loaded_with(ollama):
    rows = [{"name": "coder:latest", "context_length": 16384}, {"name": 3}, "odd"]
    ollama.routes["/api/ps"] = lambda handler, body: handler.json({"models": rows})
    assert probe(ollama.connection(), "coder").loaded_tokens == 16384
    assert probe(ollama.connection(), "other:7b").loaded_tokens == 0


def test_older_ones_tell_no_log_probabilities(fake):
    assert not probe(ollama_of(fake, "0.12.3").connection()).can(Ability.LOGPROBS)


def test_the_context_is_sent_and_nothing_may_be_cut(ollama):
    ollama.replies.append("fine")
    found = run(ollama.engine(6000), Request(USER, samplings=(Sampling(seed=7, max_tokens=9),)))
    assert found.text == "fine"
    assert found.logprobs == [-0.5, -0.5]
    body = ollama.asked[0]
    assert body["options"]["num_ctx"] == 6000
    assert body["options"]["num_predict"] == 9
    assert body["options"]["seed"] == 7
    assert (body["truncate"], body["shift"]) == (False, False)
    assert found.finish is not None
    assert (found.finish.prompt_tokens, found.finish.tokens) == (12, 4)


@pytest.mark.parametrize("reply", ["x = 1\n```\nDone.", "```python\nx = 1\n```\nDone."])
def test_the_opening_is_sent_as_the_start_of_the_reply(ollama, reply):
    ollama.replies.append(reply)
    request = Request(USER, "```python\n", (Sampling(stop=("\n```",)),))
    assert run(ollama.engine(), request).text == "x = 1"
    assert ollama.asked[0]["messages"][-1] == {"role": "assistant", "content": "```python\n"}


def test_schemas_go_into_the_format(ollama):
    ollama.replies.append('"a"')
    schema = Constraint("json_schema", '{"type": "string"}')
    assert run(ollama.engine(), Request(USER, constraint=schema)).text == '"a"'
    assert ollama.asked[0]["format"] == {"type": "string"}


def test_a_prompt_that_does_not_fit_is_an_error(ollama):
    def refuse(handler: Handler, body: dict[str, Any]) -> None:
        handler.json({"error": "the input length exceeds the context length"}, 400)

    ollama.replies.append(refuse)
    with pytest.raises(EngineError, match="does not fit the context"):
        run(ollama.engine(), Request(USER))


def test_an_error_in_the_stream(ollama):
    def fail(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin_stream()
        handler.line(json_line({"error": "the runner has stopped"}))

    ollama.replies.append(fail)
    with pytest.raises(EngineError, match="the runner has stopped"):
        run(ollama.engine(), Request(USER))
