"""Owns the solver that evaluates what users get: the headless path with every hunk accepted.

Refuses a path of its own: a figure that no user can reach would be worth nothing.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.checks.commands import CheckCommand
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.evaluation.dataset import EvalTask
from assistant.evaluation.results import SolveResult
from assistant.headless.outcome import Kind, Outcome
from assistant.headless.progress import Progress
from assistant.headless.services import Services
from assistant.headless.solve import solve

if TYPE_CHECKING:
    from assistant.tasks.request import TaskRequest


@dataclass(frozen=True, slots=True)
class HeadlessSolver:
    """A `Solver`: edit for what is to be edited or implemented, fix with the visible check."""

    services: Services
    cancel: Cancel
    candidates: int = 3
    seed: int = 0

    def __call__(self, root: Path, task: EvalTask) -> SolveResult:
        """Solves the task and writes the top proposal. Raises what the task raises."""
        from rich.console import Console

        quiet = Progress(Console(file=io.StringIO(), force_terminal=False))
        outcome = solve(
            root,
            kind_of(task),
            self._request(task),
            self.services,
            progress=quiet,
            cancel=self.cancel,
        )
        return result_of(outcome)

    def _request(self, task: EvalTask) -> "TaskRequest":
        from assistant.tasks.request import TaskRequest

        check = CheckCommand(task.visible.command, "given") if task.visible else None
        return TaskRequest(
            task=task.task,
            selection=tuple(Selected(path) for path in task.selected),
            candidates=self.candidates,
            seed=self.seed,
            check=check,
        )


def kind_of(task: EvalTask) -> Kind:
    """What a user would call: without anything that fails there is nothing to fix from."""
    return Kind.FIX if task.kind == "fix" and task.visible else Kind.EDIT


def result_of(outcome: Outcome) -> SolveResult:
    """What the evaluation needs of a headless run."""
    figures = outcome.figures
    if outcome.proposal is None:
        return SolveResult(
            applied=False,
            drawn=figures.candidates,
            tokens=figures.tokens,
            prompt_tokens=figures.prompt_tokens,
        )
    return SolveResult(
        applied=outcome.written is not None,
        verdict=outcome.proposal.best.verdict,
        candidates=tuple(candidate.changes for candidate in outcome.proposal.candidates),
        drawn=figures.candidates,
        tokens=figures.tokens,
        prompt_tokens=figures.prompt_tokens,
    )
