"""The client side of the worker: starts it, sends requests, cancels, restarts it after a crash.

Imports neither torch nor anything that does. A crashed worker costs one request.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.engine.base import Cancel, EngineEvent, EngineInfo, Finish, Prefill, Request
from assistant.engine.process import (
    Launch,
    WorkerProcess,
    worker_arguments,
    worker_environment,
)
from assistant.engine.protocol import (
    Malformed,
    error_from_json,
    event_from_json,
    info_from_json,
    request_to_json,
)
from assistant.engine.turn import Turn
from assistant.errors import Cancelled, EngineError
from assistant.settings import Settings

_GRACE_SECONDS = 0.9

Message = dict[str, Any]
Stopped = Callable[[], bool]
"""Whether a start is no longer wanted."""


class WorkerClient:
    """Implements `Engine` with a worker process, started by the first request."""

    def __init__(self, start: Callable[[Stopped], WorkerProcess]) -> None:
        """`start` starts a worker. It may raise EngineError, and Cancelled once it is stopped."""
        self._start = start
        self._turn = Turn()
        self._warming: Cancel | None = None
        self._process: WorkerProcess | None = None
        self._closed = threading.Event()
        self._guard = threading.Lock()

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        missing = set(range(len(request.samplings)))
        prompt = 0
        for value in self._call("stream", cancel, {"request": request_to_json(request)}):
            match value:
                case Result():
                    return
                case Prefill():
                    prompt = value.total
                case Finish():
                    missing.discard(value.candidate)
            yield value
        # Cancelled before the worker finished these candidates.
        for candidate in sorted(missing):
            yield Finish(candidate, "cancelled", prompt, 0, 0.0)

    def score(self, request: Request, labels: Sequence[str], cancel: Cancel) -> tuple[float, ...]:
        message = {"request": request_to_json(request), "labels": list(labels)}
        for value in self._call("score", cancel, message):
            if isinstance(value, Result):
                return tuple(float(each) for each in value.value)
        raise Cancelled

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        own = Cancel(cancel)
        with self._guard:
            self._warming = own
        for value in self._call("warm", own, {"request": request_to_json(request)}):
            if isinstance(value, Prefill):
                yield value

    def info(self) -> EngineInfo:
        for value in self._call("info", Cancel(), {}):
            if isinstance(value, Result):
                return info_from_json(value.value)
        raise EngineError("The worker sent no engine information.")

    def ready(self) -> None:
        """Starts the worker, if it does not run; the model is loaded by the first request."""
        with self._turn.taken(Cancel(), _do_nothing):
            self._running(Cancel())

    def close(self) -> None:
        with self._guard:
            self._closed.set()
            process, self._process = self._process, None
        if process is not None:
            process.end()

    def _call(self, op: str, cancel: Cancel, message: Message) -> Iterator["EngineEvent | Result"]:
        """Events of one operation, then its result; ends without one when cancelled."""
        on_wait = self._stop_warming if op != "warm" else _do_nothing
        with self._turn.taken(cancel, on_wait) as admitted:
            if not admitted or cancel.is_set:
                return
            try:
                process = self._running(cancel)
            except Cancelled:
                return
            number = process.send(op, message)
            try:
                yield from _messages(process, number, cancel)
            except Malformed:
                process.end()
                raise
            finally:
                process.forget(number)

    def _stop_warming(self) -> None:
        with self._guard:
            if self._warming is not None:
                self._warming.set()

    def _running(self, cancel: Cancel) -> WorkerProcess:
        """Called by one thread at a time. Raises Cancelled when `start` does."""
        with self._guard:
            if self._closed.is_set():
                raise _closed()
            if self._process is not None and self._process.alive:
                return self._process
            ended, self._process = self._process, None
        if ended is not None:
            ended.end()
        process = self._start(lambda: cancel.is_set or self._closed.is_set())
        with self._guard:
            if not self._closed.is_set():
                self._process = process
                return process
        process.end()
        raise _closed()


class WorkerEngine(WorkerClient):
    """The worker on this machine."""

    def __init__(self, model_dir: Path, settings: Settings) -> None:
        launch = Launch(worker_arguments(model_dir, settings), worker_environment(settings))
        super().__init__(lambda stopped: WorkerProcess(launch))


@dataclass(frozen=True, slots=True)
class Result:
    """The final message of an operation."""

    value: Any


def _messages(
    process: WorkerProcess, number: int, cancel: Cancel
) -> Iterator["EngineEvent | Result"]:
    """The worker's messages about an operation; ends early if it does not react to a cancel in
    time.
    """
    cancelled_at: float | None = None
    while True:
        if cancel.is_set and cancelled_at is None:
            cancelled_at = time.monotonic()
            process.cancel(number)
        if cancelled_at is not None and time.monotonic() - cancelled_at > _GRACE_SECONDS:
            return
        message = process.receive(number)
        if message is None:
            continue
        if "error" in message:
            raise error_from_json(message["error"])
        if "result" in message:
            yield Result(message["result"])
            return
        yield event_from_json(message.get("event"))


def _closed() -> EngineError:
    return EngineError("The engine is closed.", hint="Restart the program.")


def _do_nothing() -> None:
    pass
