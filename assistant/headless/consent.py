"""Owns the choice of the check command of a headless run, and the question before it is run.

A command typed on the command line is consented to. Anything found in the repository or in the
settings is run only after the user said so, once and for this repository or for this run.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.checks.commands import CheckCommand, find_commands, parse_command
from assistant.errors import CheckError, UsageError

if TYPE_CHECKING:
    from assistant.checks.consent import Consents


def choose_check(
    given: str,
    offered: str,
    root: Path,
    consents: "Consents",
    ask: Callable[[CheckCommand], str] | None,
    *,
    confinement: str = "",
) -> CheckCommand:
    """The command to run: `given` by flag, `offered` by the settings, or found in the repository.

    `ask` answers "always", "once" or "no"; None means that nobody can be asked.
    Raises UsageError when there is none, CheckError when it was not consented to.
    """
    if given:
        return parse_command(given)
    commands = (parse_command(offered),) if offered else find_commands(root)
    if not commands:
        raise UsageError(
            "There is no check command: none was given and none was found in the repository.",
            hint="Give one with --check, or a traceback with --traceback.",
        )
    for command in commands:
        if consents.granted(root, command, confinement=confinement):
            return command
    command = commands[0]
    answer = ask(command) if ask is not None else "no"
    if answer == "always":
        consents.grant(root, command, confinement=confinement)
    elif answer != "once":
        raise CheckError(
            f"The check command {command.text!r} was found but not consented to.",
            hint=f"Give it yourself: --check {command.text!r}",
        )
    return command
