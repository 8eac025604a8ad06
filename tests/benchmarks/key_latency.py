"""Measures how fast the interface echoes a key while a real model generates.

    python -m tests.benchmarks.key_latency FOLDER [--keys 200] [--size 140x40]

FOLDER is a converted model. The real program runs in a pseudo terminal on a copy of the sample
project. Letters that appear nowhere else are typed into the task input at random moments, first
while idle, then while the model works. A key is echoed when its letter is written to the terminal,
so the ticking clock and streaming text do not count as an echo. A key counts as typed during
generation only if the worker was busy around it. Prints median, 95th percentile and maximum in
milliseconds, and the share of a core used by the interface and the worker.
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
"""Letters after which the line is cleared, so that it does not wrap."""


class Terminal:
    """The program in a pseudo terminal, with its keyboard and output."""

    def __init__(
        self,
        arguments: list[str],
        folder: Path,
        state: Path,
        size: str,
        *,
        module: str = "assistant",
    ) -> None:
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
            [sys.executable, "-P", "-m", module, *arguments],
            cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._pipe = ours
        self.process = psutil.Process(self._process.pid)

    def type(self, text: str) -> None:
        os.write(self._pipe, text.encode())

    def read(self, seconds: float) -> bytes:
        """The first output within `seconds`; empty if there is none."""
        ready, _, _ = select.select([self._pipe], [], [], max(seconds, 0))
        return os.read(self._pipe, 65536) if ready else b""

    def drain(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)

    def echo(self, letter: str) -> float:
        """Types a letter; returns the seconds until it is echoed, infinite after LOST_SECONDS."""
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
    """Processor time of a process between two samples, as a share of one core."""

    find: Callable[[], psutil.Process | None]
    shares: list[float] = field(default_factory=list)
    _last: tuple[float, float] | None = None

    def sample(self) -> float:
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
    """Waits until keys are echoed promptly and the worker is idle."""
    end = time.perf_counter() + 120
    load = Load(lambda: worker_of(terminal))
    while time.perf_counter() < end:
        if terminal.echo("ჲ") < LOST_SECONDS:
            break
    terminal.drain(3)
    while load.sample() > 0.2 and time.perf_counter() < end:
        terminal.drain(1)
    terminal.type("\x15")  # clears the line
    terminal.drain(0.3)


def keys(terminal: Terminal, dice: random.Random) -> Iterator[float]:
    """Echo times of one letter after the other, without end."""
    while True:
        for letter in dice.sample(LETTERS, BURST):
            terminal.drain(dice.uniform(0.05, 0.2))
            yield terminal.echo(letter)
        terminal.type("\x15")
        terminal.drain(0.1)


def while_idle(terminal: Terminal, count: int, dice: random.Random) -> list[float]:
    typed = keys(terminal, dice)
    echoes = [next(typed) for _ in range(count)]
    terminal.type("\x15")
    terminal.drain(0.3)
    return echoes


def while_busy(
    terminal: Terminal, count: int, dice: random.Random, interface: Load, worker: Load
) -> list[float]:
    """Echo times during tasks; a task is started whenever the worker becomes idle."""
    echoes: list[float] = []
    started = 0
    while len(echoes) < count and started < 20:
        terminal.type("\x1b")  # leaves a pending proposal
        terminal.drain(0.5)
        terminal.type("/" if started else "")
        terminal.type("\x15" + TASKS[started % len(TASKS)] + "\r")
        started += 1
        terminal.drain(1.0)
        interface.sample(), worker.sample()
        busy, typed = True, keys(terminal, dice)
        while busy and len(echoes) < count:
            latest = [next(typed) for _ in range(4)]
            share = interface.sample()
            busy = worker.sample() > 0.5
            if busy:
                echoes += latest
            else:
                interface.shares.remove(share)
    return echoes


def show(name: str, echoes: list[float]) -> dict[str, float]:
    ordered = sorted(echoes)
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
