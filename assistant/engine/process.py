"""One worker process as the client sees it: its pipes, its stderr, its exit."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
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
"""Spin iterations before an idle OpenMP thread sleeps. libgomp's default occupies a core that
another program may need; on shared cores, some forward passes then take three times as long."""
_NEXT = "The next request starts a new worker."
_GARBAGE = 2**20
"""Characters before the first message after which there will be none."""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Launch:
    """How a worker is started."""

    arguments: Sequence[str]
    environment: dict[str, str]
    marker: str = ""
    """What the first message follows, on the same line; everything before it is skipped."""
    explain: "Callable[[Ending], EngineError] | None" = None
    """The error for its end, if it is not a process of this program on this machine."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a worker process ended."""

    code: int
    """Exit code; negative for a signal."""
    output: tuple[str, ...]
    """The last lines of its stderr."""
    greeted: bool
    """It had sent a message."""


class WorkerProcess:
    """A running worker and the threads that read its pipes."""

    def __init__(self, launch: Launch) -> None:
        """Raises EngineError."""
        self._launch = launch
        try:
            self._popen = subprocess.Popen(
                launch.arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=launch.environment,
                cwd=Path(sys.executable).anchor,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # the terminal's Ctrl-C must not reach the worker
            )
        except OSError as error:
            raise EngineError(
                f"The worker cannot be started: {error}", hint="Check the installation."
            ) from error
        self._inbox: queue.SimpleQueue[Message | EngineError | None] = queue.SimpleQueue()
        self._stderr: deque[str] = deque(maxlen=20)
        self._current = 0
        self._greeted = False
        self._writing = threading.Lock()
        self._stdout_reader = threading.Thread(target=self._read_stdout, daemon=True)
        self._stderr_reader = threading.Thread(target=self._read_stderr, daemon=True)
        self._stdout_reader.start()
        self._stderr_reader.start()

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None and self._stdout_reader.is_alive()

    def send(self, op: str, message: Message) -> int:
        """Sends an operation and returns its number. Raises WorkerDied."""
        self._current += 1
        self._write({"op": op, "id": self._current, **message})
        return self._current

    def cancel(self, number: int) -> None:
        self._write({"op": "cancel", "id": number})

    def forget(self, number: int) -> None:
        """Cancels the operation if it still runs; later messages about it are dropped."""
        if self.alive:
            with contextlib.suppress(EngineError):
                self.cancel(number)

    def keep_alive(self, seconds: float) -> None:
        """Sends a sign of life that often, from a thread, until the worker ends."""

        def ping() -> None:
            while True:
                self._stdout_reader.join(seconds)
                if not self.alive:
                    return
                with contextlib.suppress(EngineError):
                    self._write({"op": "ping"})

        threading.Thread(target=ping, daemon=True).start()

    def receive(self, number: int) -> Message | None:
        """The next message about this operation, or None if there is none yet.

        Raises the error for its end (WorkerDied), or Malformed for an invalid line.
        """
        try:
            message = self._inbox.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            return None
        if message is None:
            raise self._worker_died()
        if isinstance(message, EngineError):
            raise message
        return message if message.get("id") == number else None

    def end(self, seconds: float = _END_SECONDS) -> None:
        """Ends the process: closes its stdin, then kills it if it does not exit in that time."""
        with contextlib.suppress(OSError, ValueError):
            if self._popen.stdin is not None:
                self._popen.stdin.close()
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        for thread in (self._stdout_reader, self._stderr_reader):
            thread.join(_END_SECONDS)
        for pipe in (self._popen.stdout, self._popen.stderr):
            if pipe is not None:
                pipe.close()

    def _write(self, message: Message) -> None:
        pipe = self._popen.stdin
        try:
            if pipe is None:
                raise self._worker_died()
            with self._writing:
                pipe.write(write_line(message))
                pipe.flush()
        except (OSError, ValueError) as error:
            raise self._worker_died() from error

    def _read_stdout(self) -> None:
        with contextlib.suppress(ValueError):
            for message in _messages(self._popen.stdout or (), self._launch.marker):
                self._greeted = True
                self._inbox.put(message)
        self._inbox.put(None)

    def _read_stderr(self) -> None:
        with contextlib.suppress(ValueError):
            for line in self._popen.stderr or ():
                self._stderr.append(line.rstrip())

    def _worker_died(self) -> EngineError:
        try:
            code = self._popen.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            code = self._popen.wait()
        self._stderr_reader.join(_END_SECONDS)
        ending = Ending(code, tuple(self._stderr), self._greeted)
        return (self._launch.explain or _explain)(ending)


def _messages(lines: Iterable[str], marker: str) -> Iterator[Message | EngineError]:
    """The messages after the marker. A line that the end of the process cut is left out."""
    skipped, waiting = 0, bool(marker)
    for each in lines:
        line = each
        if waiting:
            _, found, line = each.partition(marker)
            skipped += len(each)
            if not found and skipped > _GARBAGE:
                yield Malformed(
                    "The worker sent text without end instead of a message.",
                    hint="See what a command prints there before it starts.",
                )
                return
            waiting = not found
        if waiting or not line.endswith("\n"):
            continue
        try:
            yield read_line(line)
        except Malformed as error:
            yield error


def _explain(ending: Ending) -> WorkerDied:
    output = " | ".join(ending.output[-3:])
    message = f"The worker process {describe_exit(ending.code)}." + (
        f" Its last output: {output}" if output else ""
    )
    return WorkerDied(message, hint=_hint(ending.code))


def describe_exit(code: int) -> str:
    """What an exit code says, as the end of a sentence."""
    if code >= 0:
        return f"ended with code {code}"
    with contextlib.suppress(ValueError):
        return f"was killed by {signal.Signals(-code).name}"
    return f"was killed by signal {-code}"


def _hint(code: int) -> str:
    if -code == getattr(signal, "SIGKILL", 9):
        return (
            "It probably ran out of memory: close other programs, choose a smaller model, or select"
            f" less. {_NEXT}"
        )
    return _NEXT


def worker_arguments(model_dir: Path, settings: Settings) -> list[str]:
    """The command line of the worker."""
    return [
        sys.executable,
        "-P",  # keep the working directory, the user's repository, out of sys.path
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
        str(settings.window),
        "--thinking",
        str(settings.thinking_tokens),
        "--prefixes",
        str(settings.cache_dir.absolute() / "prefixes"),
    ]


def worker_environment(settings: Settings) -> dict[str, str]:
    """The environment of the worker: offline, with absolute import paths only."""
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
    """Physical cores available to this process; hyperthreads do not count."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    physical = psutil.cpu_count(logical=False) or allowed or 1
    return max(1, min(physical, allowed or physical))
