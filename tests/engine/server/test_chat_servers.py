"""Servers with OpenAI's chat API only: what they lack is made up for honestly."""

import json
from typing import Any

import pytest

from assistant.engine.base import (
    Cancel,
    Completion,
    Constraint,
    Finish,
    Message,
    Request,
    Sampling,
    Thought,
    Token,
    gather,
)
from assistant.engine.server.abilities import Ability, Kind
from assistant.engine.server.engine import ServerEngine
from assistant.engine.server.probing import probe
from assistant.errors import ModelError
from tests.engine.server.fake import Fake, Handler

USER = (Message("user", "Do it."),)
FENCE = "```python\n"
STEPS = Constraint("lark", 'start: "edit " ("a.py" | "b.py") ("\\nedit b.py")?\n')


def run(engine: ServerEngine, request: Request) -> Completion:
    found = Completion()
    for event in engine.stream(request, Cancel()):
        gather(found, event)
    return found


def test_it_is_taken_as_what_it_says_it_is(fake):
    server = probe(fake.connection())
    assert (server.kind, server.model, server.context_tokens) == (Kind.OTHER, "coder", 4096)
    assert server.abilities == frozenset()


def test_without_log_probabilities_there_is_no_confidence(fake):
    fake.replies.append("fine")
    engine = fake.engine()
    found = run(engine, Request(USER))
    assert found.text == "fine"
    assert found.mean_logprob is None
    assert not engine.info().tells_logprobs
    assert "logprobs" not in fake.asked[0]


def with_logprobs(fake: Fake) -> None:
    """The server tells log-probabilities from now on."""

    def chat(handler: Handler, body: dict[str, Any]) -> None:
        top = [{"token": "B", "logprob": -0.2}, {"token": " A", "logprob": -1.7}]
        told = {"content": [{"token": "B", "logprob": -0.2, "top_logprobs": top}]}
        if "stream" not in body:
            handler.json({"choices": [{"message": {"content": "OK"}, "logprobs": told}]})
            return
        fake.routes["asked"] = chat
        handler.begin_stream()
        choice = {"index": 0, "delta": {"content": "B"}, "logprobs": told}
        handler.data({"choices": [{**choice, "finish_reason": "stop"}]})
        handler.end()

    fake.routes["/v1/chat/completions"] = chat


def test_with_log_probabilities_they_are_passed_on(fake):
    with_logprobs(fake)
    engine = fake.engine()
    assert engine.info().tells_logprobs
    assert run(engine, Request(USER)).logprobs == [-0.2]


def test_labels_are_scored_by_the_likeliest_tokens(fake):
    with_logprobs(fake)
    first, second, third = fake.engine().score(Request(USER), ["A", "B", "C"], Cancel())
    assert second - first == pytest.approx(1.5)
    assert third < first


def test_labels_are_chosen_where_nothing_is_told(fake):
    fake.replies.append("B")
    scores = fake.engine().score(Request(USER), ["A", "B", "C"], Cancel())
    assert max(scores) == scores[1]
    assert scores[0] == scores[2]


def test_the_opening_is_asked_for_and_taken_away(fake):
    fake.replies.append("Of course:\n```python\nx = 1\n```\nDone.")
    request = Request(USER, FENCE, (Sampling(stop=("\n```",)),))
    assert run(fake.engine(), request).text == "x = 1"
    assert fake.asked[0]["messages"][-1]["content"].endswith(FENCE)


def test_a_reply_that_begins_otherwise_is_asked_for_once_more(fake):
    opening = FENCE + "def f():\n"
    fake.replies += ["I would rather not.", "```python\ndef f():\n    pass\n```"]
    request = Request(USER, opening, (Sampling(stop=("\n```",)),))
    assert run(fake.engine(), request).text == "    pass"
    again = fake.asked[1]["messages"]
    assert again[-2] == {"role": "assistant", "content": "(nothing)"}
    assert "That reply cannot be used. It does not begin with" in again[-1]["content"]


def test_a_reply_that_never_begins_so_is_empty(fake):
    fake.replies += ["No.", "No!"]
    assert run(fake.engine(), Request(USER, FENCE + "def f():\n")).text == ""
    assert len(fake.asked) == 2


@pytest.mark.parametrize(
    "reply",
    [
        "edit a.py\nedit b.py",
        "Here is the plan:\n```\nedit a.py\nedit b.py\n```\nI hope that helps.",
    ],
)
def test_without_grammars_the_part_that_parses_counts(fake, reply):
    fake.replies.append(reply)
    assert run(fake.engine(), Request(USER, constraint=STEPS)).text == "edit a.py\nedit b.py"
    assert len(fake.asked) == 1


def test_what_does_not_parse_is_asked_for_once_more_with_what_was_wrong(fake):
    fake.replies += ["delete everything", "edit b.py"]
    assert run(fake.engine(), Request(USER, constraint=STEPS)).text == "edit b.py"
    wrong = fake.asked[1]["messages"][-1]["content"]
    assert "does not have the form that was asked for: 'delete everything'" in wrong


