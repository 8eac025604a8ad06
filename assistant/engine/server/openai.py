"""OpenAI's APIs: completions with token ids for vLLM, chat completions for all other servers.

References: vLLM's pages on its OpenAI-compatible server and on structured outputs, and OpenAI's
reference of chat completions.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from assistant.engine.base import FinishReason, Message, Request, Sampling
from assistant.engine.server.abilities import Ability, Server
from assistant.engine.server.gbnf import gbnf
from assistant.engine.server.pieces import Aside, End, Piece, Prompt, Query, Text
from assistant.engine.server.tokens import ServerTokens, estimated
from assistant.errors import EngineError

_REASONS: dict[str, FinishReason] = {"length": "length", "max_tokens": "length"}
_PER_MESSAGE = 8
"""Tokens that a chat template adds to a message, on the safe side."""

ASK_FOR_OPENING = (
    "\n\nBegin your answer with exactly the following text, write nothing before it, and go on "
    "right after it:\n"
)


class VllmDialect:
    """Implements `Dialect` with completions of token ids."""

    aligns = False
    continues = True

    def __init__(self, server: Server, tokens: ServerTokens) -> None:
        self._server = server
        self._tokens = tokens

    def prompt(self, request: Request) -> Prompt:
        _require_messages(request)
        ids = self._tokens.encode_chat(as_json(request.messages))
        ids = ids + (self._tokens.encode(request.opening) if request.opening else [])
        return Prompt(ids, len(ids))

    def query(self, prompt: Prompt, request: Request, sampling: Sampling, *, top: int = 0) -> Query:
        body = {
            "model": self._server.model,
            "prompt": prompt.value,
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed,
            "stop": list(sampling.stop),
            "logprobs": top or 1,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        constraint = request.constraint
        if constraint is None:
            return Query("/v1/completions", body, exact=True)
        if constraint.kind == "json_schema":
            body["structured_outputs"] = {"json": json.loads(constraint.text)}
            return Query("/v1/completions", body, exact=True)
        grammar = gbnf(constraint)
        if grammar is None:
            return Query("/v1/completions", body, exact=False)
        body["structured_outputs"] = {"grammar": grammar.text}
        return Query("/v1/completions", body, exact=grammar.exact)

    def pieces(self, message: dict[str, Any]) -> Iterator[Piece]:
        for choice in message["choices"]:
            yield from _completion_texts(choice)
            yield from _end(choice, {})
        if not message["choices"]:
            yield _usage(message)


class ChatDialect:
    """Implements `Dialect` with chat completions, which cannot continue an opening."""

    aligns = True
    continues = False

    def __init__(self, server: Server) -> None:
        self._server = server

    def prompt(self, request: Request) -> Prompt:
        _require_messages(request)
        messages = as_json(request.messages)
        if request.opening:
            messages[-1]["content"] += f"{ASK_FOR_OPENING}{request.opening}"
        return Prompt(messages, estimate(request))

    def query(self, prompt: Prompt, request: Request, sampling: Sampling, *, top: int = 0) -> Query:
        body: dict[str, Any] = {
            "model": self._server.model,
            "messages": prompt.value,
            "max_tokens": sampling.max_tokens + estimated(request.opening),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self._server.can(Ability.LOGPROBS):
            body |= {"logprobs": True, "top_logprobs": top or 1}
        constraint = request.constraint
        exact = constraint is None
        if (
            constraint
            and constraint.kind == "json_schema"
            and self._server.can(Ability.JSON_SCHEMA)
        ):
            schema = {"name": "reply", "strict": True, "schema": json.loads(constraint.text)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return Query("/v1/chat/completions", body, exact)

    def pieces(self, message: dict[str, Any]) -> Iterator[Piece]:
        for choice in message["choices"]:
            delta = choice.get("delta") or {}
            for name in ("reasoning_content", "reasoning"):
                if isinstance(delta.get(name), str):
                    yield Aside(delta[name], reasoning=True)
            for call in delta.get("tool_calls") or ():
                yield Aside(str((call.get("function") or {}).get("arguments") or ""))
            if delta.get("content"):
                told = (choice.get("logprobs") or {}).get("content") or []
                yield from chat_texts(delta["content"], told)
            yield from _end(choice, message.get("usage") or {})
        if not message["choices"] and message.get("usage"):
            yield _usage(message)


def as_json(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": each.role, "content": each.content} for each in messages]


def estimate(request: Request) -> int:
    """Tokens of a chat prompt with its template, on the safe side."""
    texts = (*(each.content for each in request.messages), request.opening)
    extra = 2 * estimated(request.opening) + len(ASK_FOR_OPENING) // 4
    return sum(map(estimated, texts)) + _PER_MESSAGE * len(texts) + extra


def chat_texts(content: str, told: Sequence[dict[str, Any]]) -> Iterator[Text]:
    """The tokens of a message with its log-probabilities, where they are given for all of it."""
    if told and "".join(each["token"] for each in told) == content:
        for each in told:
            top = tuple((one["token"], one["logprob"]) for one in each.get("top_logprobs") or ())
            yield Text(each["token"], each["logprob"], top)
    else:
        yield Text(content, min((each["logprob"] for each in told), default=None))


def _completion_texts(choice: dict[str, Any]) -> Iterator[Text]:
    text, told = choice["text"], choice.get("logprobs") or {}
    tokens, values = told.get("tokens") or [], told.get("token_logprobs") or []
    tops = told.get("top_logprobs") or [None] * len(tokens)
    if tokens and "".join(tokens) == text:
        for token, value, top in zip(tokens, values, tops, strict=True):
            yield Text(token, value, tuple((top or {}).items()))
    elif text:
        yield Text(text, min(values, default=None))


def _end(choice: dict[str, Any], usage: dict[str, Any]) -> Iterator[End]:
    if reason := choice.get("finish_reason"):
        found = _usage({"usage": usage})
        known = _REASONS.get(str(reason), "stop")
        yield End(known, found.tokens, found.prompt_tokens, found.cached)


def _usage(message: dict[str, Any]) -> End:
    usage = message.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    return End(
        "stop",
        usage.get("completion_tokens") or 0,
        usage.get("prompt_tokens") or 0,
        details.get("cached_tokens") or 0,
    )


def _require_messages(request: Request) -> None:
    if request.files or not request.messages:
        raise EngineError(
            "This server takes messages only: it cannot continue a file.",
            hint="Send messages instead.",
        )
