"""The solver and judge that evaluate plans, as users get them. Nothing is written."""

import io
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.errors import ProposalError
from assistant.evaluation.dataset import EvalTask
from assistant.evaluation.expected_plans import EXPECTED, stage_by_files
from assistant.evaluation.judging import Solved, Stop, row_of
from assistant.evaluation.planning import stage_of_plan, touched
from assistant.evaluation.results import Label, Row, SolveResult, Stage
from assistant.evaluation.watching import Watched
from assistant.headless.outcome import Kind
from assistant.headless.progress import Progress
from assistant.headless.run import Job, drive
from assistant.headless.services import Services


@dataclass(frozen=True, slots=True)
class PlanSolver:
    """A `Solver` that generates a plan without carrying it out."""

    services: Services
    cancel: Cancel
    seed: int = 0

    def __call__(self, root: Path, task: EvalTask) -> SolveResult:
        """Returns the targets of the steps as `places`. Raises what the task raises."""
        from rich.console import Console

        from assistant.solving.request import TaskRequest

        watched = Watched(self.services.tasks[Kind.PLAN])
        selection = tuple(Selected(path) for path in task.selected)
        request = TaskRequest(task=task.task, selection=selection, seed=self.seed)
        job = Job(Kind.PLAN, watched, self.services.open_workspace(root), request)
        quiet = Progress(Console(file=io.StringIO(), force_terminal=False))
        try:
            plan = drive(job, quiet, self.cancel).plan
        except ProposalError as error:
            plan, problem = None, error.message
        else:
            problem = "" if plan else "no plan"
        places = tuple(step.target for step in plan.steps) if plan else ()
        return replace(watched.result, problem=problem, places=places)


def judge_plan(root: Path, task: EvalTask, solved: Solved, label: Label, stop: Stop) -> Row:
    """Judges a plan.

    It passes if its steps name all files that are expected of it and none that is not. Where the
    task does not say what is expected, they name all targets that the hidden check touches, nothing
    else, and are no more than the targets.
    """
    expected = task.expected
    steps, stage = solved.result.places, solved.stage
    if expected is not None:
        truth, truth_from = expected.must, EXPECTED
        found = stage_by_files(steps, expected.must, expected.may)
    else:
        truth, truth_from = touched(task)
        found = stage_of_plan(steps, truth)
    stage = found if stage is Stage.NONE else stage
    return replace(
        row_of(task, solved, label),
        passed=stage is Stage.NONE,
        stage=stage.value,
        error=solved.error or solved.result.problem,
        shown=bool(steps),
        truth=truth,
        truth_from=truth_from,
        may=expected.may if expected is not None else (),
    )
