"""The `undo`, `redo` and `log` commands."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import composition
from assistant.cli.options import json_option
from assistant.sanitize import sanitize_line

if TYPE_CHECKING:
    from assistant.apply.journal import Entry
    from assistant.apply.writer import Writer


@click.command()
@click.option("--merge", is_flag=True, help="Keep changes you have made to those files since.")
@json_option
def undo(merge: bool, as_json: bool) -> int:
    """Undo the last write in this repository."""
    return _report("Undone", _writer().undo(merge=merge), as_json)


@click.command()
@json_option
def redo(as_json: bool) -> int:
    """Redo the last write that was undone."""
    return _report("Redone", _writer().redo(), as_json)


@click.command()
@json_option
def log(as_json: bool) -> int:
    """List writes to this repository, latest first."""
    entries = sorted(_writer().entries(), key=lambda entry: entry.id, reverse=True)
    if as_json:
        click.echo(json.dumps({"entries": [_document(entry) for entry in entries]}, indent=2))
        return 0
    if not entries:
        click.echo("Nothing has been written here yet.")
    for entry in entries:
        when = datetime.fromtimestamp(entry.time).astimezone()
        state = entry.state.value
        click.echo(f"{entry.id}  {when:%Y-%m-%d %H:%M}  {state:<7}  {sanitize_line(entry.title)}")
        for path in entry.paths:
            click.echo(f"        {sanitize_line(path)}")
    return 0


def _writer() -> "Writer":
    from assistant.apply.writer import Writer
    from assistant.repo.git import Repository

    root = Repository.open(Path.cwd()).root
    return composition.recovered(Writer(root, composition.load_settings().state_dir))


def _report(verb: str, entry: "Entry", as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps(_document(entry), indent=2))
    else:
        paths = ", ".join(sanitize_line(path) for path in entry.paths)
        click.echo(f"{verb}: {sanitize_line(entry.title)} ({paths})")
    return 0


def _document(entry: "Entry") -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "time": entry.time,
        "state": entry.state.value,
        "paths": list(entry.paths),
    }
