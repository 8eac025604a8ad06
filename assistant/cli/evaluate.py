"""Owns the command eval: running a file of tasks with a model, and comparing two results."""

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import composition
from assistant.cli.options import candidates_option, model_option, seed_option
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.evaluation.dataset import Chosen
    from assistant.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("eval", short_help="Measure a model on a file of tasks.")
@click.argument("tasks_file", metavar="[TASKS.jsonl]", required=False, type=_FILE)
@click.option("--limit", type=click.IntRange(1), help="Run the first N tasks only.")
@click.option(
    "--sample",
    type=click.IntRange(1),
    metavar="N",
    help="Run N tasks spread evenly over the file; the same ones each time.",
)
@click.option("--ids", metavar="ID,...", help="Run these tasks only.")
@model_option
@seed_option
@candidates_option
@click.option(
    "--strategy",
    type=click.Choice(composition.STRATEGIES),
    default=composition.STRATEGIES[0],
    help="How answers are found: as users get them, or one greedy whole-file answer; or plan: only "
    "the plans are made, and judged by the places that they name.",
)
@click.option(
    "--generated-tests/--no-generated-tests",
    "--own-tests/--no-own-tests",
    default=True,
    help="Rank answers without a check by running them on tests that the model writes or on "
    "made-up inputs. On here, as an evaluation "
    "runs the answers anyway.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where the results go; tasks that it holds are not run again.",
)
@click.option("--show", type=_FILE, metavar="FILE", help="Show the figures of a results file.")
@click.option(
    "--compare",
    nargs=2,
    type=_FILE,
    metavar="A B",
    help="Compare two results files, task by task.",
)
def eval_(
    tasks_file: Path | None,
    limit: int | None,
    sample: int | None,
    ids: str | None,
    model: str | None,
    seed: int | None,
    candidates: int | None,
    strategy: str,
    generated_tests: bool,
    out: Path | None,
    show: Path | None,
    compare: tuple[Path, Path] | None,
) -> int:
    """Measure a model: each task in a fresh repository, through the path that users take.

    A task is given with its visible check, if it has one; the best proposal is applied, and a
    hidden check decides. Results are written as they come; a run that was stopped goes on.
    """
    if show or compare:
        _read(show, compare)
        return 0
    if tasks_file is None:
        raise UsageError("No tasks are given.", hint="Give a file of tasks, --show or --compare.")
    from assistant.evaluation.dataset import Chosen

    settings = composition.with_model(
        composition.load_settings(
            model=model, seed=seed, candidates=candidates, generated_tests=generated_tests
        )
    )
    target = out or _target(tasks_file, settings, strategy)
    wanted = tuple(part for part in (ids or "").split(",") if part)
    chosen = Chosen(wanted, limit, sample)
    _evaluate(tasks_file, target, settings, strategy, chosen)
    return 0


def _read(show: Path | None, compare: tuple[Path, Path] | None) -> None:
    from assistant.evaluation.evaluate import compare_files, show_file

    if show:
        show_file(show, console=composition.console())
    if compare:
        compare_files(*compare, console=composition.console())


def _evaluate(
    tasks_file: Path,
    target: Path,
    settings: "Settings",
    strategy: str,
    chosen: "Chosen",
) -> None:
    from assistant.engine.base import Cancel
    from assistant.evaluation.evaluate import evaluate
    from assistant.evaluation.judging import judge
    from assistant.evaluation.plan_solver import PlanSolver, judge_plan
    from assistant.evaluation.planning import STRATEGY
    from assistant.evaluation.program import program_version
    from assistant.evaluation.results import Label
    from assistant.evaluation.solver import HeadlessSolver
    from assistant.headless.interrupt import interruptible

    cancel = Cancel()
    console = composition.console()
    with (
        tempfile.TemporaryDirectory(prefix="assistant-eval-") as state,
        composition.headless_services(replace(settings, state_dir=Path(state))) as services,
        interruptible(cancel, lambda: click.echo("Stopping after this task.", err=True)),
    ):
        services = replace(services, tasks=composition.tasks_of(strategy))
        planning = strategy == STRATEGY
        evaluate(
            tasks_file,
            target,
            PlanSolver(services, cancel, settings.seed)
            if planning
            else HeadlessSolver(
                services, cancel, settings.candidates, settings.seed, settings.generated_tests
            ),
            judged_by=judge_plan if planning else judge,
            label=Label(
                settings.model,
                settings.seed,
                strategy,
                settings.candidates,
                settings.generated_tests,
                program_version(),
            ),
            stop=cancel,
            console=console,
            chosen=chosen,
        )
    click.echo(f"Results: {target}")


def _target(tasks_file: Path, settings: "Settings", strategy: str) -> Path:
    model = re.sub(r"[^\w.-]+", "-", settings.model).strip("-")
    parts = [tasks_file.stem, model, f"seed{settings.seed}"]
    return Path("-".join(parts if strategy == "default" else [*parts, strategy]) + ".results.jsonl")
