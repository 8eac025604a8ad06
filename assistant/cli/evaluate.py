"""The `eval` command: runs a file of tasks with a model, and shows or compares results."""

import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import composition
from assistant.cli.options import (
    candidates_option,
    engine_option,
    host_option,
    model_option,
    seed_option,
)
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.engine.base import Cancel
    from assistant.evaluation.dataset import Chosen
    from assistant.evaluation.runner import Judge, Solver
    from assistant.headless.services import Services
    from assistant.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("eval", short_help="Measure a model on a file of tasks.")
@click.argument("tasks_file", metavar="[TASKS.jsonl]", required=False, type=_FILE)
@click.option("--limit", type=click.IntRange(1), help="Run only the first N tasks.")
@click.option(
    "--sample",
    type=click.IntRange(1),
    metavar="N",
    help="Run N tasks spread evenly over the file, always the same ones.",
)
@click.option("--ids", metavar="ID,...", help="Run only these tasks.")
@model_option
@engine_option
@host_option
@seed_option
@candidates_option
@click.option(
    "--strategy",
    type=click.Choice(composition.STRATEGIES),
    default=composition.STRATEGIES[0],
    help="default: what users get; baseline: one greedy answer that rewrites the whole file; plan: "
    "only generate plans, and judge them by the targets they name.",
)
@click.option(
    "--generated-tests/--no-generated-tests",
    default=True,
    help="Without a check, rank candidates by running them on tests that the model writes or on "
    "generated inputs. On by default here, since an evaluation runs candidates anyway.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write results to FILE; tasks already in it are skipped.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="NAME",
    help="Disable a source or judge. Repeatable.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    help="Disable all other sources, or all other judges. Repeatable.",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Record generations in FILE, and replay those it already contains.",
)
@click.option(
    "--pool",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Record every candidate in FILE, with its source, evidence and hidden-check result.",
)
@click.option(
    "--replay",
    type=_FILE,
    metavar="POOL",
    help="Rerank a recorded pool with --without or --only, and show what changes.",
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
    engine: str | None,
    host: str | None,
    seed: int | None,
    candidates: int | None,
    strategy: str,
    generated_tests: bool,
    out: Path | None,
    without: tuple[str, ...],
    only: tuple[str, ...],
    record: Path | None,
    pool: Path | None,
    replay: Path | None,
    show: Path | None,
    compare: tuple[Path, Path] | None,
) -> int:
    """Measure a model on a file of tasks, each in a fresh repository, as a user would run it.

    The model gets the task and its visible check, if any. The best proposal is applied, and a
    hidden check decides whether it passes. Results are written after each task, so an interrupted
    run can be resumed.
    """
    from assistant.solving.registry import left_out

    off = left_out(without, only)
    if replay:
        _replay(replay, off)
        return 0
    if show or compare:
        _read(show, compare)
        return 0
    if tasks_file is None:
        raise UsageError("No tasks were given.", hint="Pass a file of tasks, --show or --compare.")
    from assistant.evaluation.dataset import Chosen

    settings = composition.with_model(
        composition.load_settings(
            model=model,
            engine=engine,
            host=host,
            seed=seed,
            candidates=candidates,
            generated_tests=generated_tests,
        )
    )
    name = _served_model(settings) if settings.engine else settings.model
    target = out or _target(tasks_file, name, settings.seed, strategy)
    wanted = tuple(part for part in (ids or "").split(",") if part)
    chosen = Chosen(wanted, limit, sample)
    run = _Run(tasks_file, target, name, strategy, chosen, off, record, pool)
    _evaluate(run, settings)
    return 0


def _served_model(settings: "Settings") -> str:
    """The name of the server's model. Raises EngineError where the server is not ready."""
    from assistant.cli.serving import connection_to
    from assistant.engine.server.engine import shown_model
    from assistant.engine.server.probing import probe

    return shown_model(probe(connection_to(settings), settings.model))


def _read(show: Path | None, compare: tuple[Path, Path] | None) -> None:
    from assistant.evaluation.evaluate import compare_files, show_file

    if show:
        show_file(show, console=composition.console())
    if compare:
        compare_files(*compare, console=composition.console())


def _replay(pool: Path, off: tuple[str, ...]) -> None:
    from assistant.evaluation.pools import read_pools, replay
    from assistant.evaluation.report import show_replay
    from assistant.solving.registry import judge_names

    found = replay(read_pools(pool), off, judge_names())
    show_replay(composition.console(), found, off)


@dataclass(frozen=True, slots=True)
class _Run:
    """What to evaluate, and where to write the results."""

    tasks_file: Path
    target: Path
    model: str
    """Its name in the results."""
    strategy: str
    chosen: "Chosen"
    without: tuple[str, ...]
    record: Path | None
    pool: Path | None


def _evaluate(run: _Run, settings: "Settings") -> None:
    from assistant.engine.base import Cancel
    from assistant.evaluation.evaluate import evaluate
    from assistant.evaluation.program import program_version
    from assistant.evaluation.results import Label
    from assistant.headless.interrupt import interruptible

    cancel = Cancel()
    console = composition.console()
    with (
        tempfile.TemporaryDirectory(prefix="assistant-eval-") as state,
        composition.headless_services(
            replace(settings, state_dir=Path(state)), record=run.record
        ) as services,
        interruptible(cancel, lambda: click.echo("Stopping after this task...", err=True)),
    ):
        services = replace(services, tasks=composition.tasks_of(run.strategy))
        solver, judged_by = _solver(run, settings, services, cancel)
        evaluate(
            run.tasks_file,
            run.target,
            solver,
            judged_by=judged_by,
            label=Label(
                run.model,
                settings.seed,
                run.strategy,
                settings.candidates,
                settings.generated_tests,
                program_version(),
                run.without,
            ),
            stop=cancel,
            console=console,
            chosen=run.chosen,
        )
    click.echo(f"Results written to {run.target}")


def _solver(
    run: _Run, settings: "Settings", services: "Services", cancel: "Cancel"
) -> "tuple[Solver, Judge]":
    """The solver and the judge of a run."""
    from assistant.evaluation.judging import judge
    from assistant.evaluation.plan_solver import PlanSolver, judge_plan
    from assistant.evaluation.planning import STRATEGY
    from assistant.evaluation.pools import PoolRecorder
    from assistant.evaluation.solver import HeadlessSolver

    if run.strategy == STRATEGY:
        return PlanSolver(services, cancel, settings.seed), judge_plan
    solver = HeadlessSolver(
        services,
        cancel,
        settings.candidates,
        settings.seed,
        settings.generated_tests,
        run.without,
        settings.generated_tests or settings.tests,
        services.replayed_seconds,
    )
    return solver, PoolRecorder(run.pool) if run.pool else judge


def _target(tasks_file: Path, name: str, seed: int, strategy: str) -> Path:
    model = re.sub(r"[^\w.-]+", "-", name).strip("-")
    parts = [tasks_file.stem, model, f"seed{seed}"]
    return Path("-".join(parts if strategy == "default" else [*parts, strategy]) + ".results.jsonl")
