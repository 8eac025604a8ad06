"""Records what was sent to servers, per repository, in the user's private state folder.

A line of JSON for each prompt, with its whole text: it is the only proof of what left the machine.
Keys and passwords are left out of it: what goes to another machine has placeholders already, and
a server on this one may have read them. The oldest are dropped when the file grows too large.
"""

import json
import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from assistant.credentials.redacting import redacted
from assistant.engine.base import Request
from assistant.errors import EngineError
from assistant.private import name_of

_LARGEST = 16 * 2**20
"""Bytes of one repository's record; half of it stays when it is full."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A prompt that was sent to a server."""

    address: str
    model: str
    tokens: int
    text: str
    time: float = 0.0
    """Seconds since the epoch."""


Record = Callable[[Sent], None]
"""Keeps what is about to be sent; raises OSError when it cannot."""


def recorded(record: Record | None, sent: Sent) -> None:
    """Raises EngineError when it cannot be recorded; then it must not be sent."""
    if record is None:
        return
    try:
        record(sent)
    except OSError as error:
        raise EngineError(
            f"What is sent cannot be recorded: {error.strerror or error}.",
            hint="Nothing was sent. Make the state folder writable, or set state_dir.",
        ) from error


def text_of(request: Request) -> str:
    """All text of a request, as it is recorded."""
    parts = [f"[{each.role}]\n{each.content}" for each in request.messages]
    parts += [f"[{file.path}]\n{file.text}" for file in request.files]
    parts += [request.opening] if request.opening else []
    return "\n\n".join([*parts, request.suffix] if request.suffix else parts)


class SentLog:
    """The record of one repository."""

    def __init__(
        self,
        state_dir: Path,
        root: Path,
        clock: Callable[[], float] = time.time,
        known: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """`known` returns values that are secret without a recognizable form."""
        self._file = state_dir / "sent" / f"{name_of(root)}.jsonl"
        self._clock = clock
        self._known = known

    def add(self, sent: Sent) -> None:
        """Raises OSError when it cannot be written: what cannot be recorded is not sent."""
        row = {
            "time": self._clock(),
            "address": sent.address,
            "model": sent.model,
            "tokens": sent.tokens,
            "text": redacted(sent.text, self._known()),
        }
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._shorten()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(self._file, flags, 0o600), "a", encoding="ascii") as file:
            file.write(json.dumps(row) + "\n")

    def entries(self) -> tuple[Sent, ...]:
        """Oldest first; damaged lines are left out."""
        try:
            lines = self._file.read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            return ()
        found = []
        for line in lines:
            try:
                row = json.loads(line)
                found.append(Sent(**row))
            except (ValueError, TypeError):
                continue
        return tuple(found)

    def _shorten(self) -> None:
        if not self._file.exists() or self._file.stat().st_size < _LARGEST:
            return
        lines = self._file.read_bytes().splitlines(keepends=True)
        kept, size = [], 0
        for line in reversed(lines):
            size += len(line)
            if size > _LARGEST // 2:
                break
            kept.append(line)
        new = self._file.with_suffix(".part")
        new.write_bytes(b"".join(reversed(kept)))
        new.chmod(0o600)
        new.replace(self._file)
