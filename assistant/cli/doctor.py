"""The `doctor` command: diagnoses this machine and explains the choice of model."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import click

from assistant.cli import composition
from assistant.cli.options import engine_option, host_option, json_option, model_option
from assistant.errors import EngineError, ModelError
from assistant.sanitize import sanitize_line
from assistant.version import __version__

if TYPE_CHECKING:
    from assistant.models.doctor import Row
    from assistant.settings import Settings

_COLOURS = {"ok": None, "note": "yellow", "problem": "red"}


@click.command(short_help="Diagnose this machine and show the chosen model.")
@model_option
@engine_option
@host_option
@json_option
def doctor(model: str | None, engine: str | None, host: str | None, as_json: bool) -> int:
    """Diagnose this machine, show which model was chosen and why, and find model servers here.

    With a server in the settings or in --engine, shows what it can do; with another machine in the
    settings or in --host, what it is and which model it has. Exits with 3 if the model, the server
    or that machine is not ready, or with 1 if there is any other problem.
    """
    settings = composition.load_settings(model=model, engine=engine, host=host)
    found = examine(settings)
    if as_json:
        facts = {
            "model": found.model,
            "engine": settings.engine or None,
            "host": settings.host or None,
            "ready": found.ready,
            "why": found.why,
            "rows": [asdict(row) for row in found.rows],
        }
        click.echo(json.dumps(facts, indent=2))
    else:
        _print(found.rows)
    if not found.ready:
        return 3
    return 1 if any(row.state == "problem" for row in found.rows) else 0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found about this machine and its model."""

    rows: "tuple[Row, ...]"
    ready: bool
    """Whether the model, the server or the other machine can be used."""
    model: str
    why: str
    """Why this model was chosen."""


def examine(settings: "Settings") -> Diagnosis:
    """Examines this machine, and the server or the other machine of the settings. Takes seconds."""
    from assistant.checks import sandbox
    from assistant.engine.server.diagnosis import find_servers, found_rows
    from assistant.models.doctor import diagnose
    from assistant.models.surroundings import gather

    local = replace(settings, model="") if settings.elsewhere else settings
    findings = gather(local, confinement=sandbox.detect())
    rows, ready = diagnose(findings), findings.folder is not None
    model, why = findings.choice.model, findings.choice.why
    if settings.elsewhere:
        asked, ready = _server(settings) if settings.engine else _host(settings)
        rows = (*asked, *(row for row in rows if row.topic != "model"))
        model, why = settings.model, "Set by you."
    return Diagnosis((*rows, *found_rows(find_servers())), ready, model, why)


def _server(settings: "Settings") -> "tuple[tuple[Row, ...], bool]":
    """The rows about the server of the settings, and whether it is ready. Sends no code."""
    from assistant.cli.serving import connection_to
    from assistant.engine.server.diagnosis import server_rows
    from assistant.engine.server.probing import probe
    from assistant.engine.server.window import server_window
    from assistant.models.doctor import Row

    connection = connection_to(settings)
    try:
        server = probe(connection, settings.model)
    except (EngineError, ModelError) as error:
        where = connection.address.text
        return (Row("server", where, error.message, "problem", error.hint),), False
    return tuple(server_rows(server, server_window(server, settings.context_tokens))), True


def _host(settings: "Settings") -> "tuple[tuple[Row, ...], bool]":
    """The rows about the other machine of the settings, and whether it is ready. Sends no code."""
    from assistant.cli.serving import link_to
    from assistant.models.doctor import Row

    link = link_to(settings)
    where = link.host.text
    try:
        rows = link.describe()
    except EngineError as error:
        return (Row(where, "connection", error.message, "problem", error.hint),), False
    version = Row(where, "assistant", f"{__version__}, as here", "ok", "Prompts go there.")
    found = (version, *(replace(row, topic=where) for row in rows))
    return found, not any(row.topic == "model" and row.state == "problem" for row in rows)


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
