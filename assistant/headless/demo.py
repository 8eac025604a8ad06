"""Runs the demo: plans a change to the sample project, fixes it, tests the fix and undoes it.

Everything happens in a copy of the sample below a given folder, and a bad result is shown as such.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from assistant.engine.base import Cancel
from assistant.headless import report
from assistant.headless.interrupt import interruptible
from assistant.headless.outcome import Kind, Outcome
from assistant.headless.progress import Progress
from assistant.headless.reviewers import accept_sound
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
    """The services and consoles of a demo."""

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
        """Runs a task and prints its result."""
        job = Job(kind, self.services.tasks[kind], workspace, request)
        with interruptible(self.cancel, lambda: self.stderr.print("Cancelling.")):
            outcome = drive(job, Progress(self.stderr), self.cancel)
        report.show(outcome, self.stdout)
        return outcome


def perform(stage: Stage, folder: Path, settings: Settings) -> int:
    """Plans and fixes a copy of the sample below `folder`, then applies and undoes the fix.

    Returns the exit code: 0 if there was a proposal, even one that fails its check; 1 if there was
    none, or if an applied fix fails its check or cannot be undone. Raises what tasks raise.
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
    """Copies the sample project below `folder` and makes it a git repository."""
    root = folder / "bookshelf"
    shutil.copytree(sample_dir(), root, ignore=shutil.ignore_patterns("__pycache__"))
    make_repository(root)
    return root


def contents(root: Path) -> dict[str, bytes]:
    """The files of a working tree by path, without .git and __pycache__."""
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
    outcome = settle(fixed, accept_sound, writer)
    report.show_written(outcome, stage.stdout)
    if outcome.written is None:
        stage.say("The model found no change that passes the check. Nothing was applied.", "yellow")
        return 0 if outcome.proposal is not None else 1
    stage.title("Apply, check and undo in the copy")
    result = workspace.runner.run(check, {}, stage.cancel, timeout=_CHECK_SECONDS)
    passed = result.passed
    stage.say(f"{CHECK}: {'passes' if passed else 'FAILS'}", "green" if passed else "red")
    writer.undo()
    same = contents(root) == before
    stage.say("undo: all files are restored exactly" if same else "undo: the files DIFFER")
    return 0 if same and passed else 1
