"""The `serve` command: the interface in a browser on this machine."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from assistant.cli import composition
from assistant.cli.options import engine_option, host_option, model_option
from assistant.errors import RepositoryError, UsageError

_INSTALL = "Install it with: pip install 'assistant-ide[web]'"


@click.command(short_help="Open the interface in a browser on this machine.")
@click.option("--web", is_flag=True, help="Serve a page on 127.0.0.1.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes one that is free.",
)
@model_option
@engine_option
@host_option
@click.option("--theme", metavar="NAME", help="Colour theme of the interface.")
def serve(web: bool, port: int, **given: str | None) -> int:
    """Serve the interface of this repository to a browser on this machine.

    Open the printed address: its token lets only you in. One page at a time runs the program.
    Ctrl+C ends the server.
    """
    if not web:
        raise UsageError("Say what to serve.", hint="Use: assistant serve --web")
    try:
        from assistant.ui.web.server import PageServer, Program
    except ModuleNotFoundError as error:
        raise UsageError(
            f"The package {error.name} is missing, which the browser needs.", hint=_INSTALL
        ) from error
    settings = composition.load_settings(**given)
    began = time.time()
    program = Program(
        _command(given), lambda: newest_session(settings.state_dir, Path.cwd(), began)
    )
    server = PageServer(program, port, f"assistant · {Path.cwd().name}")
    server.run(lambda: _tell(server.address))
    return 0


def is_served() -> bool:
    """Whether this process draws for a page, and not in a terminal."""
    return "TEXTUAL_DRIVER" in os.environ


def _tell(address: str) -> None:
    click.echo(f"Open {address}\nCtrl+C ends the program.")
    sys.stdout.flush()


def _command(given: dict[str, str | None]) -> list[str]:
    """The program with the options. `-P`: a module of the repository never replaces ours."""
    options = [word for name, value in given.items() if value for word in (f"--{name}", value)]
    return [sys.executable, "-P", "-m", "assistant", *options]


def newest_session(state_dir: Path, folder: Path, began: float) -> Sequence[str]:
    """Options that go on with the session that an earlier page of this server wrote, if any."""
    from assistant.repo.git import Repository
    from assistant.sessions.store import SessionStore

    try:
        summaries = SessionStore(state_dir, Repository.open(folder).root).summaries()
    except RepositoryError:
        return ()
    return ("--resume", summaries[0].id) if summaries and summaries[0].last >= began else ()
