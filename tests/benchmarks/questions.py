"""Asks questions about repositories without a selection: is the code that answers them read?

    python -m tests.benchmarks.questions MODEL FOLDER [--only NAME ...] [--speed] [--most N] [--say]

MODEL is a folder of converted weights and FOLDER has a clone of each repository of
`questions.tsv`, whose third column names the units that answer a question; one of them is enough.
A unit is read when its first lines are part of the prompt. Prints for each repository how many
questions find their unit, and their file, and the tokens of the prompts. That needs no model.
`TUNED` names the repositories on which the retrieval was made; the others judge it.

With --speed, the model also answers, and the seconds from the question to the first word are
printed, and of processor time, which other load on the machine changes less: half of it is what two
quiet cores take.
"""

import argparse
import csv
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from assistant.checks.runner import CheckRunner
from assistant.context.bundle import Context
from assistant.context.tokens import Tokenizer
from assistant.engine.base import Cancel, Engine
from assistant.engine.client import WorkerEngine
from assistant.engine.scripted import ScriptedEngine
from assistant.prompt.builder import ask_messages
from assistant.repo.git import Repository
from assistant.repo.parsing import units_of
from assistant.repo.units import unit_text
from assistant.settings import Settings
from assistant.solving.events import ContextRead, TextStreamed
from assistant.solving.request import TaskRequest, Workspace
from assistant.tasks.ask import ask

TABLE = Path(__file__).with_suffix(".tsv")
TUNED = ("jinja", "click", "humanize", "structlog")
_FIRST_LINES = 20
"""Of a unit that is read in part."""


@dataclass(frozen=True, slots=True)
class Question:
    repository: str
    text: str
    answers: tuple[str, ...]
    """Labels of units, or paths."""


@dataclass(frozen=True, slots=True)
class Result:
    question: Question
    unit: bool
    """A unit that answers it is read."""
    file: bool
    """A file with such a unit is read."""
    tokens: int
    """Of the prompt, without the chat template."""
    found: float
    """Seconds until the context was there."""
    first: float
    """Seconds until the first word."""
    used: float
    """Seconds of processor time until then, of this process and the worker."""
    read: tuple[str, ...]


def main() -> None:
    options = _options()
    counter = Tokenizer.load(options.model)
    questions = _table(options.only, options.most)
    engine: Engine = ScriptedEngine(lambda request: "Read.")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(cache_dir=Path(folder), state_dir=Path(folder))
        if options.speed:
            engine = WorkerEngine(options.model, settings)
            engine.info()
        results = []
        for question in questions:
            root = options.folder / question.repository
            workspace = Workspace(
                Repository.open(root), engine, counter, CheckRunner(root), settings
            )
            results.append(_asked(workspace, question))
            if options.say:
                _say(results[-1])
        engine.close()
    _print(results, speed=options.speed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", help="names of repositories")
    parser.add_argument("--most", type=int, default=1_000, help="questions of each repository")
    parser.add_argument("--speed", action="store_true", help="generate with the model")
    parser.add_argument("--say", action="store_true", help="print what is read for each question")
    return parser.parse_args()


def _table(only: Sequence[str] | None, most: int) -> list[Question]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [
            Question(row["repository"], row["question"], tuple(row["answered by any of"].split()))
            for row in csv.DictReader(file, delimiter="\t")
        ]
    names = dict.fromkeys(row.repository for row in rows if not only or row.repository in only)
    return [row for name in names for row in [r for r in rows if r.repository == name][:most]]


def _asked(workspace: Workspace, question: Question) -> Result:
    """Asks a question up to the first word of its answer."""
    start, before = time.perf_counter(), _processor()
    context, found, first = None, 0.0, 0.0
    cancel = Cancel()
    for event in ask(workspace, TaskRequest(question.text), cancel):
        match event:
            case ContextRead():
                context, found = event.context, time.perf_counter() - start
            case TextStreamed():
                first = first or time.perf_counter() - start
                break
    used = _processor() - before
    cancel.set()
    assert context is not None
    answers = [answer.partition("::") for answer in question.answers]
    return Result(
        question,
        sum(_reads(workspace.repository, context, path, name) for path, _, name in answers) > 0,
        any(context.file(path) is not None for path, _, _ in answers),
        sum(workspace.counter.count(each.content) for each in ask_messages(context, question.text)),
        found,
        first,
        used,
        tuple(f"{file.path}: {', '.join(file.shown) or 'whole'}" for file in context.files),
    )


def _processor() -> float:
    """Seconds of processor time of this process and those that it started."""
    me = psutil.Process()
    times = [each.cpu_times() for each in (me, *me.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def _reads(repository: Repository, context: Context, path: str, name: str) -> bool:
    """Whether the first lines of a unit are part of the prompt.

    Raises StopIteration if the table names a unit that does not exist.
    """
    text = repository.text(path)
    unit = next(each for each in units_of(text) if each.name == name) if name else None
    file = context.file(path)
    if file is None or unit is None or file.whole:
        return file is not None
    beginning = unit_text(text.text, unit).split("\n")[:_FIRST_LINES]
    return "\n".join(beginning) in file.text


def _say(result: Result) -> None:
    mark = "unit" if result.unit else "file" if result.file else "none"
    print(f"{mark}  {result.question.repository}: {result.question.text}")
    for line in result.read:
        print(f"          {line}")


def _print(results: Sequence[Result], *, speed: bool) -> None:
    groups = {
        name: [each for each in results if each.question.repository == name]
        for name in dict.fromkeys(each.question.repository for each in results)
    }
    groups["tuned on"] = [each for each in results if each.question.repository in TUNED]
    groups["kept back"] = [each for each in results if each.question.repository not in TUNED]
    for name, some in groups.items():
        if some:
            seconds = f"  {_seconds(some)}" if speed else ""
            tokens = [each.tokens for each in some]
            print(
                f"{name:10} {len(some):3} questions  "
                f"unit read {sum(each.unit for each in some):3}  "
                f"file read {sum(each.file for each in some):3}  tokens {max(tokens):5} at most, "
                f"median {statistics.median(tokens):.0f}{seconds}"
            )


def _seconds(results: Sequence[Result]) -> str:
    names = ("found", "first", "used")
    found, first, used = ([getattr(each, name) for each in results] for name in names)
    return (
        f"context {statistics.median(found):.1f} s, first word {statistics.median(first):.1f} s, "
        f"{max(first):.1f} s at most; processor {statistics.median(used):.1f} s, "
        f"{max(used):.1f} s at most"
    )


if __name__ == "__main__":
    main()
