"""The `sandbox` command: runs any command as a check would run."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli.options import json_option
from assistant.errors import CheckError
from assistant.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from assistant.checks.results import CommandResult

_SECONDS = 300.0


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="End it after this time.",
)
@click.option(
    "--limits-only",
    is_flag=True,
    help="Run it also where this machine has no sandbox: with limits, but with your permissions.",
)
@json_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
def sandbox(command: tuple[str, ...], timeout: float, limits_only: bool, as_json: bool) -> int:
    """Run COMMAND as a check would run: in a sandbox, on a copy of this repository.

    Put `--` before it: assistant sandbox -- make test. Prints its output, its exit status, what
    confines it, and what that does not keep out. What it writes is deleted with the copy.
    """
    from assistant.checks.commands import CheckCommand
    from assistant.checks.gaps import gaps
    from assistant.checks.runner import CheckRunner
    from assistant.engine.base import Cancel
    from assistant.headless.interrupt import interruptible
    from assistant.repo.git import Repository

    runner = CheckRunner(Repository.open(Path.cwd()).root)
    if not runner.isolates and not limits_only:
        raise CheckError(
            "There is no sandbox on this machine: bubblewrap is not installed, and the kernel does "
            "not permit user namespaces.",
            hint="Install bubblewrap. --limits-only runs it with your permissions all the same.",
        )
    cancel = Cancel()
    try:
        with interruptible(cancel, lambda: click.echo("Stopping.", err=True)):
            result = runner.run(CheckCommand(command, "given"), {}, cancel, timeout=timeout)
    finally:
        runner.close()
    if as_json:
        click.echo(json.dumps(_document(result, gaps(runner.confinement)), indent=2))
    else:
        _print(result, gaps(runner.confinement))
    return 0 if result.passed else 1


def _print(result: "CommandResult", open_: tuple[str, ...]) -> None:
    """The output goes to stdout, what is said about it to stderr."""
    output = sanitize(result.output)
    click.echo(output, nl=bool(output) and not output.endswith("\n"))
    click.echo(f"{_status(result)} after {result.seconds:.1f} s", err=True)
    click.echo(f"Confined by: {result.sandbox}. Not kept out:", err=True)
    for each in open_:
        click.echo(f"  - {each}", err=True)


def _status(result: "CommandResult") -> str:
    if result.timed_out:
        return "Ended by the time limit"
    if result.exit_code < 0:
        return f"Ended by signal {-result.exit_code}"
    return f"Exit status {result.exit_code}"


def _document(result: "CommandResult", open_: tuple[str, ...]) -> dict[str, Any]:
    return {
        "command": [sanitize_line(word) for word in result.argv],
        "exit_code": result.exit_code,
        "timed_out": result.timed_out,
        "seconds": round(result.seconds, 3),
        "output": result.output,
        "truncated": result.truncated,
        "confinement": result.sandbox,
        "not_kept_out": list(open_),
    }
