"""Runs child Python processes: pip, hub requests and the converter.

The user's working directory is not on the import path of a child, so a repository cannot inject its
own `pip` or `torch`.
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
"""Seconds between polls of a child; a cancel takes effect within this time."""
_GRACE = 3.0
"""Seconds that a child has to exit after SIGTERM."""


@dataclass(frozen=True, slots=True)
class Finished:
    code: int
    """Exit code; negative is the number of the signal that killed the process."""
    errors: str
    """The tail of stderr."""
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
    """Run `python -m module` in `folder` until it exits.

    `tick` is called a few times per second, and `message` for every JSON object on stdout, both in
    this thread. The child is ended after `timeout` seconds. Raises Cancelled once it has ended.
    """
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            cwd=folder,
            env=_environ(environ or {}),
            stdin=subprocess.PIPE,  # never written; closing it tells the child that we exited
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
    """The most informative line of a child's stderr: pip's last error, or else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    flagged = [line for line in lines if line.upper().startswith("ERROR")]
    return (flagged or lines or ["no error output"])[-1]


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
    """Wait for the child to exit; True if it timed out."""
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
    """Reads a child's stdout in a thread, so that neither side blocks the other."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._messages: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._child = child
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def take(self) -> list[dict[str, Any]]:
        """The messages since the last call."""
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
