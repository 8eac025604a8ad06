"""Counts the tokens that questions and plans read before the first word, without loading weights.

    python -m tests.benchmarks.prompt_tokens MODEL FOLDER [--show]

MODEL is the folder of an installed model, of which only the tokenizer is loaded. FOLDER holds
clones of pallets/click, tkem/cachetools, python-humanize/humanize and more-itertools/more-itertools
under their names. Each line of prompt_tokens.jsonl has the name of a clone, the kind ask or plan,
the task, and the label path::name of the definition that the task is about. The engine records the
prompt and answers nothing. Prints the tokens of each prompt, as text without the chat template, and
how much of that definition is in it: all, a share of its lines from the first on, or nothing. For a
plan its file counts, where the prompt or the finished plan names it; a plan whose only step is
certain needs no prompt.
"""

import argparse
import json
import statistics
from collections.abc import Iterator
from pathlib import Path

from assistant.checks.runner import CheckRunner
from assistant.context.tokens import Tokenizer
from assistant.engine.base import Cancel, Request
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import EngineError
from assistant.repo.git import Repository
from assistant.repo.parsing import units_of
from assistant.settings import Settings
from assistant.solving.events import PlanReady
from assistant.solving.request import TaskRequest, Workspace
from assistant.tasks.ask import ask
from assistant.tasks.plan import plan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true", help="print the prompts")
    options = parser.parse_args()
    counter = Tokenizer.load(options.model)
    counts, found = [], []
    for line in Path(__file__).with_suffix(".jsonl").read_text().splitlines():
        row = json.loads(line)
        row["repo"] = str(options.folder / row["repo"])
        prompt, steps = _prompt(row, counter)
        counts.append(counter.count(prompt))
        found.append(_shown(row, prompt, steps))
        print(f"{counts[-1]:6,} {found[-1]:12} {row['kind']:4} {row['task']}", flush=True)
        if options.show:
            print(prompt, "-" * 100, sep="\n")
    print(f"tokens: median {statistics.median(counts):,.0f}, most {max(counts):,}")
    print(", ".join(f"{name}: {found.count(name)}" for name in dict.fromkeys(found)))


def _prompt(row: dict[str, str], counter: Tokenizer) -> tuple[str, tuple[str, ...]]:
    """The first prompt, empty if none is needed, and the targets of a plan made without it."""
    root = Path(row["repo"])
    asked: list[Request] = []

    def record(request: Request) -> str:
        asked.append(request)
        raise EngineError("The prompt is recorded.")

    workspace = Workspace(
        Repository.open(root), ScriptedEngine(record), counter, CheckRunner(root), Settings()
    )
    steps: tuple[str, ...] = ()
    try:
        for event in _events(row, workspace):
            if isinstance(event, PlanReady):
                steps = tuple(step.target for step in event.plan.steps)
    except EngineError:
        pass
    messages = asked[0].messages if asked else ()
    return "\n".join(message.content for message in messages), steps


def _events(row: dict[str, str], workspace: Workspace) -> Iterator[object]:
    task = {"ask": ask, "plan": plan}[row["kind"]]
    return task(workspace, TaskRequest(row["task"]), Cancel())


def _shown(row: dict[str, str], prompt: str, steps: tuple[str, ...]) -> str:
    path, _, name = row["unit"].partition("::")
    if row["kind"] == "plan":
        named = any(step.partition("::")[0] == path for step in steps) or path in prompt
        return "named" if named else "absent"
    file = Repository.open(Path(row["repo"])).text(path)
    unit = next(each for each in units_of(file) if each.name == name)
    lines = file.text.splitlines(keepends=True)[unit.start - 1 : unit.end]
    known = next(n for n in range(len(lines), -1, -1) if "".join(lines[:n]).strip() in prompt)
    return "in full" if known == len(lines) else f"{known / len(lines):.0%} of it"


if __name__ == "__main__":
    main()
