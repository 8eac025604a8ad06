"""Owns how this package runs another Python process and watches it: pip, the hub, the converter.

The children never see the user's working directory on their import path, so that a repository
cannot slip its own `pip` or `torch` under us. Refuses to interpret what they print.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import assistant
from assistant.models.progress import CancelFlag, check_cancelled

_POLL = 0.2
"""Seconds between two looks at a child: a cancel is obeyed within that."""
_GRACE = 3.0
"""Seconds a child has to end after it was asked to."""


@dataclass(frozen=True, slots=True)
class Finished:
    code: int
    """Exit code; negative is the number of the signal that killed it; None never."""
    errors: str
    """The end of what it wrote to stderr."""
    timed_out: bool = False


def run_module(
    module: str,
    arguments: tuple[str, ...],
    *,
    folder: Path,
    cancel: CancelFlag,
    tick: Callable[[], None] = lambda: None,
    message: Callable[[dict[str, Any]], None] = lambda _: None,
    environ: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Finished:
    """Runs `python -m module` in `folder` to its end.

    `tick` is called a few times per second, `message` for every line of JSON on its stdout, both in
    this thread. Raises Cancelled, after the child has ended. After `timeout` seconds it is killed.
    """
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            cwd=folder,
            env=_environ(environ or {}),
            stdin=subprocess.PIPE,  # never written: its end tells the child that we died
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        lines = _Lines(child)
        try:
            timed_out = _watch(child, lines, cancel, tick, message, timeout)
        finally:
            _end(child)
            lines.join()
            if child.stdin is not None:
                child.stdin.close()
        for line in lines.take():
            message(line)
        errors.seek(max(0, errors.tell() - 8192))
        tail = errors.read().decode("utf-8", "replace")
    return Finished(child.returncode, tail, timed_out)


def last_error(text: str) -> str:
    """The line of a child's stderr that says most: the last one of pip's errors, else the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    flagged = [line for line in lines if line.upper().startswith("ERROR")]
    return (flagged or lines or ["it said nothing"])[-1]


def _environ(extra: Mapping[str, str]) -> dict[str, str]:
    package = str(Path(assistant.__file__).resolve().parent.parent)
    inherited = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(part for part in (package, *inherited.split(os.pathsep)) if part)
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **extra}


def _watch(
    child: subprocess.Popen[bytes],
    lines: "_Lines",
    cancel: CancelFlag,
    tick: Callable[[], None],
    message: Callable[[dict[str, Any]], None],
    timeout: float | None,
) -> bool:
    """Waits for the end; True when the time was up first."""
    waited = 0.0
    while True:
        check_cancelled(cancel)
        for line in lines.take():
            message(line)
        tick()
        try:
            child.wait(_POLL)
            return False
        except subprocess.TimeoutExpired:
            waited += _POLL
            if timeout is not None and waited >= timeout:
                return True


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


class _Lines:
    """Reads a child's stdout in a thread, so that neither side ever waits for the other."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._messages: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._child = child
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def take(self) -> list[dict[str, Any]]:
        """What was said since the last call."""
        with self._lock:
            messages, self._messages = self._messages, []
        return messages

    def join(self) -> None:
        self._thread.join(_GRACE)

    def _read(self) -> None:
        assert self._child.stdout is not None  # noqa: S101 - Popen was given a pipe
        with self._child.stdout as stdout:
            for line in stdout:
                try:
                    value = json.loads(line)
                except ValueError:
                    continue
                if isinstance(value, dict):
                    with self._lock:
                        self._messages.append(value)