def test_what_never_parses_is_empty(fake):
    fake.replies += ["delete everything", "delete it all"]
    assert run(fake.engine(), Request(USER, constraint=STEPS)).text == ""


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "fine"},
        {"tool_calls": [{"index": 0, "function": {"name": "answer", "arguments": "fine"}}]},
    ],
)
def test_an_answer_in_the_wrong_field_is_understood(fake, delta):
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin_stream()
        handler.delta("", **delta)
        handler.delta("", "stop")
        handler.end()

    fake.replies.append(answer)
    assert run(fake.engine(), Request(USER)).text == "fine"


def test_reasoning_is_no_part_of_the_answer(fake):
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin_stream()
        handler.delta("", reasoning_content="Let me see.")
        handler.delta("fine", "stop")
        handler.end()

    fake.replies.append(answer)
    assert run(fake.engine(), Request(USER)).text == "fine"


def test_reasoning_is_passed_on_before_the_answer_and_once(fake):
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin_stream()
        handler.delta("", reasoning_content="Let me ")
        handler.delta("", reasoning_content="see.")
        handler.delta("fine", "stop")
        handler.end()

    fake.replies += [answer, answer]
    events = list(fake.engine().stream(Request(USER, samplings=(Sampling(), Sampling())), Cancel()))
    kinds = [type(each) for each in events]
    assert [each.text for each in events if isinstance(each, Thought)] == ["Let me ", "see."]
    assert kinds[-6:] == [Thought, Thought, Token, Finish, Token, Finish]
    assert events[-7].done == events[-7].total


def test_arguments_of_a_tool_call_are_no_reasoning(fake):
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin_stream()
        handler.delta(
            "", tool_calls=[{"index": 0, "function": {"name": "answer", "arguments": "fine"}}]
        )
        handler.delta("", "stop")
        handler.end()

    fake.replies.append(answer)
    events = list(fake.engine().stream(Request(USER), Cancel()))
    assert not [each for each in events if isinstance(each, Thought)]


def test_seeds_and_limits_are_sent(fake):
    fake.replies.append("fine")
    run(fake.engine(), Request(USER, samplings=(Sampling(0.5, 0.9, seed=7, max_tokens=33),)))
    body = fake.asked[0]
    assert (body["temperature"], body["top_p"], body["seed"]) == (0.5, 0.9, 7)
    assert body["max_tokens"] == 33


def test_undecodable_bytes_are_replaced(fake):
    fake.replies.append("fine")
    run(fake.engine(), Request((Message("user", "a \udcff é"),)))
    assert fake.asked[0]["messages"][0]["content"] == "a ? é"


def test_the_counts_are_the_servers(fake):
    fake.replies.append("fine")
    finish = run(fake.engine(), Request(USER)).finish
    assert finish is not None
    assert (finish.prompt_tokens, finish.tokens, finish.reason) == (9, 3, "stop")


def test_every_prompt_is_recorded_before_it_is_sent(fake):
    recorded = []
    fake.replies.append("fine")
    engine = fake.engine(record=lambda sent: recorded.append((sent, len(fake.asked))))
    run(engine, Request(USER, "Begin"))
    ((sent, before),) = recorded
    assert before == 0
    assert (sent.address, sent.model) == (fake.url, "coder")
    assert sent.text == "[user]\nDo it.\n\nBegin"


def test_several_models_have_to_be_told_apart(fake):
    rows = {"data": [{"id": "one"}, {"id": "two"}]}
    fake.routes["/v1/models"] = lambda handler, body: handler.json(rows)
    with pytest.raises(ModelError, match="has 2 models") as caught:
        probe(fake.connection())
    assert "one, two" in caught.value.hint
    assert probe(fake.connection(), "two").model == "two"


def test_lm_studio_tells_its_context_and_takes_json_schemas(fake):
    rows = [
        {"id": "big", "type": "llm", "state": "not-loaded", "max_context_length": 9},
        {
            "id": "coder",
            "type": "llm",
            "state": "loaded",
            "max_context_length": 32768,
            "loaded_context_length": 6144,
        },
        {"id": "vectors", "type": "embeddings", "state": "loaded"},
    ]
    fake.routes["/api/v0/models"] = lambda handler, body: handler.json({"data": rows})
    server = probe(fake.connection())
    assert (server.kind, server.model) == (Kind.LM_STUDIO, "coder")
    assert (server.context_tokens, server.loaded_tokens) == (6144, 6144)
    other = probe(fake.connection(), "big")
    assert (other.context_tokens, other.loaded_tokens) == (9, 0)
    assert server.can(Ability.JSON_SCHEMA)
    fake.replies.append('"B"')
    scores = fake.engine().score(Request(USER), ["A", "B"], Cancel())
    assert scores[1] > scores[0]
    schema = fake.asked[0]["response_format"]["json_schema"]["schema"]
    assert schema == {"type": "string", "enum": ["A", "B"]}
    assert json.dumps(schema)
