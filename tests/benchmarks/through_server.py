"""Runs tasks with our engine and through llama.cpp's server, with the same GGUF file, in turns.

    python -m tests.benchmarks.through_server TASKS.jsonl FILE.gguf [--sample 24] [--minutes 15]

The model is that of `--model`, whose weights were converted from that file. Both engines get the
same window, seed and threads. Tasks are taken in turns, so that all rows are paired when the time
is up; a run with the same `--out` goes on where that one stopped. Prints `assistant eval --compare`
of both.
"""

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.cli import composition
from assistant.engine.base import Cancel
from assistant.evaluation.dataset import Chosen, EvalTask, choose_tasks, read_tasks
from assistant.evaluation.evaluate import compare_files
from assistant.evaluation.program import program_version
from assistant.evaluation.results import Label, ResultsFile
from assistant.evaluation.runner import run_tasks
from assistant.evaluation.solver import HeadlessSolver
from assistant.settings import Settings
from tests.llama_server import LlamaServer

WINDOW = 8192


@dataclass(frozen=True)
class Side:
    """One of the two engines, and where its rows go."""

    name: str
    solver: HeadlessSolver
    results: ResultsFile

    def run(self, task: EvalTask) -> None:
        for row in run_tasks([task], self.solver, self.results, Cancel()):
            outcome = "passed" if row.passed else f"failed ({row.error or row.verdict})"
            print(f"{row.id:<18} {self.name:<8} {row.seconds:6.1f} s  {outcome}", flush=True)


def side(name: str, settings: Settings, model: str, out: Path, at_exit: ExitStack) -> Side:
    """An engine with settings of its own, as `assistant eval` runs it."""
    state = Path(at_exit.enter_context(TemporaryDirectory(prefix="assistant-eval-")))
    services = at_exit.enter_context(
        composition.headless_services(replace(settings, state_dir=state))
    )
    solver = HeadlessSolver(
        services, Cancel(), settings.candidates, settings.seed, generated_tests=True, tests=True
    )
    label = Label(model, settings.seed, "default", settings.candidates, True, program_version(), ())
    return Side(name, solver, ResultsFile(out / f"{name}.jsonl", label))


def in_turns(tasks: Sequence[EvalTask], sides: Sequence[Side], seconds: float) -> None:
    """Runs each task on both sides, as long as another pair is likely to end in time."""
    started = time.monotonic()
    longest = 0.0
    for task in tasks:
        begun = time.monotonic()
        if begun - started + longest > seconds:
            return
        for each in sides:
            each.run(task)
        longest = max(longest, time.monotonic() - begun)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tasks", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--sample", type=int, default=24)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--slots", type=int, default=3, help="of the server")
    parser.add_argument("--out", type=Path, default=Path("through-server"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    tasks = choose_tasks(read_tasks(options.tasks), Chosen(sample=options.sample))
    base = Settings(threads=options.threads, context_tokens=WINDOW, generated_tests=True)
    with ExitStack() as at_exit:
        server = LlamaServer(
            options.file, slots=options.slots, context=WINDOW, threads=options.threads
        )
        at_exit.callback(server.close)
        ours = replace(base, model=options.model)
        theirs = replace(base, engine=server.url)
        sides = (
            side("engine", ours, options.model, options.out, at_exit),
            side("server", theirs, options.file.stem, options.out, at_exit),
        )
        in_turns(tasks, sides, options.minutes * 60)
    files = [options.out / f"{each.name}.jsonl" for each in sides]
    compare_files(files[0], files[1], console=composition.console())


if __name__ == "__main__":
    main()
