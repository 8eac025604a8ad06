"""The solver that evaluates what users get: the headless path with every hunk accepted."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.checks.commands import CheckCommand
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.errors import ProposalError
from assistant.evaluation.dataset import EvalTask
from assistant.evaluation.results import SolveResult
from assistant.evaluation.watching import Watched
from assistant.headless.outcome import Kind, Outcome
from assistant.headless.progress import Progress
from assistant.headless.services import Services
from assistant.headless.solve import solve
from assistant.proposal.diff import hunks_of
from assistant.solving.explaining import headline

if TYPE_CHECKING:
    from assistant.solving.request import TaskRequest, Workspace


@dataclass(frozen=True, slots=True)
class HeadlessSolver:
    """A `Solver` that runs an edit, or a fix if the task has a visible check to fix."""

    services: Services
    cancel: Cancel
    candidates: int = 3
    seed: int = 0
    generated_tests: bool = False
    without: tuple[str, ...] = ()
    """Sources and judges that are disabled."""
    tests: bool = False
    """Whether the tests that a task's repository holds may run on candidates."""
    replayed: Callable[[], float] = float
    """Returns the seconds that replaying has saved so far."""

    def __call__(self, root: Path, task: EvalTask) -> SolveResult:
        """Solves the task and writes the top proposal.

        Raises what the task raises, but a ProposalError becomes a result without a proposal.
        """
        from rich.console import Console

        quiet = Progress(Console(file=io.StringIO(), force_terminal=False))
        kind = kind_of(task)
        watched = Watched(self.services.tasks[kind])
        services = replace(self.services, tasks={kind: watched}, open_workspace=self._workspace)
        request = self._request(task)
        before = self.replayed()
        try:
            outcome = solve(root, kind, request, services, progress=quiet, cancel=self.cancel)
            result = result_of(outcome, watched)
        except ProposalError as error:
            result = replace(watched.result, problem=error.message)
        return replace(result, replayed_seconds=self.replayed() - before)

    def _workspace(self, root: Path) -> "Workspace":
        return replace(self.services.open_workspace(root), without=self.without)

    def _request(self, task: EvalTask) -> "TaskRequest":
        from assistant.solving.request import TaskRequest

        check = CheckCommand(task.visible.command, "given") if task.visible else None
        return TaskRequest(
            task=task.task,
            selection=tuple(Selected(path) for path in task.selected),
            candidates=self.candidates,
            seed=self.seed,
            check=check,
            generated_tests=self.generated_tests,
            tests=self.tests,
        )


def kind_of(task: EvalTask) -> Kind:
    """The task that a user would run: a fix needs a check that fails."""
    return Kind.FIX if task.kind == "fix" and task.visible else Kind.EDIT


def result_of(outcome: Outcome, watched: Watched) -> SolveResult:
    """The result of a headless run, as the evaluation needs it."""
    if outcome.proposal is None:
        return watched.result
    best = outcome.proposal.best
    hunks = (hunk for change in best.changes for hunk in hunks_of(change, best.tokens.lines))
    return replace(
        watched.result,
        applied=outcome.written is not None,
        verdict=best.verdict,
        candidates=tuple(candidate.changes for candidate in outcome.proposal.candidates),
        problem=headline(outcome.proposal) if outcome.written is None else "",
        hunks=tuple(hunk.confidence for hunk in hunks),
        pool=outcome.proposal.candidates,
    )
