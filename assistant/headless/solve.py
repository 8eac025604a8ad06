"""Runs one task and writes its best proposal, as `--yes --accept-deletions` does.

Evaluations use this path, so that they measure what users get who look at large deletions.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from assistant.engine.base import Cancel
from assistant.headless.outcome import Kind, Outcome
from assistant.headless.progress import Progress
from assistant.headless.reviewers import Accepting
from assistant.headless.run import Job, drive, settle
from assistant.headless.services import Services

if TYPE_CHECKING:
    from assistant.solving.request import TaskRequest


def solve(
    folder: Path,
    kind: Kind,
    request: "TaskRequest",
    services: Services,
    *,
    progress: Progress,
    cancel: Cancel,
) -> Outcome:
    """Runs an edit or a fix in the repository at `folder` and writes the best proposal.

    Raises what the task raises, and ApplyError.
    """
    workspace = services.open_workspace(folder)
    job = Job(kind, services.tasks[kind], workspace, request)
    outcome = drive(job, progress, cancel)
    return settle(outcome, Accepting(deletions=True), services.open_writer(workspace))
