"""Owns the demonstration: the sample project, a plan for it, a fix that its tests judge, and undo.

Works in a copy that it is given a folder for; refuses to dress up a result that is not good.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from assistant.checks.results import Verdict
from assistant.engine.base import Cancel
from assistant.headless import report
from assistant.headless.outcome import Kind, Outcome
from assistant.headless.progress import Progress
from assistant.headless.reviewers import accept_all, decide_nothing
from assistant.headless.run import Job, drive, settle
from assistant.headless.scratch import make_repository
from assistant.headless.services import Services
from assistant.resources import sample_dir

if TYPE_CHECKING:
    from assistant.apply.writer import Writer
    from assistant.checks.commands import CheckCommand
    from assistant.tasks.request import TaskRequest, Workspace

TASK = "The first page of a list starts with the wrong book. Correct the paging."
CHECK = "python -m unittest -q"
CHECK_SECONDS = 120.0


def demo(
    folder: Path,
    services: Services,
    console: Console,
    progress: Callable[[], Progress],
    cancel: Cancel,
    *,
    seed: int = 0,
    candidates: int = 3,
) -> int:
    """Shows a plan and a fix on a copy of the sample in `folder`, applies it, and takes it back.

    0 when a proposal came out and was checked, whatever the check said. Raises what tasks raise.
    """
    from assistant.checks.commands import parse_command
    from assistant.tasks.request import TaskRequest

    root = copy_sample(folder)
    before = contents(root)
    workspace = services.open_workspace(root)
    _title(console, f"A copy of the sample project bookshelf, model {workspace.settings.model}")
    request = TaskRequest(TASK, candidates=candidates, seed=seed)
    check = parse_command(CHECK)
    planned = _run(Kind.PLAN, request, workspace, services, progress(), cancel)
    report.show(planned, console)
    _title(console, f"Fix, checked by: {CHECK}")
    fixing = TaskRequest(TASK, candidates=candidates, seed=seed, check=check)
    fixed = _run(Kind.FIX, fixing, workspace, services, progress(), cancel)
    report.show(fixed, console)
    return _conclude(fixed, workspace, services.open_writer(workspace), console, check, before)


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


def _run(
    kind: Kind,
    request: "TaskRequest",
    workspace: "Workspace",
    services: Services,
    progress: Progress,
    cancel: Cancel,
) -> Outcome:
    return drive(Job(kind, services.tasks[kind], workspace, request), progress, cancel)


def _conclude(
    fixed: Outcome,
    workspace: "Workspace",
    writer: "Writer",
    console: Console,
    check: "CheckCommand",
    before: dict[str, bytes],
) -> int:
    root = workspace.repository.root
    good = fixed.proposal is not None and fixed.proposal.best.verdict is not Verdict.FAILED
    outcome = settle(fixed, accept_all if good else decide_nothing, writer)
    report.show_written(outcome, console)
    if outcome.written is None:
        console.print(Text("The model found no fix that passes the check; nothing was changed."))
        return 0 if outcome.proposal is not None else 1
    _title(console, "Applied")
    result = workspace.runner.run(check, {}, Cancel(), timeout=CHECK_SECONDS)
    console.print(Text(f"{CHECK}: {'passes' if result.passed else 'fails'}"))
    writer.undo()
    same = contents(root) == before
    console.print(Text(f"undo: {'every byte is back' if same else 'the files DIFFER'}"))
    return 0 if same else 1


def _title(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold underline"), soft_wrap=True)
