"""The slash commands, and the parser for the text of the task line."""

import re
from dataclasses import dataclass

from assistant.errors import UsageError


@dataclass(frozen=True, slots=True)
class CommandSpec:
    name: str
    argument: str
    """Name of the argument in help texts; empty if it takes none."""
    summary: str


COMMANDS = (
    CommandSpec("plan", "task", "Write a plan for a task"),
    CommandSpec("edit", "task", "Change code right away, without a plan"),
    CommandSpec("fix", "command or text", "Run a check, find what fails, propose a fix"),
    CommandSpec("ask", "question", "Ask about the selected code"),
    CommandSpec("open", "path or path:line", "Read and edit a file"),
    CommandSpec("search", "text", "Search the repository"),
    CommandSpec("context", "task", "What the model will read, and what it read last"),
    CommandSpec("select", "name, save NAME", "Select what was saved, or save what is selected"),
    CommandSpec("check", "command", "Set the check command for proposals, or remove it"),
    CommandSpec("generated-tests", "", "Rank candidates by running them in a sandbox"),
    CommandSpec("explain", "", "Show in the log how the candidates came about and rank"),
    CommandSpec("undo", "", "Undo the last write, byte for byte"),
    CommandSpec("redo", "", "Redo the last undone write"),
    CommandSpec("history", "", "What was written, with its diff; undo and redo any of it"),
    CommandSpec("commit", "message", "Commit what was written"),
    CommandSpec("candidates", "number", "Set the number of candidates for each step"),
    CommandSpec("comments", "", "List the comments for the next prompt; with drop, remove them"),
    CommandSpec("model", "name", "Choose another model"),
    CommandSpec(
        "engine", "URL, ssh://box, local", "Generate on a server, another machine, or here"
    ),
    CommandSpec("sessions", "", "List earlier sessions, and go on with one"),
    CommandSpec("new", "", "Start another session: log, plan and answers begin empty"),
    CommandSpec("theme", "name", "Switch the theme"),
    CommandSpec("settings", "", "All settings, what they mean, and where they come from"),
    CommandSpec("doctor", "", "Diagnose this machine and the chosen model"),
    CommandSpec("clear", "", "Deselect all files"),
    CommandSpec("refresh", "", "Read the working tree again"),
    CommandSpec("help", "", "Keys and commands"),
    CommandSpec("quit", "", "Leave the app"),
)
TASKS = ("plan", "edit", "fix", "ask")
_SLIPPED = re.compile(rf"(\w) ?/({'|'.join(spec.name for spec in COMMANDS)})(?=\s|$)")
"""Matches a key meant for a pane that ended up in front of a command."""


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    argument: str


def parse_command(text: str, default: str) -> Command:
    """Parses the text of the task line. Text without a slash is a task of the default kind.

    Raises UsageError for an unknown command, a stray key before a command, or an empty task.
    """
    stripped = text.strip()
    if not stripped:
        raise UsageError("There is no task.", hint="Type what should change, then press enter.")
    if slipped := _SLIPPED.match(stripped):
        key, name = slipped.groups()
        raise UsageError(
            f"There is a {key!r} before /{name}.", hint="Delete it to run the command."
        )
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
                hint="Type / to list all commands, or // to start a task with a slash.",
            )
        name = close[0]
    if name in ("plan", "edit", "ask") and not argument:
        raise UsageError(
            f"/{name} needs a {'question' if name == 'ask' else 'task'}.",
            hint=f"Type it after /{name}.",
        )
    return Command(name, argument)
