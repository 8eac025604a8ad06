"""The `undo`, `redo` and `log` commands."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import composition
from assistant.cli.options import json_option
from assistant.credentials.redacting import redacted
from assistant.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.apply.journal import Entry
    from assistant.apply.writer import Writer
    from assistant.engine.server.record import Sent


_number = click.argument("number", type=click.IntRange(min=1), required=False)


@click.command(short_help="Undo a write in this repository.")
@_number
@click.option("--merge", is_flag=True, help="Keep changes you have made to those files since.")
@json_option
def undo(number: int | None, merge: bool, as_json: bool) -> int:
    """Undo the last write in this repository, or the one with this NUMBER of `assistant log`.

    With a number, what was changed since in other lines is kept.
    """
    writer = _writer()
    entry = writer.undo(merge=merge) if number is None else writer.undo_one(number)
    return _report("Undone", entry, as_json)


@click.command(short_help="Redo a write that was undone.")
@_number
@json_option
def redo(number: int | None, as_json: bool) -> int:
    """Redo the last write that was undone, or the one with this NUMBER of `assistant log`."""
    writer = _writer()
    return _report("Redone", writer.redo() if number is None else writer.redo_one(number), as_json)


@click.command()
@click.option("--sent", is_flag=True, help="Print all text that was sent to servers, and where.")
@click.option(
    "--diff", "number", type=click.IntRange(min=1), help="Print what the write N changed."
)
@json_option
def log(sent: bool, number: int | None, as_json: bool) -> int:
    """List writes to this repository, latest first, and what was sent to servers."""
    if number is not None:
        return _print_diff(number, as_json)
    entries = sorted(_writer().entries(), key=lambda entry: entry.id, reverse=True)
    prompts = _sent()
    if as_json:
        document = {
            "entries": [_document(entry) for entry in entries],
            "sent": [_sent_document(each, text=sent) for each in prompts],
        }
        click.echo(json.dumps(document, indent=2))
        return 0
    if sent:
        _print_sent(prompts)
        return 0
    if not entries:
        click.echo("Nothing has been written here yet.")
    for entry in entries:
        when = datetime.fromtimestamp(entry.time).astimezone()
        state = entry.state.value
        click.echo(f"{entry.id}  {when:%Y-%m-%d %H:%M}  {state:<7}  {sanitize_line(entry.title)}")
        for line in _details(entry):
            click.echo(f"        {sanitize_line(line)}")
    for line in _sent_lines(prompts):
        click.echo(line)
    return 0


def _details(entry: "Entry") -> "Iterator[str]":
    origin = entry.origin
    if origin.task and origin.task != entry.title:
        yield f"task: {origin.task.splitlines()[0]}"
    yield from entry.paths
    if origin.hunks:
        yield f"{origin.hunks} hunk{'' if origin.hunks == 1 else 's'}"
    yield from origin.words


def _print_diff(number: int, as_json: bool) -> int:
    from assistant.errors import ApplyError
    from assistant.proposal.secret_values import redacted_diff

    writer = _writer()
    entry = next((each for each in writer.entries() if int(each.id) == number), None)
    if entry is None:
        raise ApplyError(
            f"There is no write with the number {number} here.",
            hint="`assistant log` lists them; the oldest are dropped.",
        )
    diff = redacted_diff(writer.changes(entry))
    if as_json:
        click.echo(json.dumps({**_document(entry), "diff": diff}, indent=2))
    else:
        click.echo(sanitize(diff), nl=False)
    return 0


def _sent() -> "tuple[Sent, ...]":
    from assistant.engine.server.record import SentLog
    from assistant.repo.git import Repository

    root = Repository.open(Path.cwd()).root
    return SentLog(composition.load_settings().state_dir, root).entries()


def _sent_lines(prompts: "Sequence[Sent]") -> "Iterator[str]":
    """One line for each day, address and model, latest first."""
    totals: dict[tuple[str, str, str], list[int]] = {}
    for each in reversed(prompts):
        day = f"{datetime.fromtimestamp(each.time).astimezone():%Y-%m-%d}"
        totals.setdefault((day, each.address, each.model), []).append(each.tokens)
    if totals:
        yield "Sent to servers and other machines (print the text with --sent):"
    for (day, address, model), tokens in totals.items():
        where = sanitize_line(f"{address} ({model})")
        yield f"  {day}  {where}  {len(tokens):,} prompts, {sum(tokens):,} tokens"


def _print_sent(prompts: "Sequence[Sent]") -> None:
    if not prompts:
        click.echo("Nothing has been sent to a server or another machine from here.")
    for each in prompts:
        when = datetime.fromtimestamp(each.time).astimezone()
        where = sanitize_line(f"{each.address} ({each.model})")
        click.secho(f"{when:%Y-%m-%d %H:%M:%S}  {where}  {each.tokens:,} tokens", bold=True)
        click.echo(sanitize(redacted(each.text)) + "\n")


def _sent_document(sent: "Sent", *, text: bool) -> dict[str, Any]:
    document = asdict(sent) | {"text": redacted(sent.text)}
    return document if text else {key: document[key] for key in document if key != "text"}


def _writer() -> "Writer":
    from assistant.repo.git import Repository

    root = Repository.open(Path.cwd()).root
    return composition.recovered(composition.open_writer(root, composition.load_settings()))


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
        "hunks": entry.origin.hunks or None,
        "task": entry.origin.task or None,
        "model": entry.origin.model or None,
        "verdict": entry.origin.verdict or None,
        "checks": list(entry.origin.checks),
    }
