"""The `sessions` commands: list, show, export and delete what the interface stored."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import composition
from assistant.cli.options import json_option
from assistant.errors import UsageError
from assistant.sanitize import sanitize_line

if TYPE_CHECKING:
    from assistant.sessions.store import SessionStore


@click.group()
def sessions() -> None:
    """Earlier sessions of the interface in this repository."""


@sessions.command("list")
@json_option
def list_(as_json: bool) -> int:
    """List the sessions, the last one first."""
    found = _store().summaries()
    if as_json:
        click.echo(json.dumps({"sessions": [asdict(each) for each in found]}, indent=2))
        return 0
    if not found:
        click.echo("There are no sessions of this repository.")
    for each in found:
        when = datetime.fromtimestamp(each.last).astimezone()
        tasks = f"{each.tasks} task" + ("" if each.tasks == 1 else "s")
        state = f"  [{each.state}]" if each.state else ""
        title = sanitize_line(each.title)
        click.echo(f"{each.id}  {when:%Y-%m-%d %H:%M}  {tasks:>8}  {title}{state}")
    return 0


@sessions.command()
@click.argument("session", metavar="ID")
def show(session: str) -> int:
    """Print a session: tasks, answers, plans and diffs."""
    from assistant.sessions.export import plain
    from assistant.sessions.story import story

    store = _store()
    for line in plain(story(store.entries(store.find(session)))):
        click.echo(line)
    return 0


@sessions.command()
@click.argument("session", metavar="ID")
@click.option(
    "--format", "form", type=click.Choice(["md", "html"]), default="md", show_default=True
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write it to this file, not to stdout."
)
def export(session: str, form: str, out: Path | None) -> int:
    """Write a session as Markdown or HTML, with its diffs."""
    from assistant.sessions.export import render, write_new
    from assistant.sessions.story import story

    store = _store()
    name = store.find(session)
    text = render(store.summary(name), story(store.entries(name)), form)
    if out is None:
        click.echo(text, nl=False)
    else:
        write_new(out, text)
        click.echo(f"Written: {sanitize_line(str(out))}", err=True)
    return 0


@sessions.command()
@click.argument("session", metavar="ID", required=False)
@click.option("--all", "everything", is_flag=True, help="Delete every session of this repository.")
@click.option("--yes", is_flag=True, help="Delete without asking.")
def delete(session: str | None, everything: bool, yes: bool) -> int:
    """Delete a session, or all of them. No file of the repository changes."""
    if everything == bool(session):
        raise UsageError("Name one session, or pass --all.", hint="See: assistant sessions list")
    store = _store()
    if session:
        store.delete(store.find(session))
        return 0
    if not yes:
        if not composition.terminal():
            raise UsageError(
                "Deleting all sessions needs a confirmation, and there is no terminal.",
                hint="Pass --yes to delete all sessions.",
            )
        count = len(store.summaries())
        if not click.confirm(f"Delete {count} sessions of this repository?", err=True):
            return 1
    click.echo(f"Deleted: {store.delete_all()}")
    return 0


def _store() -> "SessionStore":
    from assistant.repo.git import Repository
    from assistant.sessions.store import SessionStore

    root = Repository.open(Path.cwd()).root
    return SessionStore(composition.load_settings().state_dir, root)
