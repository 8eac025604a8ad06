"""The `worker` command: runs the model for another machine's program, or installs it there."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import composition
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.engine.remote.reception import Chosen


@click.command(short_help="Run the model for another machine, or install it there.")
@click.option("--stdio", is_flag=True, help="Serve on stdin and stdout, as --host starts it.")
@click.option(
    "--install",
    "host",
    metavar="USER@BOX",
    help="Install this version on another machine, over ssh, for --host.",
)
def worker(stdio: bool, host: str | None) -> int:
    """Run the model for the assistant on another machine, which sends prompts over ssh.

    `assistant --host USER@BOX` starts it there; nothing has to run before.
    """
    if stdio == bool(host):
        raise UsageError("Pass either --stdio or --install.", hint="See: assistant worker --help")
    if host:
        from assistant.engine.remote.host import Host
        from assistant.engine.remote.install import install

        install(Host.parse(host))
        click.echo(f"Installed. Now: assistant --host {host}")
        return 0
    return _serve()


def _serve() -> int:
    from assistant.engine.protocol import reserve_stdout
    from assistant.engine.remote.reception import Desk, become_worker, receive, unbuffered_lines

    output = reserve_stdout()
    chosen = receive(unbuffered_lines(sys.stdin.fileno()), output, Desk(_choose, _describe))
    if chosen is not None:
        become_worker(chosen, output)
    return 0


def _choose(model: str, context_tokens: int) -> "Chosen":
    """The model by name, else by the settings and the hardware of this machine."""
    from assistant.engine.remote.reception import Chosen

    settings = composition.load_settings(
        model=model or None, context_tokens=context_tokens, engine="", host=""
    )
    settings = composition.with_model(settings)
    folder = composition.model_store(settings).resolve(settings.model)
    return Chosen(composition.with_window(settings, folder), folder)


def _describe(model: str) -> list[dict[str, Any]]:
    from assistant.models.doctor import diagnose
    from assistant.models.surroundings import gather

    settings = composition.load_settings(model=model or None, engine="", host="")
    rows = diagnose(gather(settings))
    return [asdict(row) for row in rows if row.topic in ("computer", "model")]
