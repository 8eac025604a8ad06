"""Chooses the check command of a headless run and asks for consent: to run it, to run tests, to
send code to a server on another machine, or to read secrets.

A command given on the command line needs no further consent. A command found in the repository or
the settings runs only after the user has agreed, for this run or always in this repository.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.checks.commands import CheckCommand, find_commands, parse_command
from assistant.context.confidential import Sighting, listed
from assistant.errors import CheckError, ContextError, UsageError

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

    `ask` returns "always", "once" or "no"; pass None if the user cannot be prompted.
    Raises UsageError if there is no command, CheckError without consent.
    """
    if given:
        return parse_command(given)
    commands = (parse_command(offered),) if offered else find_commands(root)
    if not commands:
        raise UsageError(
            "No check command was given, and none was found in the repository.",
            hint="Pass one with --check, or a traceback with --traceback.",
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
            f"The check command {command.text!r} was found, but you have not allowed it to run.",
            hint=f"To allow it, pass --check {command.text!r}",
        )
    return command


def require_sending(
    address: str, root: Path, consents: "Consents", ask: Callable[[str], str] | None
) -> None:
    """Asks once for each repository whether its code may be sent to a server on another machine.

    `ask` is as in `choose_check`. Raises CheckError without consent.
    """
    if consents.may_send(root, address):
        return
    answer = ask(address) if ask is not None else "no"
    if answer == "always":
        consents.allow_sending(root, address)
    elif answer != "once":
        raise CheckError(
            f"Code of this repository would be sent to {address}, and you have not allowed that.",
            hint="Answer the question in a terminal once, or set engine_trusted in your settings.",
        )


def require_secrets(found: Sequence[Sighting], ask: Callable[[str], bool] | None) -> None:
    """Asks whether selected files with secrets may be read, in this run.

    `ask` returns the answer; pass None if the user cannot be prompted. Raises ContextError without
    consent.
    """
    if not found or (ask is not None and ask(listed(found))):
        return
    raise ContextError(
        f"{listed(found)}.",
        hint="To put it in context, pass --allow-secrets. Otherwise select other files or units.",
    )


def may_run_tests(
    command: CheckCommand,
    root: Path,
    consents: "Consents",
    ask: Callable[[CheckCommand], str] | None,
    *,
    confinement: str,
) -> bool:
    """Whether `command` may run the repository's tests on candidates.

    Asks once for each repository; `ask` is as in `choose_check`. Raises CheckError when the answer
    cannot be stored.
    """
    if consents.granted(root, command, confinement=confinement):
        return True
    if ask is None or consents.declined(root, command):
        return False
    answer = ask(command)
    if answer == "always":
        consents.grant(root, command, confinement=confinement)
    elif answer == "no":
        consents.decline(root, command)
    return answer in ("always", "once")
