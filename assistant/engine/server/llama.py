"""The API of llama.cpp's server: prompts as token ids, GBNF grammars, progress while it reads.

Reference: tools/server/README.md of llama.cpp.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from assistant.engine.base import FinishReason, Message, Request, Sampling, SourceFile
from assistant.engine.server.abilities import Ability, Server
from assistant.engine.server.connection import Connection
from assistant.engine.server.faults import not_understood
from assistant.engine.server.gbnf import gbnf
from assistant.engine.server.pieces import End, Piece, Prompt, Query, Read, Text
from assistant.engine.server.tokens import ServerTokens
from assistant.errors import EngineError

_REASONS: dict[str, FinishReason] = {"eos": "stop", "word": "stop", "limit": "length"}
_MARKS = range(0xE000, 0xF8FF)
"""Private-use characters, to find where a template puts the messages."""


class LlamaDialect:
    """Implements `Dialect`."""

    aligns = False
    continues = True

    def __init__(self, connection: Connection, server: Server, tokens: ServerTokens) -> None:
        self._connection = connection
        self._server = server
        self._tokens = tokens

    def prompt(self, request: Request) -> Prompt:
        ids = self._files(request) if request.files else self._chat(request.messages)
        if not request.suffix:
            ids = ids + (self._tokens.encode(request.opening) if request.opening else [])
        return Prompt(ids, len(ids))

    def query(self, prompt: Prompt, request: Request, sampling: Sampling, *, top: int = 0) -> Query:
        body: dict[str, Any] = {
            "prompt": prompt.value,
            "n_predict": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": 0,
            "min_p": 0.0,
            "repeat_penalty": 1.0,
            "seed": sampling.seed,
            "stop": [*sampling.stop, *(_FILE_ENDS if request.files else ())],
            "n_probs": top or 1,
            "stream": True,
            "cache_prompt": True,
            "return_progress": True,
        }
        if len(self._server.models) > 1:
            body["model"] = self._server.model
        constraint = request.constraint
        if constraint is None:
            return Query("/completion", body, exact=True)
        if constraint.kind == "json_schema":
            schema = json.loads(constraint.text)
            return Query("/completion", body | {"json_schema": schema}, exact=True)
        grammar = gbnf(constraint)
        if grammar is None:
            return Query("/completion", body, exact=False)
        return Query("/completion", body | {"grammar": grammar.text}, exact=grammar.exact)

    def pieces(self, message: dict[str, Any]) -> Iterator[Piece]:
        if progress := message.get("prompt_progress"):
            yield Read(progress["processed"], progress["total"], progress["cache"])
            return
        yield from _texts(message)
        if not message["stop"]:
            return
        timings = message.get("timings") or {}
        reason = _REASONS.get(str(message.get("stop_type")), "stop")
        yield End(
            "length" if message.get("truncated") else reason,
            tokens=message["tokens_predicted"],
            prompt_tokens=message["tokens_evaluated"],
            cached=timings.get("cache_n", 0),
            drafted=timings.get("draft_n_accepted", 0),
        )

    def _chat(self, messages: Sequence[Message]) -> list[int]:
        """Ids of the messages in the model's template, which the server applies.

        Text of the messages is plain: where it would spell a control token, it is encoded apart
        from the template.
        """
        if not messages:
            raise EngineError("The prompt is empty.", hint="Add a message to the request.")
        contents = [each.content for each in messages]
        if not any(self._spells_control(text) for text in contents):
            return self._tokens.encode(self._rendered(messages), controls=True)
        used = {character for text in contents for character in text}
        free = [chr(code) for code in _MARKS if chr(code) not in used][: len(messages)]
        marked = [Message(each.role, mark) for each, mark in zip(messages, free, strict=True)]
        ids: list[int] = []
        rest = self._rendered(marked)
        for mark, text in zip(free, contents, strict=True):
            before, found, rest = rest.partition(mark)
            if not found:
                raise EngineError(
                    "A message spells a control token, and the model's template cannot be split "
                    "around it.",
                    hint="Remove the control token from the file.",
                )
            ids += self._tokens.encode(before, controls=True) + self._tokens.encode(text)
        return ids + self._tokens.encode(rest, controls=True)

    def _spells_control(self, text: str) -> bool:
        if "<" not in text and "[" not in text:
            return False
        plain = self._tokens.encode(text)
        begin = self._tokens.encode("", controls=True)
        return self._tokens.encode(text, controls=True) != [*begin, *plain]

    def _rendered(self, messages: Sequence[Message]) -> str:
        body = {
            "messages": [{"role": each.role, "content": each.content} for each in messages],
            "chat_template_kwargs": {"enable_thinking": False},
        }
        found = self._connection.post("/apply-template", body)
        prompt = found.get("prompt") if isinstance(found, dict) else None
        if not isinstance(prompt, str):
            raise not_understood(self._server.address, str(found))
        return prompt

    def _files(self, request: Request) -> list[int]:
        """Ids of repository files, in the format of Qwen2.5-Coder and models that follow it."""
        if not self._server.can(Ability.INFILL):
            raise EngineError(
                "The server's model has no fill-in-the-middle tokens: it cannot continue a file.",
                hint="Send messages instead.",
            )
        *others, last = request.files
        ids = self._controls("<|repo_name|>") + self._tokens.encode("repository\n")
        for file in others:
            ids += self._file(file)
        if not request.suffix:
            return ids + self._file(last)
        ids += self._controls("<|file_sep|>") + self._tokens.encode(f"{_line(last.path)}\n")
        ids += self._controls("<|fim_prefix|>") + self._tokens.encode(last.text + request.opening)
        ids += self._controls("<|fim_suffix|>") + self._tokens.encode(request.suffix)
        return ids + self._controls("<|fim_middle|>")

    def _file(self, file: SourceFile) -> list[int]:
        text = f"{_line(file.path)}\n{file.text}"
        return self._controls("<|file_sep|>") + self._tokens.encode(text)

    def _controls(self, name: str) -> list[int]:
        return self._tokens.encode(name, controls=True)[-1:]


_FILE_ENDS = ("<|file_sep|>", "<|repo_name|>", "<|fim_prefix|>", "<|endoftext|>")


def _texts(message: dict[str, Any]) -> Iterator[Text]:
    """The tokens of a message. A partial stop string delays some, so that there may be several."""
    content = message["content"]
    if not isinstance(content, str):
        raise TypeError("content is not text")
    told = message.get("completion_probabilities") or []
    if "".join(each["token"] for each in told) == content:
        for each in told:
            yield Text(each["token"], each["logprob"], _top(each))
    elif content or told:
        yield Text(content, min((each["logprob"] for each in told), default=None), _top_of(told))


def _top_of(told: Sequence[dict[str, Any]]) -> tuple[tuple[str, float], ...]:
    return _top(told[0]) if told else ()


def _top(told: dict[str, Any]) -> tuple[tuple[str, float], ...]:
    return tuple((each["token"], each["logprob"]) for each in told.get("top_logprobs", ()))


def _line(path: str) -> str:
    """A path on one line: a line break in it would read as the file's text."""
    return " ".join(path.splitlines())
