"""How soon the interface answers a key while the real model writes.

    python -m tests.benchmarks.key_latency FOLDER [--keys 200] [--size 140x40]

FOLDER is a converted model. The real program runs in a pseudo terminal on a copy of the sample
project. Letters that nothing else shows are typed at random moments into the task input, first
while nothing runs, then while the model reads and writes; a key is answered when its letter comes
out of the terminal. So the clock that ticks and the text that streams are not taken for an answer.
A key counts as typed during generation only if the worker computed around it. Printed: median, 95th
percentile and maximum in milliseconds, and how much of a core the interface and the worker took.
"""

import argparse
import json
import math
import os
import pty
import random
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fcntl import ioctl
from pathlib import Path
from struct import pack
from termios import TIOCSWINSZ

import psutil

from assistant.headless.demo import copy_sample

LETTERS = [chr(code) for code in (*range(0x10D0, 0x10F1), *range(0x561, 0x587))]
TASKS = (
    "/edit Add a docstring with an example to every function in bookshelf/catalog.py",
    "/ask Explain bookshelf/catalog.py line by line, in full sentences, with examples.",
)
LOST_SECONDS = 2.0
BURST = 20
"""Letters after which the line is emptied: it must not wrap."""


class Terminal:
    """The program, its keyboard and what comes out of it."""

    def __init__(self, arguments: list[str], folder: Path, state: Path, size: str) -> None:
        columns, rows = map(int, size.split("x"))
        ours, theirs = pty.openpty()
        ioctl(theirs, TIOCSWINSZ, pack("HHHH", rows, columns, 0, 0))
        root = str(Path(__file__).resolve().parents[2])
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "PYTHONPATH": root,
            "ASSISTANT_STATE_DIR": str(state / "state"),
            "ASSISTANT_CACHE_DIR": str(state / "cache"),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "assistant", *arguments],
            cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._pipe = ours
        self.process = psutil.Process(self._process.pid)

    def type(self, text: str) -> None:
        os.write(self._pipe, text.encode())

    def read(self, seconds: float) -> bytes:
        """What comes within so many seconds, as soon as anything does."""
        ready, _, _ = select.select([self._pipe], [], [], max(seconds, 0))
        return os.read(self._pipe, 65536) if ready else b""

    def drain(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)

    def answer(self, letter: str) -> float:
        """Types a letter; seconds until it is on the screen, infinite when that takes too long."""
        seen, wanted = b"", letter.encode()
        start = time.perf_counter()
        self.type(letter)
        while (passed := time.perf_counter() - start) < LOST_SECONDS:
            seen = seen[-8:] + self.read(LOST_SECONDS - passed)
            if wanted in seen:
                return time.perf_counter() - start
        return math.inf

    def close(self) -> None:
        self.type("\x1b")
        self.drain(0.5)
        self.type("\x11")  # ctrl+q
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            for child in self.process.children(recursive=True):
                child.kill()
            self._process.kill()
            self._process.wait()
        os.close(self._pipe)


@dataclass
class Load:
    """Processor time of a process between two looks, as a share of one core."""

    find: Callable[[], psutil.Process | None]
    shares: list[float] = field(default_factory=list)
    _last: tuple[float, float] | None = None

    def look(self) -> float:
        process = self.find()
        if process is None:
            return 0.0
        used = process.cpu_times()
        now = (time.perf_counter(), used.user + used.system)
        last, self._last = self._last or now, now
        share = (now[1] - last[1]) / max(now[0] - last[0], 1e-9)
        if last != now:
            self.shares.append(share)
        return share


def worker_of(terminal: Terminal) -> psutil.Process | None:
    for child in terminal.process.children():
        if "assistant.engine.worker" in " ".join(child.cmdline()):
            return child
    return None


def wait_until_ready(terminal: Terminal) -> None:
    """Until typing is answered at once and the worker has nothing to do."""
    end = time.perf_counter() + 120
    load = Load(lambda: worker_of(terminal))
    while time.perf_counter() < end:
        if terminal.answer("ჲ") < LOST_SECONDS:
            break
    terminal.drain(3)
    while load.look() > 0.2 and time.perf_counter() < end:
        terminal.drain(1)
    terminal.type("\x15")  # empties the line
    terminal.drain(0.3)


def keys(terminal: Terminal, dice: random.Random) -> Iterator[float]:
    """Answers to one letter after the other, without end."""
    while True:
        for letter in dice.sample(LETTERS, BURST):
            terminal.drain(dice.uniform(0.05, 0.2))
            yield terminal.answer(letter)
        terminal.type("\x15")
        terminal.drain(0.1)


def while_idle(terminal: Terminal, count: int, dice: random.Random) -> list[float]:
    typed = keys(terminal, dice)
    answers = [next(typed) for _ in range(count)]
    terminal.type("\x15")
    terminal.drain(0.3)
    return answers


def while_busy(
    terminal: Terminal, count: int, dice: random.Random, interface: Load, worker: Load
) -> list[float]:
    """Answers during tasks, which are started anew whenever the worker has become idle."""
    answers: list[float] = []
    started = 0
    while len(answers) < count and started < 20:
        terminal.type("\x1b")  # a proposal that waits is left
        terminal.drain(0.5)
        terminal.type("/" if started else "")
        terminal.type("\x15" + TASKS[started % len(TASKS)] + "\r")
        started += 1
        terminal.drain(1.0)
        interface.look(), worker.look()
        busy, typed = True, keys(terminal, dice)
        while busy and len(answers) < count:
            latest = [next(typed) for _ in range(4)]
            share = interface.look()
            busy = worker.look() > 0.5
            if busy:
                answers += latest
            else:
                interface.shares.remove(share)
    return answers


def show(name: str, answers: list[float]) -> dict[str, float]:
    ordered = sorted(answers)
    found = {
        "keys": len(ordered),
        "p50_ms": 1000 * statistics.median(ordered),
        "p95_ms": 1000 * ordered[math.ceil(0.95 * len(ordered)) - 1],
        "max_ms": 1000 * ordered[-1],
        "lost": sum(map(math.isinf, ordered)),
    }
    print(name, json.dumps({key: round(value, 1) for key, value in found.items()}), flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--size", default="140x40")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        sample = copy_sample(Path(name))
        model = ["--model", str(options.folder.resolve())]
        terminal = Terminal(model, sample, Path(name), options.size)
        interface, worker = Load(lambda: terminal.process), Load(lambda: worker_of(terminal))
        try:
            wait_until_ready(terminal)
            show("idle", while_idle(terminal, min(options.keys, 60), dice))
            show("busy", while_busy(terminal, options.keys, dice, interface, worker))
        finally:
            terminal.close()
    for who, load in (("interface", interface), ("worker", worker)):
        print(f"{who}: median {100 * statistics.median(load.shares):.0f}% of a core", flush=True)


if __name__ == "__main__":
    main()
