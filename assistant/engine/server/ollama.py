"""Ollama's own chat API, because its OpenAI-compatible one cannot set the size of the context.

Reference: docs.ollama.com/api. Without num_ctx, Ollama uses a small context, and it cuts prompts
that are longer in silence; `truncate` and `shift` forbid that.
"""

import json
from collections.abc import Iterator
from typing import Any

from assistant.engine.base import Request, Sampling
from assistant.engine.server.abilities import Ability, Server
from assistant.engine.server.openai import as_json, chat_texts, estimate
from assistant.engine.server.pieces import Aside, End, Piece, Prompt, Query
from assistant.errors import EngineError


class OllamaDialect:
    """Implements `Dialect`."""

    aligns = True
    continues = True

    def __init__(self, server: Server, context_tokens: int) -> None:
        self._server = server
        self._context_tokens = context_tokens

    def prompt(self, request: Request) -> Prompt:
        if request.files or not request.messages:
            raise EngineError(
                "This server takes messages only: it cannot continue a file.",
                hint="Send messages instead.",
            )
        messages = as_json(request.messages)
        if request.opening:
            # A final message of the assistant is continued.
            messages.append({"role": "assistant", "content": request.opening})
        return Prompt(messages, estimate(request))

    def query(self, prompt: Prompt, request: Request, sampling: Sampling, *, top: int = 0) -> Query:
        body: dict[str, Any] = {
            "model": self._server.model,
            "messages": prompt.value,
            "stream": True,
            "think": False,
            "truncate": False,
            "shift": False,
            "options": {
                "num_ctx": self._context_tokens,
                "num_predict": sampling.max_tokens,
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "top_k": 0,
                "min_p": 0.0,
                "repeat_penalty": 1.0,
                "seed": sampling.seed,
            },
        }
        if self._server.can(Ability.LOGPROBS):
            body |= {"logprobs": True, "top_logprobs": top or 1}
        constraint = request.constraint
        if constraint is not None and constraint.kind == "json_schema":
            body["format"] = json.loads(constraint.text)
        return Query("/api/chat", body, exact=constraint is None)

    def pieces(self, message: dict[str, Any]) -> Iterator[Piece]:
        said = message["message"]
        if said.get("thinking"):
            yield Aside(str(said["thinking"]), reasoning=True)
        for call in said.get("tool_calls") or ():
            yield Aside(json.dumps((call.get("function") or {}).get("arguments") or ""))
        if said.get("content"):
            yield from chat_texts(said["content"], message.get("logprobs") or [])
        if message["done"]:
            yield End(
                "length" if message.get("done_reason") == "length" else "stop",
                message.get("eval_count") or 0,
                message.get("prompt_eval_count") or 0,
            )
