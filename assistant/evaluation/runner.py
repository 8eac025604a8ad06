"""Runs evaluation tasks: creates a fresh repository for each, solves it and judges the result.

The solver never sees anything of the hidden check.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from assistant.errors import (
    AssistantError,
    Cancelled,
    EngineUnreachable,
    ModelError,
    ProposalError,
    UsageError,
)
from assistant.evaluation.dataset import EvalTask
from assistant.evaluation.judging import Solved, Stop, judge
from assistant.evaluation.results import Label, ResultsFile, Row, SolveResult, Stage
from assistant.headless.scratch import make_repository

Solver: TypeAlias = Callable[[Path, EvalTask], SolveResult]
"""Solves a task in the repository at a folder and writes the top proposal there.

Raises ProposalError if there is no proposal, and other errors as they occur.
"""


Judge: TypeAlias = Callable[[Path, EvalTask, Solved, Label, Stop], Row]
"""Judges the result of a solver in the repository at a folder."""


def run_tasks(
    tasks: Sequence[EvalTask],
    solver: Solver,
    results: ResultsFile,
    stop: Stop,
    judged_by: Judge = judge,
) -> Iterator[Row]:
    """Evaluates the tasks without a result, and appends a row for each.

    An error in one task is recorded in its row. A missing model, a usage error or a cancellation
    ends the run.
    """
    done = results.done
    for task in tasks:
        if task.id in done:
            continue
        if stop.is_set:
            raise Cancelled
        row = run_task(task, solver, results.label, stop, judged_by)
        results.append(row)
        yield row


def run_task(
    task: EvalTask, solver: Solver, label: Label, stop: Stop, judged_by: Judge = judge
) -> Row:
    """Evaluates one task in a temporary repository."""
    with tempfile.TemporaryDirectory(
        prefix="assistant-eval-", ignore_cleanup_errors=True
    ) as folder:
        root = Path(folder).resolve() / "repository"
        _write_repository(root, task)
        solved = _solve(root, task, solver)
        return judged_by(root, task, solved, label, stop)


def _write_repository(root: Path, task: EvalTask) -> None:
    files = {**task.files, **(task.visible.files if task.visible else {})}
    root.mkdir()
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8", "surrogateescape"))
    make_repository(root)


def _solve(root: Path, task: EvalTask, solver: Solver) -> Solved:
    started = time.monotonic()
    nothing = SolveResult(applied=False)
    try:
        result = solver(root, task)
    except (Cancelled, EngineUnreachable, ModelError, UsageError):
        raise
    except ProposalError as error:
        took = time.monotonic() - started
        return Solved(nothing, took, error.message, Stage.NO_PROPOSAL)
    except AssistantError as error:
        return Solved(nothing, time.monotonic() - started, error.message, Stage.ERROR)
    except Exception as error:  # noqa: BLE001  # one failing task must not end a run of hours
        reason = f"{type(error).__name__}: {error}"
        return Solved(nothing, time.monotonic() - started, reason, Stage.ERROR)
    return Solved(result, time.monotonic() - started)
