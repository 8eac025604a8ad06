"""The command group, error reporting and exit codes.

Importing this module loads nothing heavier than click; each command imports what it needs when it
runs.
"""

import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from assistant.cli import (
    bench,
    demo,
    doctor,
    evaluate,
    history,
    models,
    sandboxing,
    serve,
    sessions,
    tasks,
    trust,
    worker,
)
from assistant.cli.options import engine_option, host_option, model_option
from assistant.errors import AssistantError, Cancelled, UsageError
from assistant.sanitize import sanitize_line
from assistant.version import __version__


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="assistant")
@model_option
@engine_option
@host_option
@click.option("--theme", metavar="NAME", help="Colour theme of the interface.")
@click.option("--continue", "go_on", is_flag=True, help="Go on with the last session here.")
@click.option(
    "--resume",
    is_flag=False,
    flag_value="list",
    metavar="[ID]",
    help="Choose an earlier session from a list, or name one.",
)
@click.option(
    "--plain",
    is_flag=True,
    help="A conversation in lines of text instead of the screen, for screen readers.",
)
@click.option(
    "--offline", is_flag=True, help="Refuse every use of the network; put it before a command."
)
@click.option("--tour", is_flag=True, help="Show how it works, on a copy of a sample project.")
@click.pass_context
def program(
    context: click.Context,
    /,
    theme: str | None,
    go_on: bool,
    resume: str | None,
    plain: bool,
    offline: bool,
    tour: bool,
    **given: str | None,
) -> int:
    """A terminal IDE that edits a git repository with a GPT model on your own machine.

    Without a command, it opens the repository in the current directory.
    """
    if offline:
        os.environ["ASSISTANT_OFFLINE"] = "true"  # for child processes as well
    if go_on and resume:
        raise click.UsageError("Pass --continue or --resume, not both.", context)
    reopen = "last" if go_on else resume or ""
    if context.invoked_subcommand is None:
        if plain:
            return _converse(**given)
        return _open_interface(reopen, theme=theme, tour=tour, **given)
    if theme or reopen or plain or tour or any(given.values()):
        raise click.UsageError("Put the options of a command after its name.", context)
    return 0


for _command in (
    tasks.plan,
    tasks.edit,
    tasks.fix,
    tasks.ask,
    trust.trust,
    sandboxing.sandbox,
    history.undo,
    history.redo,
    history.log,
    sessions.sessions,
    models.models,
    doctor.doctor,
    evaluate.eval_,
    bench.bench,
    demo.demo,
    worker.worker,
    serve.serve,
):
    program.add_command(_command)


def _converse(**given: str | None) -> int:
    from pathlib import Path

    from assistant.cli import composition
    from assistant.cli.plain import converse

    return converse(Path.cwd(), composition.load_settings(**given))


def _open_interface(reopen: str, *, tour: bool, **given: str | None) -> int:
    from pathlib import Path

    from assistant.cli import composition
    from assistant.cli.interface import open_interface, open_tour
    from assistant.cli.place import repository_above, require_meant
    from assistant.preferences import Preferences

    has_terminal = composition.terminal() and sys.stderr.isatty()  # textual draws on stderr
    if not (has_terminal or serve.is_served()):
        raise UsageError(
            "The interface needs a terminal, but stdin, stdout or stderr is not one.",
            hint="Use assistant --plain, or a command: assistant plan, edit, fix or ask.",
        )
    preferences = Preferences(given)
    if tour:
        return open_tour(preferences)
    if (root := repository_above(Path.cwd())) is not None:
        require_meant(root, yes=False, option="")
    return open_interface(Path.cwd(), preferences, reopen=reopen)


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Runs the program and exits.

    The exit code is 0 for success, 1 if nothing was found or a check failed, 2 for a usage error,
    3 if the model is not available, and 130 if cancelled.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for characters outside the locale
    try:
        code = program.main(arguments, prog_name="assistant", standalone_mode=False, color=_color())
    except click.ClickException as error:
        code = _report(_usage_error(error), arguments)
    except AssistantError as error:
        code = _report(error, arguments)
    except (click.Abort, KeyboardInterrupt):
        code = _report(Cancelled(), arguments)
    except BrokenPipeError:
        # stdout is closed: redirect it so that the interpreter can flush it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _color() -> bool | None:
    """False to disable colours; None to decide by the stream."""
    disabled = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return False if disabled else None


def _usage_error(error: click.ClickException) -> UsageError:
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else ""
    return UsageError(error.format_message(), hint=f"See: {command or 'assistant'} --help")


def _report(error: AssistantError, arguments: Sequence[str]) -> int:
    """Prints the message and hint to stderr and, with --json, a document to stdout."""
    click.echo(f"error: {sanitize_line(error.message)}", err=True)
    if error.hint:
        click.echo(f"hint: {sanitize_line(error.hint)}", err=True)
    if "--json" in arguments:
        from assistant.headless.document import render_error

        click.echo(render_error(error))
    return error.exit_code
