"""Starts a worker on another machine over ssh, and checks what answers there."""

import hashlib
import os
import re
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from assistant.context.tokens import Tokenizer
from assistant.engine.client import Stopped
from assistant.engine.process import Launch, WorkerProcess
from assistant.engine.protocol import VERSION, Malformed, error_from_json
from assistant.engine.remote import faults
from assistant.engine.remote.host import Host, worker_command
from assistant.engine.remote.reception import MARKER
from assistant.errors import Cancelled, EngineError
from assistant.models import folder as layout
from assistant.models.doctor import Row
from assistant.version import __version__

_START_SECONDS = 60.0
_PING_SECONDS = 15.0
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the other machine is asked for."""

    model: str
    """Empty for the one that suits its hardware."""
    context_tokens: int
    """Most tokens of prompt and output; 0 for what suits the model and the hardware."""
    thinking_tokens: int = 1024
    """As in the settings."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What it offers."""

    model: str
    context_tokens: int
    tokenizer: str
    """SHA-256 of the tokenizer, in hexadecimal."""


class Link:
    """Connects, again and again if need be, to one model on one machine."""

    def __init__(self, host: Host, wish: Wish, tokenizers: Path) -> None:
        """`tokenizers` is the folder where tokenizers are kept once they were received."""
        self.host = host
        self._wish = wish
        self._tokenizers = tokenizers
        self._opened: Opened | None = None
        self._counter: Tokenizer | None = None

    @property
    def opened(self) -> Opened:
        """Known after the first connection."""
        assert self._opened is not None  # noqa: S101 - see above
        return self._opened

    @property
    def counter(self) -> Tokenizer:
        """The model's tokenizer; known after the first connection."""
        assert self._counter is not None  # noqa: S101 - see above
        return self._counter

    def connect(self, stopped: Stopped) -> WorkerProcess:
        """A worker that is ready to load the model.

        Raises LineFault, EngineError for another version or a machine that lets no one in,
        ModelError without the model there, and Cancelled.
        """
        call = _Call.begin(self.host, stopped)
        try:
            opened = _opened(call.ask("open", **asdict(self._wish)))
            if self._opened not in (None, opened):
                raise faults.other_model(self.host, self.opened.model, opened.model)
            if self._counter is None:
                self._counter = self._tokenizer(call, opened.tokenizer)
            self._opened = opened
            # What suits the hardware may change meanwhile; the model may not.
            self._wish = replace(
                self._wish, model=opened.model, context_tokens=opened.context_tokens
            )
            call.ask("start")
        except BaseException:
            call.process.end(0)
            raise
        call.process.keep_alive(_PING_SECONDS)
        return call.process

    def describe(self) -> tuple[Row, ...]:
        """A diagnosis of the machine and its model. Raises as `connect` does."""
        call = _Call.begin(self.host, lambda: False)
        try:
            rows = call.ask("describe", model=self._wish.model)
            try:
                return tuple(call.shown(Row(**row)) for row in rows)
            except (TypeError, ValueError) as error:
                raise _unexpected(rows) from error
        finally:
            call.process.end()

    def _tokenizer(self, call: "_Call", digest: str) -> Tokenizer:
        """The model's tokenizer, which is sent over the line once."""
        folder = self._tokenizers / digest
        if not (folder / layout.TOKENIZER).exists():
            text = str(call.ask("tokenizer")).encode()
            if hashlib.sha256(text).hexdigest() != digest:
                raise _unexpected("a tokenizer that is not the announced one")
            try:
                _store(folder, text)
            except OSError as error:
                raise EngineError(
                    f"The tokenizer cannot be kept in {folder}: {error.strerror}.",
                    hint="Make the cache folder writable, or set cache_dir.",
                ) from error
        return Tokenizer.load(folder)


class _Call:
    """Questions to the other machine before its worker starts."""

    def __init__(self, host: Host, stopped: Stopped) -> None:
        self._host = host
        self._stopped = stopped
        self._program = ""
        self.process = WorkerProcess(
            Launch(
                worker_command(host),
                dict(os.environ),
                MARKER,
                partial(faults.explain, host),
            )
        )

    @classmethod
    def begin(cls, host: Host, stopped: Stopped) -> "_Call":
        """After the other side has said that it is of this version."""
        call = cls(host, stopped)
        try:
            hello = call._answer(0)
            if not isinstance(hello, dict):
                raise _unexpected(hello)
            call._program = str(hello.get("program", ""))
            found = hello.get("version"), hello.get("protocol")
            if found != (__version__, VERSION):
                raise faults.wrong_version(host, *found)
        except BaseException:
            call.process.end(0)
            raise
        return call

    def ask(self, op: str, **fields: Any) -> Any:
        """The result of an operation. Raises what the other side reports, and LineFault."""
        return self._answer(self.process.send(op, fields))

    def shown(self, row: Row) -> Row:
        """A row of a diagnosis; commands in its hint name the other machine."""
        return replace(row, hint=faults.hint_for(self._host, self._program, row.hint))

    def _answer(self, number: int) -> Any:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._stopped():
                raise Cancelled
            message = self.process.receive(number)
            if message is None:
                continue
            if "error" in message:
                error = error_from_json(message["error"])
                raise faults.there(self._host, self._program, error)
            return message.get("result")
        raise faults.silent(self._host, _START_SECONDS)


def _opened(value: Any) -> Opened:
    try:
        opened = Opened(value["model"], int(value["context_tokens"]), value["tokenizer"])
    except (KeyError, TypeError, ValueError) as error:
        raise _unexpected(value) from error
    if not _DIGEST.fullmatch(opened.tokenizer):  # it names a folder
        raise _unexpected(value)
    return opened


def _store(folder: Path, tokenizer: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(tokenizer)
    Path(name).replace(folder / layout.TOKENIZER)


def _unexpected(value: object) -> Malformed:
    return Malformed(
        f"The other machine sent an unexpected message: {str(value)[:200]!r}",
        hint="Try again; if it persists, install the program there again.",
    )
