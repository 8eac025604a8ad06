"""Compares the latency of small edits with llama.cpp: from the request to the last token.

    pip install xllamacpp
    python -m tests.benchmarks.compare_edits FILE.gguf FOLDER --tasks SET.jsonl ... --out RESULTS
    python -m tests.benchmarks.compare_edits --show RESULTS

FOLDER is FILE.gguf converted. Both engines get the same token ids, two threads, greedy sampling and
the same stop string, and take turns task by task. A task is a unit of 20 to 60 lines and a small
edit (`edit_tasks`); without --tasks, tasks come from Python's standard library. Phases:

    cold   no token of the prompt is cached: each prompt starts with a number of its own
    warm   what can be prefilled while the user types (system prompt, files) is cached

llama.cpp runs with its prompt cache on and n-gram speculation off, default, or NxM (n-grams of N,
drafts of M). Its clients send the prompt when Enter is pressed, so ours warm is compared with its
cold; its warm is measured too, unless --theirs-cold is given. --out stores every measurement; an
interrupted run, or one limited by --minutes, resumes where it stopped.
"""

import argparse
import ast
import json
import statistics
import textwrap
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from assistant.context.tokens import Tokenizer
from tests.benchmarks.edit_tasks import EditTask, from_library, from_rows
from tests.benchmarks.engines import (
    Ask,
    Contender,
    Llama,
    LlamaSetting,
    Ours,
    Prompts,
    contenders,
    hello,
    numbered,
    version,
)

PHASES = ("cold", "warm")


@dataclass(frozen=True)
class Row:
    task: str
    round: int
    phase: str
    engine: str
    seconds: float
    first: float
    read: int
    prompt: int
    tokens: int
    drafted: int
    parses: bool
    changed: bool
    text: str
    version: str

    @property
    def key(self) -> tuple[str, int, str, str]:
        return self.task, self.round, self.phase, self.engine


