"""Owns the program's side of the worker: starting, asking, cancelling, burying, starting again.

Imports neither torch nor anything that does. Losing the worker loses one request.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.engine.base import Cancel, EngineEvent, EngineInfo, Finish, Prefill, Request
from assistant.engine.process import WorkerProcess, worker_arguments, worker_environment
from assistant.engine.protocol import (
    Malformed,
    error_from_json,
    event_from_json,
    info_from_json,
    request_to_json,
)
from assistant.errors import Cancelled, EngineError
from assistant.settings import Settings

_POLL_SECONDS = 0.05
_GRACE_SECONDS = 0.9

Message = dict[str, Any]


class WorkerEngine:
    """Implements `Engine` over a worker process, which starts with the first request."""

    def __init__(self, model_dir: Path, settings: Settings) -> None:
        self._arguments = worker_arguments(model_dir, settings)
        self._environment = worker_environment(settings)
        self._turn = _Turn()
        self._warming: Cancel | None = None
        self._process: WorkerProcess | None = None
        self._closed = False
        self._guard = threading.Lock()

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        missing = set(range(len(request.samplings)))
        prompt = 0
        for value in self._ask("stream", cancel, {"request": request_to_json(request)}):
            match value:
                case Result():
                    return
                case Prefill():
                    prompt = value.total
                case Finish():
                    missing.discard(value.candidate)
            yield value
        # The worker is not done yet, but the user is.
        for candidate in sorted(missing):
            yield Finish(candidate, "cancelled", prompt, 0, 0.0)

    def score(self, request: Request, labels: Sequence[str], cancel: Cancel) -> tuple[float, ...]:
        message = {"request": request_to_json(request), "labels": list(labels)}
        for value in self._ask("score", cancel, message):
            if isinstance(value, Result):
                return tuple(float(each) for each in value.value)
        raise Cancelled

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        mine = Cancel(cancel)
        with self._guard:
            self._warming = mine
        for value in self._ask("warm", mine, {"request": request_to_json(request)}):
            if isinstance(value, Prefill):
                yield value

    def info(self) -> EngineInfo:
        for value in self._ask("info", Cancel(), {}):
            if isinstance(value, Result):
                return info_from_json(value.value)
        raise EngineError("The worker gave no information.")

    def close(self) -> None:
        with self._guard:
            self._closed = True
            process, self._process = self._process, None
        if process is not None:
            process.end()

    def _ask(self, op: str, cancel: Cancel, message: Message) -> Iterator["EngineEvent | Result"]:
        """Events of one operation, then its result; just ends when cancelled and not answered."""
        give_way = self._stop_warming if op != "warm" else _nothing
        with self._turn.taken(cancel, give_way) as mine:
            if not mine or cancel.is_set:
                return
            process = self._running()
            number = process.send(op, message)
            try:
                yield from _answers(process, number, cancel)
            except Malformed:
                process.end()
                raise
            finally:
                process.forget(number)

    def _stop_warming(self) -> None:
        with self._guard:
            if self._warming is not None:
                self._warming.set()

    def _running(self) -> WorkerProcess:
        with self._guard:
            if self._closed:
                raise EngineError("The engine is closed.", hint="Start the program again.")
            if self._process is not None and not self._process.alive:
                self._process.end()
                self._process = None
            if self._process is None:
                self._process = WorkerProcess(self._arguments, self._environment)
            return self._process


class _Turn:
    """One request at a time. A thread that asks again while it still reads would wait for ever."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None

    @contextlib.contextmanager
    def taken(self, cancel: Cancel, while_waiting: Callable[[], None]) -> Iterator[bool]:
        """False when cancelled while waiting. Raises EngineError instead of waiting for itself."""
        if self._lock.locked() and self._owner == threading.get_ident():
            raise EngineError(
                "A request was made while this thread still reads another.",
                hint="Read the first to its end, or close it.",
            )
        while_waiting()
        while not self._lock.acquire(timeout=_POLL_SECONDS):
            while_waiting()
            if cancel.is_set:
                yield False
                return
        self._owner = threading.get_ident()
        try:
            yield True
        finally:
            self._owner = None
            self._lock.release()


@dataclass(frozen=True, slots=True)
class Result:
    """The last that the worker says of an operation."""

    value: Any


def _answers(
    process: WorkerProcess, number: int, cancel: Cancel
) -> Iterator["EngineEvent | Result"]:
    """What the worker says of an operation; ends early when a cancel is not answered in time."""
    asked: float | None = None
    while True:
        if cancel.is_set and asked is None:
            asked = time.monotonic()
            process.cancel(number)
        if asked is not None and time.monotonic() - asked > _GRACE_SECONDS:
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


def _nothing() -> None:
    pass
