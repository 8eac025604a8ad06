"""Runs a check command on a scratch copy of the working tree.

The command cannot change the repository and gets no input. When a run ends, by itself, by timeout
or by the user, all of its processes are gone.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.checks import sandbox
from assistant.checks.commands import CheckCommand
from assistant.checks.programs import resolve_program
from assistant.checks.results import CommandResult
from assistant.checks.scratch import ScratchCopy, Stop
from assistant.errors import Cancelled, CheckError

_KEPT_BYTES = 128 << 10
"""Bytes kept of the head of the output, and as many of the tail."""
_CHUNK = 1 << 16
_POLL_SECONDS = 0.05
_GRACE_SECONDS = 5.0
_SUPERVISOR = Path(__file__).with_name("supervisor.py")


class CheckRunner:
    """Runs commands for one repository, one at a time, and reuses the scratch copy."""

    def __init__(self, root: Path, *, confinement: sandbox.Confinement | None = None) -> None:
        """`confinement` is for tests; the default is the best one that works here."""
        self._root = root.resolve()
        self._confinement = confinement
        self._scratch: ScratchCopy | None = None
        self._lock = threading.Lock()

    @property
    def root(self) -> Path:
        """The repository, absolute and resolved."""
        return self._root

    @property
    def confinement(self) -> sandbox.Confinement:
        """How commands are confined here. "limits only" needs the user's explicit consent."""
        return self._confinement or sandbox.detect()

    @property
    def isolates(self) -> bool:
        """True when commands see neither the network nor the user's files."""
        return sandbox.isolates(self.confinement)

    def run(
        self,
        command: CheckCommand,
        overlay: Mapping[str, bytes | None],
        cancel: Stop,
        *,
        timeout: float,
        kept: str = "",
    ) -> CommandResult:
        """Runs the command on the working tree with the overlay applied (None deletes a file).

        `timeout` is wall time in seconds. `kept` is a folder at the root of the copy, for caches:
        it has the contents that the last run with the same name left there. Raises CheckError when
        the program is not found or does not start, and Cancelled. A command that fails or times
        out is an ordinary result.
        """
        argv = resolve_program(command, self._root)
        with self._lock:
            scratch = self._scratch_copy()
            listing = scratch.sync(overlay, cancel)
            place = sandbox.Place(
                self._root, scratch.tree, scratch.home, scratch.temporary, listing.linked
            )
            how = self.confinement
            started = time.monotonic()
            with scratch.keeping(kept):
                ended = _execute(place, argv, how, cancel, timeout)
        output = ended.output.replace(str(scratch.tree), str(self._root))
        return CommandResult(
            argv=command.argv,
            exit_code=ended.code,
            output=output,
            seconds=time.monotonic() - started,
            timed_out=ended.timed_out,
            truncated=ended.truncated,
            sandbox=how,
        )

    def close(self) -> None:
        """Removes the scratch copy. The next run creates another."""
        with self._lock:
            scratch, self._scratch = self._scratch, None
        if scratch is not None:
            scratch.close()

    def _scratch_copy(self) -> ScratchCopy:
        if self._scratch is None:
            self._scratch = ScratchCopy(self._root)
            # Cleans up at garbage collection or interpreter exit if close() is not called.
            weakref.finalize(self, _discard, self._scratch)
        return self._scratch


@dataclass(frozen=True, slots=True)
class _Ended:
    code: int
    output: str
    timed_out: bool
    truncated: bool


@dataclass(slots=True)
class _Capture:
    """Keeps the head and tail of a stream in bounded memory."""

    head: bytearray = field(default_factory=bytearray)
    tail: deque[bytes] = field(default_factory=deque)
    tail_bytes: int = 0
    dropped: int = 0

    def add(self, chunk: bytes) -> None:
        room = _KEPT_BYTES - len(self.head)
        self.head += chunk[:room]
        if rest := chunk[room:] if room < len(chunk) else b"":
            self.tail.append(rest)
            self.tail_bytes += len(rest)
        while self.tail and self.tail_bytes - len(self.tail[0]) >= _KEPT_BYTES:
            gone = len(self.tail.popleft())
            self.tail_bytes -= gone
            self.dropped += gone

    def text(self) -> str:
        tail = b"".join(self.tail)
        if not self.dropped:
            return (bytes(self.head) + tail).decode("utf-8", "replace")
        head = self.head.decode("utf-8", "replace")
        gap = f"\n[... {self.dropped:,} bytes left out ...]\n"
        return head + gap + tail.decode("utf-8", "replace")


def _execute(
    place: sandbox.Place,
    argv: tuple[str, ...],
    how: sandbox.Confinement,
    cancel: Stop,
    timeout: float,
) -> _Ended:
    status, status_end = os.pipe()
    supervisor = [sys.executable, "-I", "-S", str(_SUPERVISOR), str(status_end)]
    inner = sandbox.confine(argv, place, how)
    try:
        process = subprocess.Popen(
            [*supervisor, json.dumps(sandbox.limits()), sandbox.call_filter(how), *inner],
            cwd=place.tree,
            env=sandbox.environment(place, how),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(status_end,),
            start_new_session=True,
        )
    except OSError as error:
        os.close(status)
        raise CheckError(
            f"The check command cannot be started: {error.strerror}.",
            hint="Close other programs, or use a shorter command.",
        ) from error
    finally:
        os.close(status_end)
    with process, os.fdopen(status, "rb") as report:
        try:
            capture, timed_out = _collect(process, cancel, timeout)
        finally:
            _end(process)
        message = report.read()
    if cancel.is_set:
        raise Cancelled
    output = capture.text()
    if sandbox.isolates(how) and output.startswith(("bwrap: ", "namespaces: ")):
        raise CheckError(
            f"The sandbox could not be set up: {output.splitlines()[0]}",
            hint="Nothing was checked. Is the repository in an unusual location?",
        )
    code = -signal.SIGKILL if timed_out else _exit_code(message, how)
    return _Ended(code, output, timed_out, capture.dropped > 0)


def _collect(
    process: subprocess.Popen[bytes], cancel: Stop, timeout: float
) -> tuple[_Capture, bool]:
    """Reads the output until it ends, the user cancels, or the timeout expires (True)."""
    assert process.stdout is not None  # noqa: S101  # opened as a pipe
    capture = _Capture()
    deadline = time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not cancel.is_set:
            left = deadline - time.monotonic()
            if left <= 0:
                return capture, True
            if not selector.select(min(left, _POLL_SECONDS)):
                continue
            chunk = os.read(process.stdout.fileno(), _CHUNK)
            if not chunk:
                return capture, False
            capture.add(chunk)
    return capture, False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Closes the lifeline: the supervisor kills what is left and exits."""
    assert process.stdin is not None  # noqa: S101  # opened as a pipe
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _exit_code(report: bytes, how: sandbox.Confinement) -> int:
    try:
        message = json.loads(report)
    except ValueError:
        # The supervisor itself was killed, most likely because memory ran out.
        return -signal.SIGKILL
    if "error" in message:
        raise CheckError(
            f"The check command cannot be started: {message['error']}.",
            hint="Check that it is built for this machine, or that its shebang line is right.",
        )
    code = int(message["code"])
    if sandbox.isolates(how) and code - 128 in signal.valid_signals():
        # Both sandboxes report a signal as 128 + number, as shells do.
        return 128 - code
    return code


def _discard(scratch: ScratchCopy) -> None:
    with contextlib.suppress(OSError):
        scratch.close()
