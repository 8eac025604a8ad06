"""The `doctor` command: diagnoses this machine and explains the choice of model."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from assistant.cli import composition
from assistant.cli.options import json_option, model_option
from assistant.sanitize import sanitize_line

if TYPE_CHECKING:
    from assistant.models.doctor import Row

_COLOURS = {"ok": None, "note": "yellow", "problem": "red"}


@click.command(short_help="Diagnose this machine and show the chosen model.")
@model_option
@json_option
def doctor(model: str | None, as_json: bool) -> int:
    """Diagnose this machine, and show which model was chosen and why.

    Exits with 3 if the model is not ready, or with 1 if there is any other problem.
    """
    from assistant.checks import sandbox
    from assistant.models.doctor import diagnose
    from assistant.models.surroundings import gather

    findings = gather(composition.load_settings(model=model), confinement=sandbox.detect())
    rows = diagnose(findings)
    if as_json:
        facts = {
            "model": findings.choice.model,
            "ready": findings.folder is not None,
            "why": findings.choice.why,
            "rows": [asdict(row) for row in rows],
        }
        click.echo(json.dumps(facts, indent=2))
    else:
        _print(rows)
    if findings.folder is None:
        return 3
    return 1 if any(row.state == "problem" for row in rows) else 0


def _print(rows: "Sequence[Row]") -> None:
    width = max(len(row.name) for row in rows) + 2
    topic = ""
    for row in rows:
        if row.topic != topic:
            topic = row.topic
            click.secho(topic, bold=True)
        value = click.style(sanitize_line(row.value), fg=_COLOURS[row.state])
        mark = " " if row.state == "ok" else "!"
        click.echo(f"{mark} {sanitize_line(row.name):<{width}}{value}")
        if row.hint:
            click.echo(f"  {'':<{width}}{sanitize_line(row.hint)}")
