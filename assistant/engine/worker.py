"""The worker process: an engine that speaks the protocol on stdin and stdout.

A reader thread receives cancels while the main thread computes. The worker exits when its stdin
closes, so nothing outlives the program that started it. Everything except the protocol goes to
stderr.
"""

import argparse
import contextlib
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from assistant.engine import startup
from assistant.engine.base import Cancel, Engine, EngineInfo
from assistant.engine.protocol import (
    error_to_json,
    event_to_json,
    info_to_json,
    read_line,
    request_from_json,
    reserve_stdout,
    write_line,
)
from assistant.errors import AssistantError, EngineError

Message = dict[str, Any]
_LAST_SECONDS = 5.0


class Worker:
    """Serves one client; implements the worker's side of `protocol`."""

    def __init__(self, load: Callable[[], Engine], output: TextIO) -> None:
        """`load` is called by the first operation that needs the model."""
        self._load = load
        self._engine: Engine | None = None
        self._output = output
        self._todo: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._cancels: dict[int, Cancel] = {}
        self._background: Cancel | None = None
        self._lock = threading.Lock()

    def serve(self, lines: Iterable[str]) -> None:
        """Handles messages until `lines` end or a shutdown arrives; runs on the main thread."""
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()
        while (message := self._todo.get()) is not None:
            self._handle(message)
        if self._engine is not None:
            self._engine.close()

    def _read(self, lines: Iterable[str]) -> None:
        """Runs on the reader thread: queues operations and applies cancels at once."""
        try:
            for line in lines:
                if not self._receive(read_line(line)):
                    break
        except (EngineError, ValueError, OSError) as error:
            print(f"stopped reading: {error}", file=sys.stderr)
        self._stop_all()
        self._todo.put(None)

    def _receive(self, message: Message) -> bool:
        with self._lock:
            match message.get("op"):
                case "shutdown":
                    return False
                case "ping":
                    return True
                case "cancel":
                    if cancel := self._cancels.get(message.get("id", -1)):
                        cancel.set()
                    return True
                case op:
                    cancel = self._cancels[message.get("id", -1)] = Cancel()
                    if self._background is not None:
                        self._background.set()
                    self._background = cancel if op == "warm" else None
        self._todo.put(message)
        return True

    def _stop_all(self) -> None:
        with self._lock:
            for cancel in self._cancels.values():
                cancel.set()

    def _handle(self, message: Message) -> None:
        number = message.get("id", -1)
        with self._lock:
            cancel = self._cancels.setdefault(number, Cancel())
        try:
            self._send({"id": number, "result": self._run(number, message, cancel)})
        except Exception as error:  # noqa: BLE001 - the worker boundary: it must go on serving
            if not isinstance(error, AssistantError):
                traceback.print_exc(file=sys.stderr)
            self._send({"id": number, "error": error_to_json(error)})
        finally:
            with self._lock:
                del self._cancels[number]

    def _run(self, number: int, message: Message, cancel: Cancel) -> Any:
        if self._engine is None:
            self._engine = self._load()
        engine = self._engine
        match message.get("op"):
            case "info":
                return info_to_json(_current(engine.info()))
            case "stream":
                for event in engine.stream(request_from_json(message.get("request")), cancel):
                    self._send({"id": number, "event": event_to_json(event)})
                return None
            case "warm":
                for step in engine.warm(request_from_json(message.get("request")), cancel):
                    self._send({"id": number, "event": event_to_json(step)})
                return None
            case "score":
                request = request_from_json(message.get("request"))
                return list(engine.score(request, message.get("labels", ()), cancel))
            case op:
                raise EngineError(f"Unknown operation {op!r}.")

    def _send(self, message: Message) -> None:
        self._output.write(write_line(message))
        self._output.flush()


def _current(info: EngineInfo) -> EngineInfo:
    from assistant.engine.memory import peak_bytes, resident_bytes

    return replace(info, memory_bytes=resident_bytes(), peak_bytes=peak_bytes())


def main(arguments: list[str] | None = None) -> None:
    options = _parse(arguments)
    _raise_oom_score()
    output = reserve_stdout()
    startup.begin(options.model, lambda: _restart(output))

    def load() -> Engine:
        from assistant.engine.local import LocalEngine

        try:
            return LocalEngine.load(
                options.model,
                device=options.device,
                gpu_weights=options.gpu_weights,
                threads=options.threads,
                context_tokens=options.context,
                thinking=options.thinking,
                prefixes=options.prefixes,
            )
        finally:
            startup.end()

    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        Worker(load, output).serve(_until_closed(_heard(sys.stdin, options.silence)))
    os._exit(0)  # a thread still reading stdin must not keep the process alive


def _restart(output: TextIO) -> None:
    """Replaces the process with a fresh worker that imports all of torch; nothing of stdin has been
    read.
    """
    os.dup2(output.fileno(), 1)
    os.environ[startup.WHOLE] = "1"
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - no shell is wanted


def _heard(lines: Iterable[str], seconds: float) -> Iterator[str]:
    """The lines. Ends the process after so many seconds without one; 0 waits for ever.

    A connection that breaks without notice closes nothing on this side.
    """
    if not seconds:
        yield from lines
        return
    heard = threading.Event()

    def watch() -> None:
        while heard.wait(seconds):
            heard.clear()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    for line in lines:
        heard.set()
        yield line


def _until_closed(lines: Iterable[str]) -> Iterator[str]:
    """The lines; after the last, running work has a few seconds to finish."""
    yield from lines
    timer = threading.Timer(_LAST_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="assistant.engine.worker")
    parser.add_argument("--model", type=Path, required=True, help="a converted folder")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--gpu-weights", default="bf16")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--context", type=int, default=8192)
    parser.add_argument("--thinking", type=int, default=1024, help="most tokens of reasoning")
    parser.add_argument("--prefixes", type=Path, help="folder of the prefix cache")
    parser.add_argument("--silence", type=float, default=0, help="seconds without a line to end")
    return parser.parse_args(arguments)


def _raise_oom_score() -> None:
    """On Linux, makes the OOM killer pick the worker rather than the program that started it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("600", encoding="ascii")


if __name__ == "__main__":
    main()
