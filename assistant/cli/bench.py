"""The `bench` command: measures the speed of a model on this machine, as users get it."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import composition
from assistant.cli.options import json_option, model_option
from assistant.errors import UsageError
from assistant.sanitize import sanitize_line

if TYPE_CHECKING:
    from assistant.bench.figures import Report
    from assistant.settings import Settings

LOADS = 3
"""Times that a full run loads the model."""


@click.command(short_help="Measure how fast a model is on this machine.")
@model_option
@click.option(
    "--quick",
    is_flag=True,
    help="Load once, run one round and skip accuracy: one minute instead of several.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    help="Rounds per request.",
)
@click.option(
    "--source",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The .gguf file or folder the model was converted from, to measure accuracy against.",
)
@json_option
def bench(model: str | None, quick: bool, rounds: int, source: Path | None, as_json: bool) -> int:
    """Measure a model's load time, prefill, generation, editing, memory and accuracy.

    Requests go through the same worker as real tasks, with prompts that are not in any cache.
    Leave the machine idle meanwhile. The results are medians with minimum and maximum.
    """
    from assistant.bench.figures import render
    from assistant.bench.report import show

    settings = composition.with_model(composition.load_settings(model=model))
    report = _measure(settings, 1 if quick else rounds, quick, source)
    if as_json:
        click.echo(render(report))
    else:
        show(composition.console(), report)
    return 0


def _measure(settings: "Settings", rounds: int, quick: bool, source: Path | None) -> "Report":
    from assistant.bench import accuracy
    from assistant.bench.figures import Report
    from assistant.bench.measure import measure
    from assistant.bench.workload import bundled
    from assistant.engine.base import Cancel
    from assistant.headless.interrupt import interruptible

    if source is not None and not source.exists():
        raise UsageError(f"{source} does not exist.", hint="Pass the .gguf file, or omit --source.")
    folder = composition.model_store(settings).resolve(settings.model)
    cancel = Cancel()
    with (
        tempfile.TemporaryDirectory(prefix="assistant-bench-") as empty,
        interruptible(cancel, lambda: _notice("Stopping...")),
    ):
        # An empty cache folder keeps prefixes of earlier launches out of the measurement.
        scratch = replace(settings, cache_dir=Path(empty))
        loads = 1 if quick else LOADS
        measured = measure(
            lambda: composition.worker(folder, scratch),
            bundled(),
            cancel,
            _notice,
            loads=loads,
            rounds=rounds,
        )
        if quick and source is None:
            return Report(measured, "skipped in a quick run")
        _notice("Comparing with the original weights")
        found = source or accuracy.source_of(folder)
        lost = accuracy.compare(found, folder, measured.info.weights, settings, cancel)
    return Report(measured, lost)


def _notice(text: str) -> None:
    click.echo(sanitize_line(text), err=True)
