"""Measures the time to the first token: of a first task on a selection, and of a second one.

    python -m tests.benchmarks.second_task FOLDER [--rounds 5] [--threads 2]

Runs the edit task itself, through the worker, on the sample project with four files selected.
Measured are the time from the start of the task until its target is known (a forward pass of its
own, and git), and on to the first token of the reply: with nothing cached, for a second task after
the first has ended, and, in another session, for a first task after reading ahead, as the interface
does while the user types. The files of a session start with a distinct line, so no cache holds
them; the system prompt and the outline before them are shared. Prints medians over the rounds.
"""

import argparse
import statistics
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assistant.checks.runner import CheckRunner
from assistant.context.bundle import Selected
from assistant.context.tokens import Tokenizer
from assistant.engine.base import Cancel
from assistant.engine.client import WorkerEngine
from assistant.errors import ProposalError
from assistant.headless.demo import copy_sample
from assistant.repo.git import Repository
from assistant.settings import Settings
from assistant.solving.events import PromptProgress, TextStreamed, UnitsChosen
from assistant.solving.request import TaskRequest, Workspace
from assistant.tasks.edit import edit
from assistant.tasks.reading import read_ahead

FILES = (
    "bookshelf/catalog.py",
    "bookshelf/listing.py",
    "bookshelf/loans.py",
    "bookshelf/paging.py",
)
TASKS = (
    "Raise ValueError in Catalog.add when the title of the book is empty.",
    "Let days_late take a number of days of grace, 0 by default.",
)


@dataclass(frozen=True)
class Wait:
    """Times of one task, in seconds since its start."""

    located: float
    first: float
    read: int
    """Tokens prefilled for the reply, not counting those for finding the target."""


class Session:
    """A selection that no cache has seen, in a repository of its own."""

    def __init__(self, engine: WorkerEngine, counter: Tokenizer, folder: Path, number: int) -> None:
        folder.mkdir()
        root = copy_sample(folder)
        for name in FILES:
            text = (root / name).read_text(encoding="utf-8")
            (root / name).write_text(f"# Session {number}\n{text}", encoding="utf-8")
        settings = Settings(cache_dir=folder, state_dir=folder, candidates=1)
        self._workspace = Workspace(
            Repository.open(root), engine, counter, CheckRunner(root), settings
        )
        self._selection = tuple(Selected(name) for name in FILES)

    def read_ahead(self) -> int:
        """Prefills the selection; returns its tokens."""
        steps = list(read_ahead(self._workspace, self._selection, Cancel()))
        return steps[-1].total

    def run(self, task: str) -> Wait:
        """Runs an edit to its end."""
        request = TaskRequest(task, selection=self._selection, candidates=1)
        start = time.perf_counter()
        located = first = None
        read = 0
        with suppress(ProposalError):  # an unusable reply was timed all the same
            for event in edit(self._workspace, request, Cancel()):
                now = time.perf_counter() - start
                match event:
                    case UnitsChosen():
                        located = now
                    case PromptProgress(total=total, cached=cached) if first is None:
                        read = total - cached
                    case TextStreamed() if first is None:
                        first = now
        if located is None or first is None:
            raise SystemExit("the task ended without a reply")
        return Wait(located, first, read)


def measure(engine: WorkerEngine, counter: Tokenizer, rounds: int) -> dict[str, list[Wait]]:
    found: dict[str, list[Wait]] = {"first task": [], "second task": [], "first, read ahead": []}
    with tempfile.TemporaryDirectory() as name:
        for number in range(rounds):
            session = Session(engine, counter, Path(name) / f"{number}a", 2 * number)
            found["first task"].append(session.run(TASKS[0]))
            found["second task"].append(session.run(TASKS[1]))
            session = Session(engine, counter, Path(name) / f"{number}b", 2 * number + 1)
            tokens = session.read_ahead()
            found["first, read ahead"].append(session.run(TASKS[0]))
    print(f"the selection's prompt has {tokens} tokens")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        settings = Settings(threads=options.threads, device="cpu", cache_dir=Path(cache))
        engine = WorkerEngine(options.folder, settings)
        try:
            engine.info()
            found = measure(engine, Tokenizer.load(options.folder), options.rounds)
        finally:
            engine.close()
    for name, waits in found.items():
        located = [wait.located for wait in waits]
        first = [wait.first for wait in waits]
        reply = [wait.first - wait.located for wait in waits]
        print(
            f"{name:18} target known after {statistics.median(located):.2f} s, first token"
            f" {statistics.median(reply):.2f} s later ({waits[-1].read} tokens read for it),"
            f" together {statistics.median(first):.2f} s ({min(first):.2f} to {max(first):.2f})"
        )


if __name__ == "__main__":
    main()
