"""vLLM's API as docs.vllm.ai describes it, on a double; `test_vllm` asks a real one."""

from typing import Any

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
from assistant.engine.server.probing import probe
from assistant.errors import EngineError
from tests.engine.server.fake import Fake, Handler

USER = (Message("user", "Do it."),)


@pytest.fixture
def vllm(fake: Fake) -> Fake:
    def tokenize(handler: Handler, body: dict[str, Any]) -> None:
        text = body.get("prompt") or "".join(each["content"] for each in body["messages"])
        ids = [ord(character) for character in text]
        handler.json({"count": len(ids), "max_model_len": 8192, "tokens": ids})

    def complete(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin_stream()
        for text, value in (("fi", -0.5), ("ne", -0.25)):
            told = {"tokens": [text], "token_logprobs": [value], "top_logprobs": [{"B": -0.1}]}
            handler.data({"choices": [{"index": 0, "text": text, "logprobs": told}]})
        end = {"index": 0, "text": "", "logprobs": None, "finish_reason": "length"}
        handler.data({"choices": [end]})
        handler.end(prompt_tokens_details={"cached_tokens": 2})

    rows = {"data": [{"id": "team/coder", "owned_by": "vllm", "max_model_len": 8192}]}
    fake.routes = {
        "/v1/models": lambda handler, body: handler.json(rows),
        "/version": lambda handler, body: handler.json({"version": "0.12.0"}),
        "/tokenize": tokenize,
        "/v1/completions": complete,
    }
    return fake


def test_it_tells_what_it_can(vllm):
    server = probe(vllm.connection())
    assert (server.kind, server.version, server.context_tokens) == (Kind.VLLM, "0.12.0", 8192)
    assert not server.can(Ability.PROGRESS)
    assert not server.can(Ability.INFILL)
    assert server.can(Ability.GRAMMAR)


def test_the_events_of_a_request(vllm):
    events = list(vllm.engine().stream(Request(USER, "x", (Sampling(),)), Cancel()))
    assert [type(each) for each in events] == [Prefill, Prefill, Token, Token, Finish]
    assert events[:2] == [Prefill(0, 7, 0), Prefill(7, 7, 0)]
    assert [each.logprob for each in events if isinstance(each, Token)] == [-0.5, -0.25]
    finish = events[-1]
    assert isinstance(finish, Finish)
    assert (finish.reason, finish.prompt_tokens, finish.tokens) == ("length", 9, 3)


def test_the_prompt_is_ids_of_the_servers_template_and_of_the_opening(vllm):
    list(vllm.engine().stream(Request(USER, "Go: "), Cancel()))
    body = vllm.asked[0]
    assert "".join(map(chr, body["prompt"])) == "Do it.Go: "
    rendered = next(body for _, body, _ in vllm.requests if "messages" in body)
    assert rendered["add_generation_prompt"] is True


def test_grammars_and_schemas_are_structured_outputs(vllm):
    engine = vllm.engine()
    list(engine.stream(Request(USER, constraint=Constraint("lark", 'start: "a"\n')), Cancel()))
    list(engine.stream(Request(USER, constraint=Constraint("json_schema", "{}")), Cancel()))
    assert vllm.asked[0]["structured_outputs"] == {"grammar": 'root ::= "a"\n'}
    assert vllm.asked[1]["structured_outputs"] == {"json": {}}


def test_labels_are_scored_by_the_likeliest_tokens(vllm):
    first, second = vllm.engine().score(Request(USER), ["A", "B"], Cancel())
    assert second > first
    assert vllm.asked[0]["logprobs"] == 20


def test_files_cannot_be_continued(vllm):
    asked = Request((), files=(SourceFile("a.py", ""),))
    with pytest.raises(EngineError, match="cannot continue a file"):
        list(vllm.engine().stream(asked, Cancel()))
    assert not vllm.engine().info().can_continue
