"""Measures how far mutation repair gets without any model.

    python -m tests.benchmarks.mutation_repair SET.jsonl

For each task of an evaluation set with a visible check and one file of code: the mutants of its
last function that satisfy the literal expectations of the visible tests, limited to those a fix
would run on the check, and which of them pass the hidden check.
"""

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from assistant.tasks.agreement import question_about
from assistant.tasks.candidates import overlay_of
from assistant.tasks.mutation import mutations

from assistant.checks.commands import CheckCommand
from assistant.checks.runner import CheckRunner
from assistant.context.bundle import ContextFile, TokenCounter
from assistant.engine.base import Cancel
from assistant.engine.scripted import ScriptedEngine
from assistant.evaluation.dataset import EvalTask, read_tasks
from assistant.proposal.changes import Candidate
from assistant.repo.git import Repository
from assistant.repo.parsing import units_of
from assistant.repo.ranking import is_test_path
from assistant.repo.units import UnitKind
from assistant.settings import Settings
from assistant.solving.request import Workspace
from assistant.tasks.locate import Target


class ApproximateCounter(TokenCounter):
    """About four characters per token; nothing here depends on the exact count."""

    def count(self, text: str) -> int:
        return len(text) // 4


def make_repository(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run([*git, *arguments], cwd=root, check=True)


def candidates(workspace: Workspace, path: str) -> list[Candidate]:
    file = workspace.repository.text(path)
    units = units_of(file)
    functions = [unit for unit in units if unit.kind is UnitKind.FUNCTION]
    if not functions:
        return []
    target = Target(ContextFile(path, file.text, units, 0), functions[-1], "")
    question = question_about(workspace, target)
    return list(mutations(workspace, question, target, 0, Cancel())) if question else []


def passes(
    runner: CheckRunner, candidate: Candidate, command: tuple[str, ...], files: dict[str, str]
) -> bool:
    overlay = {**overlay_of(candidate), **{path: text.encode() for path, text in files.items()}}
    check = CheckCommand(command, "given")
    return runner.run(check, overlay, Cancel(), timeout=60).passed


def measure(task: EvalTask, root: Path) -> tuple[list[bool], float]:
    """For each mutant that passes the visible check, whether it passes the hidden one; and the
    seconds taken.
    """
    visible = task.visible
    assert visible is not None  # checked by the caller
    make_repository(root, {**task.files, **visible.files})
    runner = CheckRunner(root)
    path = next(name for name in task.files if not is_test_path(name) and name.endswith(".py"))
    try:
        workspace = Workspace(
            Repository.open(root), ScriptedEngine([]), ApproximateCounter(), runner, Settings()
        )
        started = time.monotonic()
        found = candidates(workspace, path)
        took = time.monotonic() - started
        passing = [each for each in found if passes(runner, each, visible.command, {})]
        hidden = task.hidden
        return [passes(runner, each, hidden.command, dict(hidden.files)) for each in passing], took
    finally:
        runner.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tasks", type=Path)
    tasks = [task for task in read_tasks(parser.parse_args().tasks) if task.visible]
    results: list[list[bool]] = []
    seconds: list[float] = []
    for task in tasks:
        with tempfile.TemporaryDirectory() as folder:
            right, took = measure(task, Path(folder) / "repo")
        results.append(right)
        seconds.append(took)
        print(f"{task.id:20} {took:5.2f} s  {right}", flush=True)
    single = [each for each in results if len(each) == 1]
    print(
        f"{len(results)} tasks: a mutant passes the visible check in"
        f" {sum(map(bool, results))}, the hidden one in {sum(map(any, results))};"
        f" exactly one passes in {len(single)}, and is right in {sum(map(any, single))};"
        f" {statistics.median(seconds):.2f} s each (median)"
    )


if __name__ == "__main__":
    main()
