"""Measures edits of one line in functions of 20, 50, 100 and 300 lines.

    python -m tests.benchmarks.one_line_edits FOLDER [--each 3] [--threads 2]

Tasks come from the standard library: of each length, the functions nearest to it that have a text
of one word in their middle third which occurs once; the task is to write another word there. The
module is the only file of a repository, and selected; nothing of it was read before. Prints, for
each function, seconds from the request to the first candidate that syntax and names do not speak
against, what the time went into, and whether exactly that line changed; then medians by length.
"""

import argparse
import ast
import statistics
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assistant.checks.runner import CheckRunner
from assistant.context.bundle import Selected
from assistant.context.tokens import Tokenizer
from assistant.engine.base import Cancel
from assistant.engine.client import WorkerEngine
from assistant.errors import ProposalError
from assistant.evaluation.timing import FIRST, READ, READING, WRITING, Timer
from assistant.repo.git import Repository
from assistant.repo.python_trees import parsed
from assistant.settings import Settings
from assistant.solving.events import ProposalReady
from assistant.solving.request import TaskRequest, Workspace
from assistant.tasks.edit import edit

LENGTHS = (20, 50, 100, 300)
LIBRARY = Path(sysconfig.get_path("stdlib"))


@dataclass(frozen=True)
class OneLine:
    """A word of a function, and the line that has it, 0-based."""

    path: Path
    name: str
    lines: int
    row: int
    word: str

    @property
    def task(self) -> str:
        return f"In {self.name}, write '{self.word}ly' instead of '{self.word}'."


def functions() -> Iterator[OneLine]:
    for path in sorted(LIBRARY.glob("*.py")):
        text = path.read_text("utf-8", "replace")
        tree = parsed(text)
        names = [
            node.name
            for node in ast.walk(tree or ast.Module([], []))
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        ]
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.FunctionDef) and names.count(node.name) == 1:
                yield from _words(path, text, node)


def _words(path: Path, text: str, node: ast.FunctionDef) -> Iterator[OneLine]:
    size = (node.end_lineno or 0) - node.lineno + 1
    inside = "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            place = (each.lineno - node.lineno) / size
            once = each.value.isalpha() and inside.count(each.value) == 1
            if once and len(each.value) > 3 and 1 / 3 < place < 2 / 3:
                yield OneLine(path, node.name, size, each.lineno - 1, each.value)
                return


def chosen(each: int) -> list[OneLine]:
    known = list(functions())
    return [
        task
        for length in LENGTHS
        for task in sorted(known, key=lambda one: (abs(one.lines - length), one.name))[:each]
    ]


def measure(
    engine: WorkerEngine, counter: Tokenizer, task: OneLine, folder: Path
) -> dict[str, float]:
    """Seconds by what they went into; `right` is 1 where exactly the line changed."""
    old = task.path.read_bytes()
    (folder / task.path.name).write_bytes(old)
    subprocess.run(["git", "init", "-q", folder], check=True)
    settings = Settings(cache_dir=folder / ".git", state_dir=folder / ".git", candidates=1)
    workspace = Workspace(Repository.open(folder), engine, counter, CheckRunner(folder), settings)
    timer = Timer(time.perf_counter)
    timer.start()
    request = TaskRequest(task.task, (Selected(task.path.name),), candidates=1)
    new = old
    with suppress(ProposalError):
        for event in edit(workspace, request, Cancel()):
            timer.observe(event)
            if isinstance(event, ProposalReady):
                new = event.proposal.candidates[0].changes[0].new or b""
    wanted = old.splitlines(keepends=True)
    wanted[task.row] = wanted[task.row].replace(task.word.encode(), f"{task.word}ly".encode())
    return {**timer.rounded, "right": float(new == b"".join(wanted))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    counter = Tokenizer.load(options.folder)
    found: dict[int, list[dict[str, float]]] = {length: [] for length in LENGTHS}
    with tempfile.TemporaryDirectory() as cache:
        settings = Settings(threads=options.threads, device="cpu", cache_dir=Path(cache))
        engine = WorkerEngine(options.folder, settings)
        try:
            engine.info()
            for task in chosen(options.each):
                with tempfile.TemporaryDirectory() as name:
                    times = measure(engine, counter, task, Path(name))
                length = min(LENGTHS, key=lambda length: abs(length - task.lines))
                found[length].append(times)
                print(f"{task.path.name} {task.name}, {task.lines} lines: {times}", flush=True)
        finally:
            engine.close()
    for length, rows in found.items():
        shares = ", ".join(
            f"{what} {statistics.median(row.get(what, 0.0) for row in rows):.1f}"
            for what in (FIRST, READING, WRITING, READ)
        )
        right = sum(row["right"] for row in rows)
        print(f"{length} lines: {shares}; right {right:.0f} of {len(rows)}")


if __name__ == "__main__":
    main()
