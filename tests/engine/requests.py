"""Requests shared by tests of the decode loop, and how their candidates are collected."""

import json

from assistant.engine.base import (
    Cancel,
    Completion,
    Constraint,
    Engine,
    Message,
    Prefill,
    Request,
    Sampling,
    gather,
)

HELLO = (Message("user", "def add(a, b):\n    return a - b\n"),)
CODE = "def add(a, b):\n    total = a + b\n    return total\n" * 2
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "verb": {"enum": ["edit", "create", "delete"]},
            "steps": {"type": "array", "items": {"type": "string", "maxLength": 9}, "maxItems": 3},
        },
        "required": ["verb", "steps"],
        "additionalProperties": False,
    }
)


def run(engine: Engine, request: Request, cancel: Cancel | None = None) -> list[Completion]:
    found = [Completion() for _ in request.samplings]
    for event in engine.stream(request, cancel or Cancel()):
        if not isinstance(event, Prefill):
            gather(found[event.candidate], event)
    return found


def reason(completion: Completion) -> str:
    assert completion.finish is not None
    return completion.finish.reason


def request(*samplings: Sampling, opening: str = "", draft: str = "", **rest: object) -> Request:
    given = samplings or (Sampling(max_tokens=80),)
    constraint = rest.get("constraint")
    assert constraint is None or isinstance(constraint, Constraint)
    return Request(HELLO, opening, given, constraint, draft)


SAMPLINGS = [
    Sampling(max_tokens=120),
    Sampling(0.8, seed=1, max_tokens=120),
    Sampling(1.3, top_p=0.7, seed=2, max_tokens=120),
]
