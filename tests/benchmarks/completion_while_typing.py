"""Measures completion while typing on files that the model has not been asked about.

    python -m tests.benchmarks.completion_while_typing FOLDER REPOSITORY [--lines 60] [--keys 60]

FOLDER is a converted model, REPOSITORY a folder with files in Python. Two things are measured.

Typing: in its longest file, lines are taken out and typed again. After each key the completion is
asked for as the file screen does, without the delay before that, which is added; the place was read
ahead, as the screen does when the cursor gets there. Prints milliseconds from the key to the first
words that are shown, for keys after which any are: median, lowest, 90th percentile, highest; and
how much of the prompt was read for a key.

Lines: of lines drawn by chance, with what precedes them and what follows, the completion at their
indentation (even ones) or inside them (odd ones). Prints, by the limits of certainty, for how many
of them something is shown, and of how many of these the first line is exactly the line.

The load of the machine is printed: figures of a busy machine say little.
"""

import argparse
import math
import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.completing.completer import Completer, Cursor
from assistant.engine.base import Cancel, EngineEvent, EngineInfo, Prefill, Request
from assistant.engine.client import WorkerEngine
from assistant.settings import Settings
from assistant.ui.controllers.ghosts import DELAY

NO_LIMIT = 1e-9
LIMITS = (NO_LIMIT, 0.5, 0.6, 0.7, 0.8)
"""Of the mean probability."""
SHORTEST = 8
"""Characters of a line that is worth completing."""


class Recorder:
    """An engine that keeps the events of its last request."""

    def __init__(self, engine: WorkerEngine) -> None:
        self._engine = engine
        self.info, self.warm = engine.info, engine.warm
        self.score, self.close = engine.score, engine.close
        self.events: list[EngineEvent] = []

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        self.events = []
        for event in self._engine.stream(request, cancel):
            self.events.append(event)
            yield event


class Replay(Recorder):
    """An engine that replays events."""

    def __init__(self, info: EngineInfo, events: Sequence[EngineEvent]) -> None:
        self.info = lambda: info
        self.events = list(events)

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        yield from self.events


@dataclass(frozen=True)
class Line:
    """A line of a file, and the place from which on it is held back."""

    path: Path
    text: str
    row: int
    column: int

    @property
    def offset(self) -> int:
        return sum(len(line) + 1 for line in self.text.split("\n")[: self.row]) + self.column

    @property
    def held_back(self) -> str:
        return self.text.split("\n")[self.row][self.column :]

    @property
    def cursor(self) -> Cursor:
        at = self.offset
        rest = self.text[at + len(self.held_back) :]
        return Cursor(self.path.name, self.text[:at] + rest, at)


def lines_of(files: Sequence[Path], count: int, dice: random.Random) -> Iterator[Line]:
    for number in range(count):
        path = dice.choice(files)
        text = path.read_text("utf-8")
        rows = [
            (row, line)
            for row, line in enumerate(text.split("\n"))
            if len(line.strip()) >= SHORTEST and not line.strip().startswith(("#", '"""'))
        ]
        row, line = dice.choice(rows)
        start = len(line) - len(line.lstrip())
        inside = dice.randrange(start + 2, len(line) - 2)
        yield Line(path, text, row, inside if number % 2 else start)


def last(shown: Iterator[str]) -> str:
    return ["", *shown][-1]


def measure_lines(engine: Recorder, lines: Sequence[Line]) -> None:
    found: list[tuple[Line, list[EngineEvent]]] = []
    for line in lines:
        last(Completer(engine, NO_LIMIT).complete(line.cursor, Cancel()))
        found.append((line, engine.events))
    info = engine.info()
    print("least mean: shown, of these exactly the line")
    for limit in LIMITS:
        shown = [
            (line, last(Completer(Replay(info, events), limit).complete(line.cursor, Cancel())))
            for line, events in found
        ]
        given = [(line, text.partition("\n")[0]) for line, text in shown if text]
        right = sum(text == line.held_back.rstrip() for line, text in given)
        share = right / len(given) if given else math.nan
        print(
            f"{limit:g}: {len(given)} of {len(found)}, {right} ({share:.0%})",
            flush=True,
        )


def measure_typing(engine: Recorder, path: Path, keys: int) -> None:
    text = path.read_text("utf-8")
    rows = text.split("\n")
    middle = next(n for n in range(len(rows) // 2, len(rows)) if rows[n].startswith("    "))
    at = sum(len(row) + 1 for row in rows[:middle])
    held = text[at : at + keys]
    rest = text[at + len(held.rsplit("\n", 1)[0]) :] if "\n" in held else text[at + keys :]
    completer = Completer(engine)
    completer.read_ahead(Cursor(path.name, text[:at] + rest, at), Cancel())
    first: list[float] = []
    read: list[int] = []
    for end in range(1, len(held.rstrip()) + 1):
        typed = text[:at] + held[:end]
        started, cancel = time.perf_counter(), Cancel()
        shown = False
        for _ in completer.complete(Cursor(path.name, typed + rest, at + end), cancel):
            if not shown:
                first.append(1000 * (time.perf_counter() - started + DELAY))
                shown = True
            cancel.set()
        begun = [each for each in engine.events if isinstance(each, Prefill)]
        read += [each.total - each.cached for each in begun[-1:]]
    ordered = sorted(first)
    print(
        f"{path.name}, {end} keys, something shown after {len(first)}: first words after "
        f"{statistics.median(ordered):.0f} ms ({ordered[0]:.0f}, "
        f"90 % {ordered[int(0.9 * (len(ordered) - 1))]:.0f}, {ordered[-1]:.0f}), with the delay of "
        f"{1000 * DELAY:.0f}; tokens read for a key: {statistics.median(read):.0f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument(
        "--keys", type=int, default=60, help="keys that are typed in each of three files"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    files = sorted(
        path
        for path in options.repository.rglob("*.py")
        if "test" not in path.name and path.stat().st_size > 2_000
    )
    largest = sorted(files, key=lambda path: -path.stat().st_size)[:3]
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    engine = Recorder(WorkerEngine(options.folder, Settings(threads=options.threads, device="cpu")))
    try:
        engine.info()
        for path in largest:
            measure_typing(engine, path, options.keys)
        lines = lines_of(files, options.lines, random.Random(options.seed))
        measure_lines(engine, list(lines))
    finally:
        engine.close()
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main()
