"""Runs an evaluation, from a file of tasks to the table that `assistant eval` prints."""

from pathlib import Path

from rich.console import Console

from assistant.errors import UsageError
from assistant.evaluation.dataset import ALL, Chosen, choose_tasks, read_tasks
from assistant.evaluation.judging import Stop, judge
from assistant.evaluation.metrics import Totals, compare
from assistant.evaluation.planning import STRATEGY
from assistant.evaluation.report import show_comparison, show_row, show_totals
from assistant.evaluation.results import Label, ResultsFile, read_rows
from assistant.evaluation.runner import Judge, Solver, run_tasks


def evaluate(
    tasks_file: Path,
    results_file: Path,
    solver: Solver,
    *,
    label: Label,
    stop: Stop,
    console: Console,
    chosen: Chosen = ALL,
    judged_by: Judge = judge,
) -> Totals:
    """Runs the tasks missing from the results file, and prints progress and a table.

    Returns the totals over the chosen tasks, including those of earlier runs. Raises UsageError
    for invalid input, ModelError and Cancelled. Completed rows are kept, so a rerun resumes.
    """
    tasks = choose_tasks(read_tasks(tasks_file), chosen)
    if label.strategy != STRATEGY and any(task.expected is not None for task in tasks):
        raise UsageError(
            f"{tasks_file.name} holds tasks of kind plan, which have no check.",
            hint=f"Run it with --strategy {STRATEGY}.",
        )
    results = ResultsFile(results_file, label)
    number = len(results.done & {task.id for task in tasks})
    if number:
        console.print(f"{number} of {len(tasks)} tasks are already done.", markup=False)
    for row in run_tasks(tasks, solver, results, stop, judged_by):
        number += 1
        show_row(console, row, number=number, total=len(tasks))
    ids = {task.id for task in tasks}
    rows = [row for row in results.rows if row.id in ids]
    show_totals(console, rows, title=f"{tasks_file.name}: {label.model}, seed {label.seed}")
    return Totals.of(rows)


def show_file(file: Path, *, console: Console) -> None:
    """Prints the figures of a results file. Raises UsageError."""
    show_totals(console, read_rows(file), title=file.name)


def compare_files(first: Path, second: Path, *, console: Console) -> None:
    """Prints a paired comparison of two results files. Raises UsageError."""
    sides = read_rows(first), read_rows(second)
    shared = {row.id for row in sides[0]} & {row.id for row in sides[1]}
    paired = tuple([row for row in side if row.id in shared] for side in sides)
    planned = all(row.strategy == STRATEGY for side in paired for row in side)
    show_comparison(
        console,
        compare(*sides),
        first=first.name,
        second=second.name,
        plans=(paired[0], paired[1]) if planned else None,
    )
