"""Scores labels on a server: by the likeliest tokens where it tells them, else by its choice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.engine.base import Cancel, Constraint, Request, Token, log_shares
from assistant.engine.server.abilities import Ability, Kind, Server
from assistant.engine.server.connection import Connection
from assistant.engine.server.drawing import Draw
from assistant.engine.server.pieces import Dialect

_TOP = 20
"""The most likely tokens that OpenAI's API and vLLM give by default."""
_LLAMA_TOP = 100
_BELOW = 2.0
"""A label that is not among the reported tokens is taken to be this far below the least likely."""
_NOT_CHOSEN = -0.1
"""Score of labels that were not chosen when the confidence is not known: little, so that other
evidence can outweigh the choice."""


@dataclass(frozen=True)
class Choice:
    """Asks a server how likely each label is as the answer to a request."""

    connection: Connection
    server: Server
    dialect: Dialect
    request: Request
    labels: Sequence[str]
    cancel: Cancel

    def scores(self) -> tuple[float, ...]:
        """Normalized log-probability of each label. Without log-probabilities from the server, only
        the order is meaningful. Raises Cancelled and ServerFault.
        """
        if self.server.can(Ability.LOGPROBS):
            found = self._by_logprobs()
            if found is not None:
                return log_shares(found)
        chosen = self._chosen()
        return log_shares([0.0 if label == chosen else _NOT_CHOSEN for label in self.labels])

    def _by_logprobs(self) -> list[float] | None:
        """None where no label is among the likeliest tokens."""
        sampling = replace(self.request.samplings[0], max_tokens=1)
        asked = replace(self.request, samplings=(sampling,))
        top = _LLAMA_TOP if self.server.kind is Kind.LLAMA_CPP else _TOP
        draw = Draw(self.connection, self.dialect, asked, self.dialect.prompt(asked), top=top)
        told = next((piece.top for piece in draw.texts(self.cancel) if piece.top), ())
        best: dict[str, float] = {}
        for token, logprob in told:
            for label in self.labels:
                if token.strip() and label.startswith(token.strip()):
                    best[label] = max(logprob, best.get(label, logprob))
        if not best:
            return None
        floor = min(logprob for _, logprob in told) - _BELOW
        return [best.get(label, floor) for label in self.labels]

    def _chosen(self) -> str:
        """The label that the model writes; the first one where it writes none of them."""
        schema = self.server.can(Ability.JSON_SCHEMA) and not self.server.can(Ability.GRAMMAR)
        constraint = (
            Constraint("json_schema", json.dumps({"type": "string", "enum": list(self.labels)}))
            if schema
            else Constraint("lark", f"start: {' | '.join(map(json.dumps, self.labels))}\n")
        )
        asked = replace(self.request, constraint=constraint)
        draw = Draw(self.connection, self.dialect, asked, self.dialect.prompt(asked))
        text = "".join(each.text for each in draw.events(self.cancel) if isinstance(each, Token))
        said = text.strip().strip('"')
        return said if said in self.labels else self.labels[0]
