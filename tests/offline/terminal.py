"""Runs a program that draws in a terminal of its own."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path


class Terminal:
    """A program in a terminal of 100 columns and 30 rows."""

    def __init__(
        self,
        command: list[str],
        cwd: Path,
        environment: dict[str, str],
        *,
        controls: bool = False,
    ) -> None:
        """With `controls`, the program gets the terminal's signals, such as that of a hangup."""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.shown = b""
        """All bytes that were drawn."""
        self._hung = False
        self._process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_control if controls else None,
        )
        os.close(slave)

    def until(self, text: str, seconds: float = 60) -> None:
        """Reads until the program has drawn the text."""
        deadline = time.monotonic() + seconds
        while text.encode() not in self.shown:
            assert self._read(deadline - time.monotonic()), f"{text!r} never came: {self.shown!r}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def resize(self, columns: int, rows: int) -> None:
        """Tells the program of another size, as a terminal does."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process.send_signal(signal.SIGWINCH)

    def attributes(self) -> list[object]:
        """How the terminal is set: whether it echoes, and so on."""
        return termios.tcgetattr(self._master)

    def hang_up(self) -> None:
        """Closes the terminal under the program, as when a connection is lost."""
        self._hung = True
        os.close(self._master)

    def gone(self, seconds: float = 30) -> int:
        """The exit code after a hangup."""
        return self._process.wait(seconds)

    def drawn(self) -> bool:
        """Reads what was drawn meanwhile, so that the program can go on drawing."""
        self._read(0.01)
        return True

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def ended(self, seconds: float = 30) -> int:
        """The exit code, once the program has ended."""
        deadline = time.monotonic() + seconds
        while self._read(deadline - time.monotonic()):
            pass
        return self._process.wait(max(0.1, deadline - time.monotonic()))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        if not self._hung:
            os.close(self._master)

    def _read(self, seconds: float) -> bool:
        """Whether something was drawn within the time; False also when the program has ended."""
        if not select.select([self._master], [], [], max(0.0, seconds))[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # the other end is closed
            return False
        self.shown += data
        return bool(data)


def _take_control() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
