"""Owns the program as the shell sees it: its commands, and how errors leave it.

Importing this loads click and nothing heavier; every command imports what it needs when it runs.
"""

import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from assistant.cli import bench, demo, doctor, evaluate, history, models, tasks
from assistant.cli.options import model_option
from assistant.errors import AssistantError, Cancelled, UsageError
from assistant.sanitize import sanitize_line
from assistant.version import __version__


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="assistant")
@model_option
@click.option("--theme", metavar="NAME", help="Colours of the interface.")
@click.pass_context
def program(context: click.Context, model: str | None, theme: str | None) -> int:
    """An IDE in the terminal that changes a git repository with a GPT model on your own machine.

    Without a command it opens in the repository you stand in.
    """
    if context.invoked_subcommand is None:
        return _open_interface(model, theme)
    if model or theme:
        raise click.UsageError("Options of a command stand after its name.", context)
    return 0


for _command in (
    tasks.plan,
    tasks.edit,
    tasks.fix,
    tasks.ask,
    history.undo,
    history.redo,
    history.log,
    models.models,
    doctor.doctor,
    evaluate.eval_,
    bench.bench,
    demo.demo,
):
    program.add_command(_command)


def _open_interface(model: str | None, theme: str | None) -> int:
    from pathlib import Path

    from assistant.cli import composition
    from assistant.cli.interface import open_interface

    if not (composition.terminal() and sys.stderr.isatty()):  # textual draws on stderr
        raise UsageError(
            "The interface needs a terminal, and stdin, stdout or stderr is none.",
            hint="Use a command instead: assistant plan, edit, fix or ask; see assistant --help.",
        )
    return open_interface(Path.cwd(), composition.load_settings(model=model, theme=theme))


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Runs the program and exits: 0 done, 1 nothing found or check failed, 2 usage,
    3 model not available, 130 cancelled."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what the locale cannot show
    try:
        code = program.main(arguments, prog_name="assistant", standalone_mode=False, color=_color())
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


def _color() -> bool | None:
    """False where colours are unwelcome; None lets the stream decide."""
    unwelcome = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return False if unwelcome else None


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
