"""Renders messages with the model's own chat template.

A template is untrusted code from a downloaded file. It runs sandboxed, with limits on time, memory
and output, and only decides where the messages go. Message and opening text is plain text: it
cannot end a turn.
"""

import datetime
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser
import jinja2.sandbox
import psutil

from assistant.engine.base import Message
from assistant.errors import EngineError, ModelError

_SOURCE_LIMIT = 256 * 1024
_OUTPUT_LIMIT = 16 * 2**20
_MEMORY_LIMIT = 512 * 2**20
_RENDER_SECONDS = 2.0
_HINT = "Choose another model; the chat template of this one is not safe to run."


class ChatTemplate:
    """The compiled chat template of one model."""

    def __init__(self, source: str, names: dict[str, str], *, seconds: float = _RENDER_SECONDS):
        """`names` are the token names a template may use, such as bos_token.

        Raises ModelError for a template that cannot be compiled within the limits.
        """
        if len(source) > _SOURCE_LIMIT:
            raise ModelError(
                f"The chat template is too long: {len(source)} characters.", hint=_HINT
            )
        self.source = source
        self._names = names
        self._seconds = seconds
        try:
            with _bounded(seconds):
                self._template = _environment().from_string(source)
        except (jinja2.TemplateError, MemoryError, RecursionError, TimeoutError) as error:
            raise ModelError(
                f"The model's chat template cannot be used: {error}", hint=_HINT
            ) from error

    @classmethod
    def load(cls, folder: Path) -> "ChatTemplate":
        """Reads the template of a converted folder. Raises ModelError."""
        try:
            source = (folder / "chat_template.jinja").read_text(encoding="utf-8")
            config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(
                f"The chat template in {folder} cannot be read: {error}",
                hint="Choose an instruction-tuned model, or pull this one again.",
            ) from error
        return cls(source, _token_names(config))

    def render(self, messages: Sequence[Message], *, thinking: bool = False) -> str:
        """The prompt up to the start of the assistant's reply, or of its reasoning.

        `thinking` tells templates that can switch reasoning on and off what is wanted.

        Raises EngineError when the template fails or exceeds a limit.
        """
        values = [{"role": each.role, "content": each.content} for each in messages]
        try:
            with _bounded(self._seconds):
                return self._join(
                    self._template.generate(
                        messages=values,
                        add_generation_prompt=True,
                        tools=None,
                        enable_thinking=thinking,
                        thinking=thinking,
                        **self._names,
                    )
                )
        except Exception as error:
            # The template is untrusted code and may raise anything.
            raise EngineError(
                f"The model's chat template failed: {str(error) or type(error).__name__}",
                hint=_HINT,
            ) from error

    def _join(self, pieces: Iterator[str]) -> str:
        joined: list[str] = []
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > _OUTPUT_LIMIT:
                raise MemoryError(f"its output exceeds {_OUTPUT_LIMIT} characters")
            joined.append(piece)
        return "".join(joined)


class _Generation(jinja2.ext.Extension):
    """The block by which templates mark, for training, what the assistant wrote."""

    tags = {"generation"}  # noqa: RUF012 - as jinja2 declares it

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        next(parser.stream)
        return list(parser.parse_statements(("name:endgeneration",), drop_needle=True))


class _Environment(jinja2.sandbox.ImmutableSandboxedEnvironment):
    """Also bounds arithmetic: one huge power or repetition is a single step without end."""

    intercepted_binops = frozenset(["*", "**", "%", "+"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or (operator == "*" and _large(left, right)):
            raise jinja2.TemplateRuntimeError("arithmetic exceeds the limit")
        if operator == "%" and isinstance(left, str):
            raise jinja2.TemplateRuntimeError("formatting text with % is not allowed")
        return super().call_binop(context, operator, left, right)


def _large(left: Any, right: Any) -> bool:
    def size(value: Any) -> int:
        return (
            abs(value) if isinstance(value, int) else len(value) if hasattr(value, "__len__") else 1
        )

    return size(left) * size(right) > _OUTPUT_LIMIT


def _environment() -> _Environment:
    environment = _Environment(
        trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols, _Generation]
    )
    environment.filters["tojson"] = _to_json
    for name in ("center", "format", "indent", "wordwrap", "urlize", "xmlattr", "pprint"):
        del environment.filters[name]
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = _today
    return environment


def _to_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=min(indent or 0, 8) or None)


def _raise(message: object) -> None:
    raise jinja2.TemplateRuntimeError(str(message))


def _today(style: str) -> str:
    return datetime.datetime.now(tz=datetime.UTC).strftime(str(style)[:64])


def _token_names(config: dict[str, Any]) -> dict[str, str]:
    """Token names such as bos_token and their texts; a value is the text or an object that contains
    it.
    """
    names = {}
    for key in ("bos_token", "eos_token", "pad_token", "unk_token"):
        value = config.get(key)
        text = value.get("content") if isinstance(value, dict) else value
        names[key] = text if isinstance(text, str) else ""
    return names


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Stops Python code on this thread that runs too long, and limits its memory.

    The clock is checked on every traced line. What a single line can do is bounded by the address
    space, on systems that support such a limit.
    """
    deadline = time.monotonic() + seconds

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if time.monotonic() > deadline:
            raise TimeoutError(f"it ran for more than {seconds:g} seconds")
        return trace

    before = sys.gettrace()
    with _limited_memory():
        sys.settrace(trace)
        try:
            yield
        finally:
            sys.settrace(before)


@contextmanager
def _limited_memory() -> Iterator[None]:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    room = psutil.Process().memory_info().vms + _MEMORY_LIMIT
    if soft != resource.RLIM_INFINITY:
        room = min(room, soft)
    resource.setrlimit(resource.RLIMIT_AS, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
