"""The side of the other machine, before its worker starts: says what it is and finds the model.

    to it      {"op": "open", "id": 1, "model": ..., "context_tokens": ...,
                "thinking_tokens": ...}
               {"op": "describe", "id": 1, "model": ...}
               {"op": "tokenizer" | "start", "id": 2}
    from it    MARKER {"id": 0, "result": {"version": ..., "protocol": ..., "program": ...}}
               {"id": 1, "result": ...} or {"id": 1, "error": [kind, message, hint]}

After `start` the process becomes the worker, which speaks `engine.protocol` on the same pipes.
"""

import hashlib
import os
import select
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from assistant.engine.process import worker_arguments, worker_environment
from assistant.engine.protocol import VERSION, error_to_json, read_line, write_line
from assistant.errors import AssistantError, EngineError
from assistant.models import folder as layout
from assistant.settings import Settings
from assistant.version import __version__

MARKER = "#assistant-worker#"
"""Before the first message: what login scripts print is skipped up to here."""

SILENCE = 120.0
"""Seconds without a line after which the worker ends; the other side sends one each 15 seconds."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The model that was asked for, found on this machine."""

    settings: Settings
    """With `model` filled in."""
    folder: Path

    @property
    def tokenizer(self) -> bytes:
        return (self.folder / layout.TOKENIZER).read_bytes()


@dataclass(frozen=True, slots=True)
class Desk:
    """What the command line knows about this machine."""

    choose: Callable[[str, int], Chosen]
    """Finds a model by name, or one for the hardware without a name, for this context in tokens.
    May raise ModelError."""
    describe: Callable[[str], Any]
    """The rows of a diagnosis with that model, or the one that is chosen without a name, as JSON.
    """


def receive(lines: Iterable[str], output: TextIO, desk: Desk) -> Chosen | None:
    """Answers until the worker may start, and returns its model; None if the lines end before."""
    program = sys.argv[0] if Path(sys.argv[0]).name == "assistant" else ""
    greeting = {"version": __version__, "protocol": VERSION, "program": program}
    output.write("\n" + MARKER)
    chosen: Chosen | None = None
    _send(output, {"id": 0, "result": greeting})
    for line in lines:
        message = read_line(line)
        op, number = message.get("op"), message.get("id")
        try:
            match op:
                case "open":
                    chosen = _chosen(desk, message)
                    digest = hashlib.sha256(chosen.tokenizer).hexdigest()
                    result: Any = {
                        "model": chosen.settings.model,
                        "context_tokens": chosen.settings.window,
                        "tokenizer": digest,
                    }
                case "tokenizer" if chosen is not None:
                    result = chosen.tokenizer.decode("utf-8")
                case "describe":
                    result = desk.describe(str(message["model"]))
                case "start" if chosen is not None:
                    _send(output, {"id": number, "result": None})
                    return chosen
                case _:
                    raise EngineError(f"Unknown operation {op!r} before the worker started.")
        except (AssistantError, OSError, ValueError, KeyError) as error:
            _send(output, {"id": number, "error": error_to_json(error)})
        else:
            _send(output, {"id": number, "result": result})
    return None


def _chosen(desk: Desk, message: dict[str, Any]) -> Chosen:
    """What an `open` asks for. Raises as `Desk.choose`, and KeyError and ValueError."""
    thinking = int(message["thinking_tokens"])
    chosen = desk.choose(str(message["model"]), int(message["context_tokens"]))
    return replace(chosen, settings=replace(chosen.settings, thinking_tokens=thinking))


def become_worker(chosen: Chosen, output: TextIO) -> None:
    """Replaces this process with the worker, on the same pipes."""
    os.dup2(output.fileno(), 1)
    arguments = [*worker_arguments(chosen.folder, chosen.settings), "--silence", str(SILENCE)]
    os.execve(sys.executable, arguments, worker_environment(chosen.settings))  # noqa: S606


def unbuffered_lines(pipe: int, seconds: float = SILENCE) -> Iterator[str]:
    """Lines of a pipe. None of what follows them is read, for it is the worker's.

    They end when the pipe is closed, or silent for so long.
    """
    line = bytearray()
    while select.select([pipe], [], [], seconds)[0] and (byte := os.read(pipe, 1)):
        line += byte
        if byte == b"\n":
            yield line.decode("utf-8", "replace")
            line.clear()


def _send(output: TextIO, message: dict[str, Any]) -> None:
    output.write(write_line(message))
    output.flush()
