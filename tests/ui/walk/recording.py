"""A program in a terminal that is recorded, as an asciicast of version 2 and as frames.

https://docs.asciinema.org/manual/asciicast/v2/
"""

import codecs
import json
import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fcntl import ioctl
from pathlib import Path
from struct import pack
from termios import TIOCSWINSZ

import pyte

COLUMNS, ROWS = 140, 40
LONGEST_WAIT = 2.0
"""Seconds that the recording keeps of a longer wait."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What was on the screen when something was worth a picture."""

    title: str
    rows: tuple[tuple[tuple[str, pyte.screens.Char], ...], ...]
    """Of each row the runs of characters that look alike."""


@dataclass
class Recording:
    """Runs programs one after the other in the same terminal."""

    events: list[tuple[float, str, str]] = field(default_factory=list)
    """Time, kind (output or marker) and text."""
    took: float = 0.0
    """Seconds that the programs ran."""
    _now: float = 0.0

    def __post_init__(self) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self._screen)

    def start(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        ours, theirs = pty.openpty()
        ioctl(theirs, TIOCSWINSZ, pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._pipe = ours
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._last = time.monotonic()

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    def press(self, *keys: str) -> None:
        """Presses keys one after the other, each after what the one before it draws."""
        for key in keys:
            os.write(self._pipe, key.encode())
            self.settle()

    def settle(self, seconds: float = 0.4) -> None:
        """Reads until nothing was drawn for a time; a clock that ticks is not waited for."""
        end = time.monotonic() + 2.0
        while time.monotonic() < end and self._read(seconds):
            pass

    def until(self, *texts: str, without: str = "", seconds: float = 240) -> str:
        """Waits for one of the texts, and returns it. Raises TimeoutError with the screen."""
        end = time.monotonic() + seconds
        while True:
            shown = self.text
            if not (without and without in shown):
                for text in texts:
                    if text in shown:
                        return text
            if time.monotonic() > end:
                raise TimeoutError(f"{texts} is not on the screen:\n{shown}")
            self._read(1.0)

    def picture(self, title: str) -> None:
        """Marks what is on the screen for the drawing."""
        self.settle()
        self.events.append((self._now, "m", title))
        print(f"{self.took:6.0f} s  {title}", flush=True)

    def end(self, seconds: float = 30) -> int:
        """Waits until the program has ended, and returns its exit code."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._process.poll() is None:
            self._read(0.2)
        code = self._process.wait(1)
        os.close(self._pipe)
        return code

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(20)

    def write_cast(self, path: Path, title: str) -> None:
        header = {
            "version": 2, "width": COLUMNS, "height": ROWS, "title": title,
            "idle_time_limit": LONGEST_WAIT, "env": {"TERM": "xterm-256color"},
        }  # fmt: skip
        lines = [header, *([round(at, 3), kind, text] for at, kind, text in self.events)]
        path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines))

    def _read(self, seconds: float) -> bool:
        if not select.select([self._pipe], [], [], seconds)[0]:
            return False
        try:
            data = self._decoder.decode(os.read(self._pipe, 65536))
        except OSError:  # the program has ended
            return False
        now = time.monotonic()
        passed, self._last = now - self._last, now
        self.took += passed
        self._now += min(passed, LONGEST_WAIT)
        self._stream.feed(data)
        self.events.append((self._now, "o", data))
        return True


def frames_of(cast: Path) -> Iterator[Frame]:
    """What was on the screen at each marker of a recording."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    for line in cast.read_text(encoding="utf-8").splitlines()[1:]:
        _, kind, text = json.loads(line)
        if kind == "o":
            stream.feed(text)
        else:
            yield Frame(text, tuple(_runs(screen, row) for row in range(ROWS)))


def _runs(screen: pyte.Screen, row: int) -> tuple[tuple[str, pyte.screens.Char], ...]:
    runs: list[tuple[str, pyte.screens.Char]] = []
    for column in range(COLUMNS):
        char = screen.buffer[row][column]
        look = char._replace(data="")
        if runs and runs[-1][1] == look:
            runs[-1] = (runs[-1][0] + char.data, look)
        else:
            runs.append((char.data, look))
    return tuple(runs)
