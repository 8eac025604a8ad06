"""The protocol between client and worker: one JSON object per line, in each direction.

    to the worker    {"op": "info" | "stream" | "score" | "warm" | "cancel" | "ping" | "shutdown",
                      "id": 7, ...}
    from the worker  {"id": 7, "event": [...]}, any number of times, then one of
                     {"id": 7, "result": ...}
                     {"id": 7, "error": [kind, message, hint]}

Non-ASCII text is escaped, so a line survives any terminal, pipe or ssh connection. Any other line
raises Malformed, an EngineError.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, astuple
from typing import Any, TextIO

from assistant import errors
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
    Thought,
    Token,
)
from assistant.errors import AssistantError, EngineError

VERSION = 2
"""Of the protocol between machines; it changes with every message that another version would not
understand."""

_EVENTS: dict[str, type[Prefill] | type[Thought] | type[Token] | type[Finish]] = {
    "prefill": Prefill,
    "thought": Thought,
    "token": Token,
    "finish": Finish,
}
_NAMES = {kind: name for name, kind in _EVENTS.items()}
_ERRORS = {
    kind.__name__: kind
    for kind in (
        errors.EngineError,
        errors.ModelError,
        errors.OutOfMemory,
        errors.Cancelled,
    )
}


class Malformed(EngineError):
    """The other side violated the protocol and cannot be trusted further."""


def write_line(message: Mapping[str, Any]) -> str:
    """One message as a line, with its line feed."""
    return json.dumps(message, separators=(",", ":")) + "\n"


def read_line(line: str) -> dict[str, Any]:
    """Raises Malformed if the line is not a message."""
    try:
        message = json.loads(line)
    except ValueError as error:
        raise _malformed(line) from error
    if not isinstance(message, dict):
        raise _malformed(line)
    return message


def reserve_stdout() -> TextIO:
    """Reserves the real stdout for the protocol; other prints go to stderr."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return output


def request_to_json(request: Request) -> dict[str, Any]:
    """Fields that recordings lack are left out where they are at their default."""
    values = asdict(request)
    if request.thinking is None:
        del values["thinking"]
    return values


def request_from_json(value: Any) -> Request:
    """Raises Malformed."""
    try:
        constraint = value["constraint"]
        return Request(
            messages=tuple(Message(**each) for each in value["messages"]),
            opening=value["opening"],
            samplings=tuple(
                Sampling(**{**each, "stop": tuple(each["stop"])}) for each in value["samplings"]
            ),
            constraint=None if constraint is None else Constraint(**constraint),
            draft=value["draft"],
            drafting=value["drafting"],
            wants_all=value["wants_all"],
            files=tuple(SourceFile(**each) for each in value["files"]),
            suffix=value["suffix"],
            resumed=tuple(value["resumed"]),
            thinking=value.get("thinking"),
        )
    except (TypeError, KeyError) as error:
        raise _malformed(value) from error


def event_to_json(event: EngineEvent) -> list[Any]:
    return [_NAMES[type(event)], *astuple(event)]


def event_from_json(value: Any) -> EngineEvent:
    """Raises Malformed."""
    try:
        name, *fields = value
        return _EVENTS[name](*fields)
    except (TypeError, ValueError, KeyError) as error:
        raise _malformed(value) from error


def info_to_json(info: EngineInfo) -> dict[str, Any]:
    return asdict(info)


def info_from_json(value: Any) -> EngineInfo:
    """Raises Malformed."""
    try:
        return EngineInfo(**value)
    except TypeError as error:
        raise _malformed(value) from error


def error_to_json(error: Exception) -> list[str]:
    """The worker's report of a failure; an unexpected exception becomes an EngineError."""
    if isinstance(error, AssistantError):
        known = next((k.__name__ for k in type(error).__mro__ if k.__name__ in _ERRORS), "")
        return [known or "EngineError", error.message, error.hint]
    return [
        "EngineError",
        f"The worker failed: {type(error).__name__}: {error}",
        "Try again; if it persists, choose another model.",
    ]


def error_from_json(value: Any) -> AssistantError:
    try:
        kind, message, hint = value
        return _ERRORS[kind](str(message), hint=str(hint))
    except (TypeError, ValueError, KeyError):
        return _malformed(value)


def _malformed(value: object) -> Malformed:
    return Malformed(
        f"The worker sent an invalid message: {str(value)[:200]!r}",
        hint="Try again; if it persists, reinstall the program.",
    )
