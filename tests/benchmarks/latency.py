"""Measures the time from a key to the screen where the interface has much to do.

    python -m tests.benchmarks.latency [FOLDER] [--keys 200] [--only CASE]

FOLDER is a converted model; without it, the case with a real model is left out. The interface runs
in a pseudo terminal, as a user starts it; in the other cases its tasks are scripted (see
`latency_stage`). In the task line, letters are timed from the key to their echo; elsewhere, keys to
the first output after them, since nothing else draws there. Prints a table in Markdown.
"""

import argparse
import itertools
import math
import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from assistant.headless.demo import copy_sample
from tests.benchmarks.key_latency import (
    LOST_SECONDS,
    Load,
    Terminal,
    keys,
    wait_until_ready,
    while_busy,
    worker_of,
)
from tests.benchmarks.latency_stage import CHECK, FILES, HUNKS, LINES, OUTPUT_BYTES

STAGE = "tests.benchmarks.latency_stage"
PATIENCE = 120.0
"""Seconds until a screen is there."""


def shown(terminal: Terminal, text: str) -> float:
    """Reads until a text is drawn, and returns the seconds. Raises TimeoutError."""
    start, seen = time.perf_counter(), b""
    while text.encode() not in seen:
        if time.perf_counter() - start > PATIENCE:
            raise TimeoutError(f"{text!r} was not drawn: {seen[-2000:]!r}")
        seen = seen[-200_000:] + terminal.read(1.0)
    return time.perf_counter() - start


def quiet(terminal: Terminal) -> None:
    """Reads until nothing is drawn for half a second."""
    while terminal.read(0.5):
        pass


def first_output(
    terminal: Terminal, presses: Iterable[str], dice: random.Random
) -> Iterator[float]:
    """For each key the seconds until something is drawn."""
    for key in presses:
        terminal.drain(dice.uniform(0.1, 0.2))
        start = time.perf_counter()
        terminal.type(key)
        yield time.perf_counter() - start if terminal.read(LOST_SECONDS) else math.inf


def generating(folder: Path, count: int, dice: random.Random, size: str) -> Iterator[list[float]]:
    with tempfile.TemporaryDirectory() as name:
        sample = copy_sample(Path(name))
        terminal = Terminal(["--model", str(folder.resolve())], sample, Path(name), size)
        try:
            wait_until_ready(terminal)
            interface, worker = Load(lambda: terminal.process), Load(lambda: worker_of(terminal))
            yield while_busy(terminal, count, dice, interface, worker)
        finally:
            terminal.close()


def staged(case: str, count: int, dice: random.Random, size: str) -> Iterator[list[float]]:
    """The measurements of a case of `latency_stage`, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        terminal = Terminal([case, name], Path(name), Path(name), size, module=STAGE)
        try:
            shown(terminal, "README.md" if case != "tree" else "module_0")
            quiet(terminal)
            match case:
                case "diff":
                    terminal.type("/edit large\r")
                    shown(terminal, "undecided")
                    quiet(terminal)
                    yield list(first_output(terminal, islice(itertools.cycle("jn"), count), dice))
                    terminal.type("i")
                    yield list(islice(keys(terminal, dice), count))
                case "tree":
                    terminal.type("\x1b")
                    terminal.drain(0.5)
                    terminal.type("1")
                    quiet(terminal)
                    yield list(first_output(terminal, "j" * count, dice))
                    terminal.type("/")
                    quiet(terminal)
                    typed = itertools.cycle(["m", "o", "1", "2", *["\x7f"] * 4])
                    yield list(first_output(terminal, islice(typed, count), dice))
                case "check":
                    terminal.type(f"/fix {CHECK}\r")
                    terminal.drain(1.5)
                    yield list(islice(keys(terminal, dice), min(count, 60)))
        finally:
            terminal.close()


NAMES = {
    "generating": ["a letter in the task line, while a model writes"],
    "diff": [
        f"down or next hunk, in a diff of {2 * HUNKS * LINES:,} lines",
        "a letter in the task line, beside that diff",
    ],
    "tree": [f"down, in a list of {FILES:,} files", f"a key of the filter of {FILES:,} files"],
    "check": [f"a letter in the task line, while a check prints {OUTPUT_BYTES // 10**9} GB"],
}


def row(name: str, seconds: list[float]) -> str:
    ordered = sorted(1000 * each for each in seconds)
    at95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    lost = sum(map(math.isinf, ordered))
    return (
        f"| {name} | {statistics.median(ordered):.0f} | {at95:.0f} | {ordered[-1]:.0f} "
        f"| {len(ordered)} | {lost} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--size", default="140x40")
    parser.add_argument("--only", choices=NAMES)
    options = parser.parse_args()
    print("| key | median, ms | 95 %, ms | longest, ms | keys | lost |\n|---|---|---|---|---|---|")
    for case, names in NAMES.items():
        if options.only not in (None, case) or (case == "generating" and options.folder is None):
            continue
        dice = random.Random(0)
        if case == "generating":
            found = generating(options.folder, options.keys, dice, options.size)
        else:
            found = staged(case, options.keys, dice, options.size)
        for name, seconds in zip(names, found, strict=True):
            print(row(name, seconds), flush=True)


if __name__ == "__main__":
    main()
