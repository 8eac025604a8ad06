"""Scores labels on a server: by the likeliest tokens where it tells them, else by its choice."""

import json
from collections.abc import Sequence
from dataclasses import replace

from assistant.engine.base import Cancel, Constraint, Request, Token, log_shares
from assistant.engine.server.abilities import Ability, Kind, Server
from assistant.engine.server.connection import Connection
from assistant.engine.server.drawing import Draw
from assistant.engine.server.pieces import Dialect

_TOP = 20
"""The most likely tokens that OpenAI's API and vLLM give by default."""
_LLAMA_TOP = 100
_BELOW = 2.0
"""How much less likely than the last of them a label is taken to be that is not among them."""
_NOT_CHOSEN = -0.1
"""Of the labels that the model did not write, where how sure it was is not known."""


def scores_of(
    connection: Connection,
    server: Server,
    dialect: Dialect,
    request: Request,
    labels: Sequence[str],
    cancel: Cancel,
) -> tuple[float, ...]:
    """Log-probability of each label, normalized; only their order means something where the server
    tells no log-probabilities. Raises Cancelled and ServerFault."""
    if server.can(Ability.LOGPROBS):
        found = _by_logprobs(connection, server, dialect, request, labels, cancel)
        if found is not None:
            return log_shares(found)
    chosen = _chosen(connection, server, dialect, request, labels, cancel)
    return log_shares([0.0 if label == chosen else _NOT_CHOSEN for label in labels])


def _by_logprobs(
    connection: Connection,
    server: Server,
    dialect: Dialect,
    request: Request,
    labels: Sequence[str],
    cancel: Cancel,
) -> list[float] | None:
    """None where no label is among the likeliest tokens."""
    sampling = replace(request.samplings[0], max_tokens=1)
    asked = replace(request, samplings=(sampling,))
    top = _LLAMA_TOP if server.kind is Kind.LLAMA_CPP else _TOP
    draw = Draw(connection, dialect, asked, dialect.prompt(asked), top=top)
    told = next((piece.top for piece in draw.texts(cancel) if piece.top), ())
    best: dict[str, float] = {}
    for token, logprob in told:
        for label in labels:
            if token.strip() and label.startswith(token.strip()):
                best[label] = max(logprob, best.get(label, logprob))
    if not best:
        return None
    floor = min(logprob for _, logprob in told) - _BELOW
    return [best.get(label, floor) for label in labels]


def _chosen(
    connection: Connection,
    server: Server,
    dialect: Dialect,
    request: Request,
    labels: Sequence[str],
    cancel: Cancel,
) -> str:
    """The label that the model writes; the first one where it writes none of them."""
    schema = server.can(Ability.JSON_SCHEMA) and not server.can(Ability.GRAMMAR)
    constraint = (
        Constraint("json_schema", json.dumps({"type": "string", "enum": list(labels)}))
        if schema
        else Constraint("lark", f"start: {' | '.join(map(json.dumps, labels))}\n")
    )
    asked = replace(request, constraint=constraint)
    draw = Draw(connection, dialect, asked, dialect.prompt(asked))
    text = "".join(each.text for each in draw.events(cancel) if isinstance(each, Token))
    said = text.strip().strip('"')
    return said if said in labels else labels[0]
