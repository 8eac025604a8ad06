"""What leaves the machine, and what comes back."""

from itertools import zip_longest
from typing import ClassVar

import pytest

from assistant.credentials.redacting import Placeholders
from assistant.engine.base import (
    Cancel,
    Completion,
    Constraint,
    Finish,
    Message,
    Prefill,
    Request,
    Sampling,
    SourceFile,
    Token,
    gather,
)
from assistant.engine.reconnecting import Reconnected, listening
from assistant.engine.redacting import RedactingEngine
from assistant.engine.scripted import ScriptedEngine

TOKEN = "ghp_" + "q8Zk3vTb9XwLm2Rd7Yc5Hn4Jg6Pf1Ks0abcd"
CODE = f"client = Client('{TOKEN}')\n"
NAME = "REDACTED_GITHUB_TOKEN_1"
ASKED = Request((Message("user", CODE),))


def engine(*replies, placeholders=None):
    inner = ScriptedEngine(list(replies))
    return RedactingEngine(inner, placeholders or Placeholders()), inner


def run(redacting, request=ASKED):
    events = list(redacting.stream(request, Cancel()))
    found = [Completion() for _ in request.samplings]
    for event in events:
        if not isinstance(event, Prefill):
            gather(found[event.candidate], event)
    return [each.text for each in found], events


def test_no_part_of_a_request_has_the_secret():
    redacting, _ = engine("x")
    request = Request(
        (Message("system", CODE), Message("user", CODE)),
        opening=CODE,
        constraint=None,
        draft=CODE,
        files=(SourceFile("a.py", CODE), SourceFile("b.py", CODE)),
        suffix=CODE,
    )
    hidden = redacting._hidden(request)
    assert TOKEN not in repr(hidden)
    assert repr(hidden).count(NAME) == repr(request).count(TOKEN) == 7
    constrained = redacting._hidden(Request((), constraint=Constraint("lark", CODE)))
    assert TOKEN not in repr(constrained)


def test_an_answer_with_the_placeholder_has_the_secret_again():
    redacting, inner = engine([f"a('{NAME}')\nb", f"{NAME}"])
    texts, events = run(redacting, Request((Message("user", CODE),), samplings=(Sampling(),) * 2))
    assert texts == [f"a('{TOKEN}')\nb", TOKEN]
    assert inner.requests[0].messages[0].content == CODE.replace(TOKEN, NAME)
    plain = list(
        ScriptedEngine([[f"a('{NAME}')\nb", NAME]]).stream(
            Request((Message("user", CODE.replace(TOKEN, NAME)),), samplings=(Sampling(),) * 2),
            Cancel(),
        )
    )
    kinds = [(type(event), getattr(event, "logprob", None)) for event in plain]
    assert [(type(event), getattr(event, "logprob", None)) for event in events] == kinds, (
        "as many tokens, with what the model says of each"
    )
    assert [e for e in events if isinstance(e, Finish)] == [
        e for e in plain if isinstance(e, Finish)
    ]


class Interleaved(ScriptedEngine):
    """Writes its candidates at the same time, a token of each in turn."""

    def stream(self, request, cancel):
        events = [event for event in super().stream(request, cancel) if isinstance(event, Token)]
        each = [[e for e in events if e.candidate == at] for at in range(len(request.samplings))]
        yield from (token for tokens in zip_longest(*each) for token in tokens if token)


def test_candidates_that_are_written_at_the_same_time_are_told_apart():
    inner = Interleaved([[f"a('{NAME}')", f"let b = '{NAME}' + c"]])
    request = Request((Message("user", CODE),), samplings=(Sampling(),) * 2)
    texts, _ = run(RedactingEngine(inner, Placeholders()), request)
    assert texts == [f"a('{TOKEN}')", f"let b = '{TOKEN}' + c"]


class Away(ScriptedEngine):
    listeners: ClassVar[list] = []


def test_an_engine_that_connects_again_is_listened_to():
    inner = Away([])
    heard = []
    with listening(RedactingEngine(inner, Placeholders()), heard.append):
        inner.listeners[0](Reconnected())
    assert heard == [Reconnected()]
    assert inner.listeners == []


@pytest.mark.parametrize("end", ["RED", "REDACTED_", "REDACTED_GITHUB_TOKEN_", f"{NAME}2", "R"])
def test_what_only_looks_like_a_placeholder_comes_as_it_is(end):
    redacting, _ = engine(f"x {end}")
    assert run(redacting)[0] == [f"x {end}"]


def test_nothing_is_held_back_where_nothing_was_hidden():
    redacting, _ = engine("REDACTED_ at the end REDACTED_")
    request = Request((Message("user", "hello"),))
    stream = redacting.stream(request, Cancel())
    tokens = [event for event in stream if isinstance(event, Token)]
    assert all(token.text for token in tokens)
    assert "".join(token.text for token in tokens) == "REDACTED_ at the end REDACTED_"


def test_scores_and_reading_ahead_send_no_secret_either():
    redacting, inner = engine()
    redacting.score(ASKED, ["A", "B"], Cancel())
    list(redacting.warm(ASKED, Cancel()))
    sent = [inner.scored[0][0], *inner.warmed]
    assert [NAME in repr(each) for each in sent] == [True, True]
    assert TOKEN not in repr(sent)
    assert redacting.info() == inner.info()
    redacting.close()
    assert inner.closed
