"""Owns the demonstration: the sample project, a plan for it, a fix that its tests judge, and undo.

Works in a copy below a folder it is given; refuses to dress up a result that is not good.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from assistant.checks.results import Verdict
from assistant.engine.base import Cancel
from assistant.headless import report
from assistant.headless.interrupt import interruptible
from assistant.headless.outcome import Kind, Outcome
from assistant.headless.progress import Progress
from assistant.headless.reviewers import accept_all, decide_nothing
from assistant.headless.run import Job, drive, settle
from assistant.headless.scratch import make_repository
from assistant.headless.services import Services
from assistant.resources import sample_dir
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.checks.commands import CheckCommand
    from assistant.solving.request import TaskRequest, Workspace

TASK = "A search for two words also finds books that hold only one of them. Correct the search."
CHECK = "python -m unittest -q"
_CHECK_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demonstration takes place."""

    services: Services
    stdout: Console
    stderr: Console
    cancel: Cancel = field(default_factory=Cancel)

    def title(self, text: str) -> None:
        self.stdout.print()
        self.say(text, "bold underline")

    def say(self, text: str, style: str = "") -> None:
        self.stdout.print(Text(text, style=style), soft_wrap=True)

    def drive(self, kind: Kind, workspace: "Workspace", request: "TaskRequest") -> Outcome:
        """Runs a task and shows its result."""
        job = Job(kind, self.services.tasks[kind], workspace, request)
        with interruptible(self.cancel, lambda: self.stderr.print("Cancelling.")):
            outcome = drive(job, Progress(self.stderr), self.cancel)
        report.show(outcome, self.stdout)
        return outcome


def perform(stage: Stage, folder: Path, settings: Settings) -> int:
    """Shows a plan and a fix on a copy of the sample below `folder`, applies it, takes it back.

    0 when a proposal came out and was checked, whatever the check said. Raises what tasks raise.
    """
    from assistant.checks.commands import parse_command
    from assistant.solving.request import TaskRequest

    root = copy_sample(folder)
    workspace = stage.services.open_workspace(root)
    asked = (settings.candidates, settings.seed)
    stage.title(f"Plan: the sample project bookshelf, {workspace.settings.model}")
    stage.drive(Kind.PLAN, workspace, TaskRequest(TASK, (), *asked))
    stage.title(f"Fix, checked by: {CHECK}")
    check = parse_command(CHECK)
    fixed = stage.drive(Kind.FIX, workspace, TaskRequest(TASK, (), *asked, check=check))
    return _apply_and_undo(stage, fixed, workspace, check)


def copy_sample(folder: Path) -> Path:
    """A fresh git repository with the sample project, below `folder`."""
    root = folder / "bookshelf"
    shutil.copytree(sample_dir(), root, ignore=shutil.ignore_patterns("__pycache__"))
    make_repository(root)
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Every file of a working tree by its path, git's own left out."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not {".git", "__pycache__"} & set(path.relative_to(root).parts)
    }


def _apply_and_undo(
    stage: Stage, fixed: Outcome, workspace: "Workspace", check: "CheckCommand"
) -> int:
    root = workspace.repository.root
    before = contents(root)
    writer = stage.services.open_writer(workspace)
    good = fixed.proposal is not None and fixed.proposal.best.verdict is not Verdict.FAILED
    outcome = settle(fixed, accept_all if good else decide_nothing, writer)
    report.show_written(outcome, stage.stdout)
    if outcome.written is None:
        stage.say("The model found no change that passes the check, so none was made.", "yellow")
        return 0 if outcome.proposal is not None else 1
    stage.title("Applied in the copy, checked there, and undone")
    result = workspace.runner.run(check, {}, stage.cancel, timeout=_CHECK_SECONDS)
    passed = result.passed
    stage.say(f"{CHECK}: {'passes' if passed else 'FAILS'}", "green" if passed else "red")
    writer.undo()
    same = contents(root) == before
    stage.say("undo: every byte is back" if same else "undo: the files DIFFER")
    return 0 if same and passed else 1