class Results:
    """Rows in a file, one JSON object per line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.rows = [Row(**json.loads(line)) for line in lines]
        self._known = {row.key for row in self.rows}

    def __contains__(self, key: tuple[str, int, str, str]) -> bool:
        return key in self._known

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self._known.add(row.key)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")


class Comparison:
    """All engines, loaded, and where their measurements go."""

    def __init__(
        self,
        folder: Path,
        opened: list[Contender],
        prompts: Prompts,
        results: Results,
        *,
        theirs_cold: bool = False,
    ) -> None:
        self._counter = Tokenizer.load(folder)
        self._contenders = opened
        self._prompts = prompts
        self._results = results
        self._theirs_cold = theirs_cold
        self._version = version()

    def run(self, task: EditTask, number: int, index: int) -> None:
        """All phases and engines of one task; the order rotates from task to task."""
        for phase in PHASES:
            turn = (index + number) % len(self._contenders)
            for contender in self._contenders[turn:] + self._contenders[:turn]:
                if phase == "warm" and self._theirs_cold and contender.name != Ours.name:
                    continue
                if (task.id, number, phase, contender.name) not in self._results:
                    ask = self._ask(task, 1 + 4 * (1000 * number + index) + PHASES.index(phase))
                    self._results.add(self._measure(task, number, phase, contender, ask))

    def _ask(self, task: EditTask, session: int) -> Ask:
        request, stable = task.request(self._counter)
        request = replace(request, messages=numbered(request.messages, session))
        return self._prompts.ask(request, numbered(stable, session))

    def _measure(
        self, task: EditTask, number: int, phase: str, contender: Contender, ask: Ask
    ) -> Row:
        if phase == "warm":
            contender.warm(ask)
        answer = contender.answer(ask)
        row = Row(
            task.id, number, phase, contender.name, answer.seconds, answer.first, answer.read,
            len(ask.ids), answer.tokens, answer.drafted, _parses(answer.text),
            answer.text.strip() != task.code.strip(), answer.text, self._version,
        )  # fmt: skip
        print(
            f"{number} {task.id:28} {phase} {contender.name:18} {answer.seconds:6.2f} s, first"
            f" {answer.first:5.2f}, read {answer.read}/{len(ask.ids)}, {answer.tokens} tokens",
            flush=True,
        )
        return row


def show(rows: list[Row]) -> None:
    """Prints medians over the rounds of each task, then over tasks; ratios are llama.cpp / ours."""
    engines = sorted({row.engine for row in rows})
    print(f"versions of ours: {sorted({row.version for row in rows if row.engine == 'ours'})}")
    cells = {(p, e): _medians(rows, p, e, lambda row: row.seconds) for p in PHASES for e in engines}
    common = sorted(set.intersection(*(set(cell) for cell in cells.values() if cell)))
    print(f"{len(common)} tasks, {1 + max(row.round for row in rows)} rounds at the most")
    print(
        f"{'':26}{'s':>7}{'first':>7}{'tokens':>7}{'ms/tok':>8}{'drafted':>9}{'parses':>8}{'changed':>8}"
    )
    for (phase, engine), cell in cells.items():
        if not cell:
            continue
        mine = [r for r in rows if (r.phase, r.engine) == (phase, engine) and r.task in common]
        tokens = statistics.median(row.tokens for row in mine)
        per_token = statistics.median(1000 * row.seconds / row.tokens for row in mine)
        print(
            f"{phase} {engine:21}{statistics.median(cell[t] for t in common):7.2f}"
            f"{statistics.median(row.first for row in mine):7.2f}{tokens:7.0f}{per_token:8.1f}"
            f"{statistics.median(row.drafted / max(row.tokens, 1) for row in mine):9.0%}"
            f"{sum(r.parses for r in mine) / len(mine):8.0%}"
            f"{sum(r.changed for r in mine) / len(mine):8.0%}"
        )
    _ratios(rows, common, [engine for engine in engines if engine != "ours"])


def _ratios(rows: list[Row], common: list[str], llamas: list[str]) -> None:
    for ours, theirs in (("cold", "cold"), ("warm", "cold"), ("warm", "warm")):
        for title, value in (("time", _seconds), ("time per token", _per_token)):
            mine = _medians(rows, ours, "ours", value)
            other = {name: _medians(rows, theirs, name, value) for name in llamas}
            other = {name: cell for name, cell in other.items() if set(common) <= set(cell)}
            if not other or not set(common) <= set(mine):
                continue
            best = min(other, key=lambda name: sum(other[name][task] for task in common))
            one = [other[best][task] / mine[task] for task in common]
            each = [min(cell[task] for cell in other.values()) / mine[task] for task in common]
            print(
                f"{title}, llama.cpp {theirs} / ours {ours}: median {statistics.median(one):.2f},"
                f" lowest {min(one):.2f}, of sums"
                f" {sum(other[best][t] for t in common) / sum(mine[t] for t in common):.2f}"
                f" ({best}); best setting for each task: median {statistics.median(each):.2f}"
            )


def _medians(
    rows: list[Row], phase: str, engine: str, value: Callable[[Row], float]
) -> dict[str, float]:
    """Median over the rounds of each task."""
    values_by_task: dict[str, list[float]] = {}
    for row in rows:
        if (row.phase, row.engine) == (phase, engine):
            values_by_task.setdefault(row.task, []).append(value(row))
    return {task: statistics.median(values) for task, values in values_by_task.items()}


def _seconds(row: Row) -> float:
    return row.seconds


def _per_token(row: Row) -> float:
    return row.seconds / max(row.tokens, 1)


def _parses(text: str) -> bool:
    try:
        ast.parse(textwrap.dedent(text))
    except SyntaxError:
        return False
    return bool(text.strip())


def _compare(options: argparse.Namespace) -> None:
    file, folder = map(Path, options.paths)
    chosen = from_rows(options.tasks, options.count) if options.tasks else from_library(
        options.count
    )  # fmt: skip
    end = time.monotonic() + 60 * options.minutes
    results, prompts = Results(options.out), Prompts(folder)
    first = hello(prompts)
    openers: list[Callable[[], Contender]] = [lambda: Ours(folder, options.threads, first)]
    for name in options.settings:
        setting = LlamaSetting(name)
        openers.append(partial(Llama, file, options.threads, first, setting))
    with contenders(openers) as opened:
        comparison = Comparison(folder, opened, prompts, results, theirs_cold=options.theirs_cold)
        for number in range(options.rounds):
            for index, task in enumerate(chosen):
                if time.monotonic() < end:
                    comparison.run(task, number, index)
    show(results.rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", metavar="FILE.gguf FOLDER")
    parser.add_argument("--tasks", nargs="*", type=Path, default=[])
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--settings", nargs="*", default=["off", "default", "3x8", "6x16"])
    parser.add_argument("--theirs-cold", action="store_true")
    parser.add_argument("--minutes", type=float, default=1e6)
    parser.add_argument("--out", type=Path, default=Path("edits.results.jsonl"))
    parser.add_argument("--show", type=Path)
    options = parser.parse_args()
    if options.show:
        show(Results(options.show).rows)
    elif len(options.paths) == 2:
        _compare(options)
    else:
        parser.error("give FILE.gguf and FOLDER, or --show RESULTS")


if __name__ == "__main__":
    main()
