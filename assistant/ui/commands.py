"""Owns the words that can be typed after a slash, and the parsing of what was typed. Pure."""

import re
from dataclasses import dataclass

from assistant.errors import UsageError


@dataclass(frozen=True, slots=True)
class CommandSpec:
    name: str
    argument: str
    """How its argument is called in help; empty when it takes none."""
    summary: str


COMMANDS = (
    CommandSpec("plan", "task", "Write a plan for a task"),
    CommandSpec("edit", "task", "Change code right away, without a plan"),
    CommandSpec("fix", "command or text", "Run a check, find what fails, propose a fix"),
    CommandSpec("ask", "question", "Ask about the selected code"),
    CommandSpec("check", "command", "Set the check command for proposals; without one, forget it"),
    CommandSpec("generated-tests", "", "Rank answers by running them in a sandbox"),
    CommandSpec("undo", "", "Take back the last write, byte for byte"),
    CommandSpec("redo", "", "Write again what was taken back"),
    CommandSpec("commit", "message", "Commit what was written"),
    CommandSpec("candidates", "number", "How many answers are drawn for a step"),
    CommandSpec("model", "name", "Choose another model"),
    CommandSpec("theme", "name", "Switch the theme"),
    CommandSpec("clear", "", "Deselect all files"),
    CommandSpec("refresh", "", "Look at the repository again"),
    CommandSpec("help", "", "Keys and commands"),
    CommandSpec("quit", "", "Leave"),
)
TASKS = ("plan", "edit", "fix", "ask")
_SLIPPED = re.compile(rf"(\w) ?/({'|'.join(spec.name for spec in COMMANDS)})(?=\s|$)")
"""A key that was meant for a pane, and went into the task line in front of a command."""


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    argument: str


def parse_command(text: str, default: str) -> Command:
    """What was typed as a command; text without a slash is a task of the default kind.

    Raises UsageError for an unknown command, a key that stands before one, and an empty task.
    """
    stripped = text.strip()
    if not stripped:
        raise UsageError("There is no task.", hint="Type what should change, then press enter.")
    if slipped := _SLIPPED.match(stripped):
        key, name = slipped.groups()
        raise UsageError(f"{key!r} stands before /{name}.", hint="Delete it to run the command.")
    if not stripped.startswith("/") or stripped.startswith("//"):
        return Command(
            default, stripped.removeprefix("/") if stripped.startswith("//") else stripped
        )
    name, *rest = stripped[1:].split(None, 1) or [""]
    argument = rest[0] if rest else ""
    if name not in {spec.name for spec in COMMANDS}:
        close = [s.name for s in COMMANDS if name and s.name.startswith(name)]
        if len(close) != 1:
            raise UsageError(
                f"There is no command /{name}.",
                hint="Type / to see them all, // for a task that starts with a slash.",
            )
        name = close[0]
    if name in ("plan", "edit", "ask") and not argument:
        raise UsageError(
            f"/{name} needs a {'question' if name == 'ask' else 'task'}.",
            hint=f"Type it after /{name}.",
        )
    return Command(name, argument)
