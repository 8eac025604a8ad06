"""Owns the program as the shell sees it: its commands, and how errors leave it.

Importing this loads click and nothing heavier; every command imports what it needs when it runs.
"""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from assistant.errors import AssistantError, Cancelled, UsageError
from assistant.sanitize import sanitize_line
from assistant.version import __version__


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="assistant")
def program() -> None:
    """An IDE in the terminal that changes a git repository with a GPT model on your own machine.

    Without a command it opens in the repository you stand in.
    """


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Runs the program and exits: 0 done, 1 nothing found or check failed, 2 usage,
    3 model not available, 130 cancelled."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = program.main(arguments, prog_name="assistant", standalone_mode=False)
    except click.ClickException as error:
        code = _report(_usage_error(error), arguments)
    except AssistantError as error:
        code = _report(error, arguments)
    except (click.Abort, KeyboardInterrupt):
        code = _report(Cancelled(), arguments)
    except BrokenPipeError:
        # The reader of our output went away; the interpreter must not flush into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _usage_error(error: click.ClickException) -> UsageError:
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else ""
    return UsageError(error.format_message(), hint=f"See: {command or 'assistant'} --help")


def _report(error: AssistantError, arguments: Sequence[str]) -> int:
    """One line and a hint on stderr; with --json also a document on stdout."""
    click.echo(f"error: {sanitize_line(error.message)}", err=True)
    if error.hint:
        click.echo(f"hint: {sanitize_line(error.hint)}", err=True)
    if "--json" in arguments:
        from assistant.headless.document import render_error

        click.echo(render_error(error))
    return error.exit_code
