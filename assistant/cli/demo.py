"""The `demo` command: a plan and a fix on a copy of the bundled sample project."""

import tempfile
from dataclasses import replace
from pathlib import Path

import click

from assistant.cli import composition
from assistant.cli.options import candidates_option, model_option, seed_option


@click.command(short_help="Show a plan and a fix on a sample project.")
@model_option
@seed_option
@candidates_option
def demo(model: str | None, seed: int | None, candidates: int | None) -> int:
    """Plan and fix a bug in a copy of a sample project, then apply, test and undo the fix.

    The demo asks no questions and leaves no files behind.
    """
    from assistant.headless.demo import Stage, perform

    settings = composition.load_settings(model=model, seed=seed, candidates=candidates)
    with tempfile.TemporaryDirectory(prefix="assistant-demo-") as name:
        folder = Path(name).resolve()
        settings = replace(settings, state_dir=folder / "state")
        with composition.headless_services(settings) as services:
            stage = Stage(services, composition.console(), composition.console(stderr=True))
            return perform(stage, folder, settings)
