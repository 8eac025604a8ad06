"""Everything survives the wire, and invalid input is an error."""

import pytest

from assistant.engine import protocol
from assistant.engine.base import (
    Constraint,
    EngineEvent,
    EngineInfo,
    Finish,
    Message,
    Prefill,
    Request,
    Sampling,
    SourceFile,
    Token,
)
from assistant.errors import (
    Cancelled,
    ContextError,
    EngineError,
    ModelError,
    OutOfMemory,
    WorkerDied,
)

FULL = Request(
    (Message("system", "s"), Message("user", "line\nübergröße 🎉 \udc80 \x1b]52;c;\x07")),
    opening="def f():\n",
    samplings=(Sampling(), Sampling(0.8, 0.9, 7, 64, ("```", "\n\n"))),
    constraint=Constraint("regex", r"\d+\\"),
    draft="old\u2028text",
    wants_all=True,
    files=(SourceFile("a b.py", "x = 1\n"), SourceFile("c.py", "")),
    suffix="\ny = 2\n",
    resumed=(7, 0),
)


def through_a_line(value: object) -> object:
    line = protocol.write_line({"value": value})
    assert line.count("\n") == 1
    assert line.isascii()
    return protocol.read_line(line)["value"]


@pytest.mark.parametrize("request_", [FULL, Request((Message("user", ""),))])
def test_requests_survive(request_: Request) -> None:
    sent = protocol.request_to_json(request_)
    assert protocol.request_from_json(through_a_line(sent)) == request_


@pytest.mark.parametrize(
    "event",
    [
        Prefill(3, 9, 1),
        Token(1, " é", -0.25, 1.5, "drafted", 17),
        Finish(0, "repetition", 10, 20, 1.25, 3),
    ],
)
def test_events_survive(event: EngineEvent) -> None:
    assert protocol.event_from_json(through_a_line(protocol.event_to_json(event))) == event


def test_info_survives() -> None:
    info = EngineInfo("m", "cpu", "int8", 8192, 2, 10**9, 1.5)
    assert protocol.info_from_json(through_a_line(protocol.info_to_json(info))) == info


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ModelError("m", hint="h"), ModelError),
        (OutOfMemory("m", hint="h"), OutOfMemory),
        (Cancelled("m", hint="h"), Cancelled),
        (EngineError("m", hint="h"), EngineError),
        (WorkerDied("m", hint="h"), EngineError),
        (ContextError("m", hint="h"), EngineError),
    ],
)
def test_errors_survive(error: Exception, kind: type[Exception]) -> None:
    back = protocol.error_from_json(through_a_line(protocol.error_to_json(error)))
    assert type(back) is kind
    assert (back.message, back.hint) == ("m", "h")


def test_an_unexpected_error_is_named() -> None:
    back = protocol.error_from_json(protocol.error_to_json(ZeroDivisionError("by zero")))
    assert "ZeroDivisionError: by zero" in back.message
    assert back.hint


@pytest.mark.parametrize("line", ["", "garbage\n", "[1]\n", '"x"\n', '{"id": 1', "12"])
def test_invalid_lines_are_refused(line: str) -> None:
    with pytest.raises(EngineError, match="invalid message"):
        protocol.read_line(line)


@pytest.mark.parametrize("value", [None, 3, [], ["token"], ["nothing", 1], {"a": 1}, "token"])
def test_invalid_events_are_refused(value: object) -> None:
    with pytest.raises(EngineError):
        protocol.event_from_json(value)


@pytest.mark.parametrize("value", [None, 3, {}, {"messages": [{}]}, [1]])
def test_invalid_requests_and_info_are_refused(value: object) -> None:
    with pytest.raises(EngineError):
        protocol.request_from_json(value)
    with pytest.raises(EngineError):
        protocol.info_from_json(value)


@pytest.mark.parametrize("value", [None, [], ["SystemExit", "m", "h"], [[], "m", "h"]])
def test_an_invalid_error_becomes_malformed(value: object) -> None:
    assert isinstance(protocol.error_from_json(value), protocol.Malformed)
