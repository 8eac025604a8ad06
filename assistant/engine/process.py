"""Owns one worker process as the program sees it: its pipes, its last words, its end."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Any

import psutil

import assistant
from assistant.engine.protocol import Malformed, read_line, write_line
from assistant.errors import EngineError, WorkerDied
from assistant.settings import Settings

_POLL_SECONDS = 0.05
_END_SECONDS = 3.0
_SPINS = "20000"
"""Turns a thread waits before it sleeps. The default burns a core that another program may need:
where cores are shared, forward passes then take three times as long, here and there."""
_NEXT = "The next request starts another."

Message = dict[str, Any]


class WorkerProcess:
    """A running worker and the threads that read it."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        try:
            self._popen = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=Path(sys.executable).anchor,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # the terminal's Ctrl-C is for the program, not for it
            )
        except OSError as error:
            raise EngineError(
                f"The worker cannot be started: {error}", hint="Check the installation."
            ) from error
        self._inbox: queue.SimpleQueue[Message | Malformed | None] = queue.SimpleQueue()
        self._errors: deque[str] = deque(maxlen=20)
        self._current = 0
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._scribe = threading.Thread(target=self._collect, daemon=True)
        self._listener.start()
        self._scribe.start()

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None and self._listener.is_alive()

    def send(self, op: str, message: Message) -> int:
        """Sends an operation and gives its number. Raises WorkerDied."""
        self._current += 1
        self._write({"op": op, "id": self._current, **message})
        return self._current

    def cancel(self, number: int) -> None:
        self._write({"op": "cancel", "id": number})

    def forget(self, number: int) -> None:
        """Whatever more is said of it is dropped; if it still runs, it is cancelled."""
        if self.alive:
            with contextlib.suppress(WorkerDied):
                self.cancel(number)

    def receive(self, number: int) -> Message | None:
        """The next message about this operation, or None when there is none yet.

        Raises WorkerDied, or Malformed for a line that is no message.
        """
        try:
            message = self._inbox.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            return None
        if message is None:
            raise self._death()
        if isinstance(message, Malformed):
            raise message
        return message if message.get("id") == number else None

    def end(self) -> None:
        """Ends the process: asked first, then made to."""
        with contextlib.suppress(OSError, ValueError):
            if self._popen.stdin is not None:
                self._popen.stdin.close()
        try:
            self._popen.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        for thread in (self._listener, self._scribe):
            thread.join(_END_SECONDS)
        for pipe in (self._popen.stdout, self._popen.stderr):
            if pipe is not None:
                pipe.close()

    def _write(self, message: Message) -> None:
        pipe = self._popen.stdin
        try:
            if pipe is None:
                raise self._death()
            pipe.write(write_line(message))
            pipe.flush()
        except (OSError, ValueError) as error:
            raise self._death() from error

    def _listen(self) -> None:
        with contextlib.suppress(ValueError):
            for line in self._popen.stdout or ():
                try:
                    self._inbox.put(read_line(line))
                except Malformed as error:
                    self._inbox.put(error)
        self._inbox.put(None)

    def _collect(self) -> None:
        with contextlib.suppress(ValueError):
            for line in self._popen.stderr or ():
                self._errors.append(line.rstrip())

    def _death(self) -> WorkerDied:
        try:
            code = self._popen.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            code = self._popen.wait()
        self._scribe.join(_END_SECONDS)
        last = " | ".join(list(self._errors)[-3:])
        message = f"The worker process {_how(code)}." + (f" It said: {last}" if last else "")
        return WorkerDied(message, hint=_hint(code))


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    with contextlib.suppress(ValueError):
        return f"was killed by {signal.Signals(-code).name}"
    return f"was killed by signal {-code}"


def _hint(code: int) -> str:
    if -code == getattr(signal, "SIGKILL", 9):
        return (
            "Most likely memory ran out: close other programs, choose a smaller model or select"
            f" less. {_NEXT}"
        )
    return _NEXT


def worker_arguments(model_dir: Path, settings: Settings) -> list[str]:
    return [
        sys.executable,
        "-P",  # the repository the user stands in must not lend us modules
        "-m",
        "assistant.engine.worker",
        "--model",
        str(model_dir.resolve()),
        "--device",
        settings.device,
        "--gpu-weights",
        settings.gpu_weights,
        "--threads",
        str(settings.threads or physical_cores()),
        "--context",
        str(settings.context_tokens),
        "--prefixes",
        str(settings.cache_dir.absolute() / "prefixes"),
    ]


def worker_environment(settings: Settings) -> dict[str, str]:
    threads = str(settings.threads or physical_cores())
    package = str(Path(assistant.__file__).resolve().parent.parent)
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    inherited = [path for path in paths if Path(path).is_absolute()]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([package, *inherited]),
        "PYTHONUNBUFFERED": "1",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": threads,
        "GOMP_SPINCOUNT": os.environ.get("GOMP_SPINCOUNT", _SPINS),
    }


def physical_cores() -> int:
    """Cores that this process may use; hyperthreads do not count."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    physical = psutil.cpu_count(logical=False) or allowed or 1
    return max(1, min(physical, allowed or physical))
