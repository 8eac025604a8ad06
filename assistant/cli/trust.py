"""The `trust` commands: what was agreed to, and taking it back."""

import json
from datetime import datetime

import click

from assistant.cli import composition
from assistant.cli.options import json_option
from assistant.errors import UsageError
from assistant.sanitize import sanitize_line


@click.group()
def trust() -> None:
    """Show and take back what you have agreed to: commands, tests, and where code may be sent."""


@trust.command("list")
@json_option
def list_(as_json: bool) -> int:
    """List every answer that is remembered, with its number, for all repositories."""
    from assistant.checks.consent import Consents

    settings = composition.load_settings()
    agreements = Consents(settings.state_dir).agreements()
    if as_json:
        rows = [
            {
                "number": number,
                "repository": str(each.root),
                "what": each.what,
                "time": each.about.time or None,
                "source": each.about.source or None,
            }
            for number, each in enumerate(agreements, 1)
        ]
        click.echo(json.dumps({"agreements": rows}, indent=2))
        return 0
    for number, each in enumerate(agreements, 1):
        when = datetime.fromtimestamp(each.about.time).astimezone()
        shown = f"{when:%Y-%m-%d %H:%M}" if each.about.time else "earlier"
        source = f"; suggested by {each.about.source}" if each.about.source else ""
        click.echo(sanitize_line(f"{number:>3}  {shown:<16}  {each.root}"))
        click.echo(sanitize_line(f"     {each.what}{source}"))
    if not agreements:
        click.echo("Nothing that you agreed to is remembered.")
    names = ("tests", "generated_tests", "engine_trusted")
    if given := [name for name in names if getattr(settings, name)]:
        click.echo(f"Your settings agree for every repository: {', '.join(given)}")
    return 0


@trust.command()
@click.argument("number", type=click.IntRange(min=1), required=False)
@click.option("--all", "everything", is_flag=True, help="Take back every answer.")
def revoke(number: int | None, everything: bool) -> int:
    """Take back the answer with this NUMBER of `assistant trust list`; you are asked again."""
    from assistant.checks.consent import Consents

    if (number is None) != everything:
        raise UsageError(
            "Say what to take back.", hint="Pass one number of `assistant trust list`, or --all."
        )
    consents = Consents(composition.load_settings().state_dir)
    agreements = consents.agreements()
    if number is not None and number > len(agreements):
        raise UsageError(
            f"There is no answer with the number {number}.",
            hint="`assistant trust list` shows them.",
        )
    taken = agreements if number is None else (agreements[number - 1],)
    consents.take_back(taken)
    for each in taken:
        click.echo(sanitize_line(f"Taken back: {each.what} in {each.root}"))
    if not taken:
        click.echo("Nothing that you agreed to is remembered.")
    return 0
