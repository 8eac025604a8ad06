"""Options shared by the task commands, and parsing of their arguments."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assistant.errors import ContextError, UsageError

if TYPE_CHECKING:
    from assistant.context.bundle import Selected

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """The options of plan, edit, fix and ask."""

    files: tuple[str, ...]
    model: str | None
    seed: int | None
    candidates: int | None
    as_json: bool
    yes: bool
    engine: str | None = None
    host: str | None = None
    accept_failing: bool = False
    accept_deletions: bool = False
    allow_secrets: bool = False


def task_options(command: F) -> F:
    """Adds the shared options, passed as keyword arguments that `TaskOptions` accepts."""
    options = (
        click.option(
            "--file",
            "files",
            multiple=True,
            metavar="PATH[::UNIT]",
            help="Put a file, one unit of it, or a folder in context. Repeatable. "
            "By default, files are chosen by the wording of the task.",
        ),
        model_option,
        engine_option,
        host_option,
        seed_option,
        candidates_option,
        json_option,
        click.option("--yes", is_flag=True, help="Apply without asking."),
        click.option(
            "--allow-secrets",
            is_flag=True,
            help="Read selected files although they have keys or passwords, which become "
            "placeholders on their way to another machine.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


_accept_failing_option = click.option(
    "--accept-failing", is_flag=True, help="With --yes, apply it even if a check fails."
)
check_option = click.option(
    "--check",
    default="",
    metavar="CMD",
    help="Command to run on every candidate, in a sandboxed copy. Passing it is consent to run it, "
    "with the type checkers and linters that the repository configures.",
)
explain_option = click.option(
    "--explain",
    is_flag=True,
    help="Also print every candidate with its source, its evidence and the reason for its rank.",
)
show_context_option = click.option(
    "--show-context",
    is_flag=True,
    help="Only print what would be sent: the parts in order, tokens, reasons, what is left out.",
)
_accept_deletions_option = click.option(
    "--accept-deletions",
    is_flag=True,
    help="With --yes, also delete files and write changes that remove more than half of one.",
)


def accept_options(command: F) -> F:
    """Adds the options that go further than --yes."""
    return _accept_failing_option(_accept_deletions_option(command))


model_option = click.option(
    "--model",
    metavar="NAME",
    help="Catalog id, hub id, folder or .gguf file; ollama:NAME, lmstudio:NAME or llamacpp:NAME "
    "for a model of these programs; or a server's model.",
)
engine_option = click.option(
    "--engine",
    metavar="URL",
    help="Generate on this model server: llama.cpp, vLLM, Ollama, LM Studio or any with OpenAI's "
    "API. Code of the repository is sent there.",
)
host_option = click.option(
    "--host",
    metavar="USER@BOX",
    help="Run the model on another machine over ssh. Code of the repository is sent there.",
)
seed_option = click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    help="Seed for sampling; the same seed gives the same candidates.",
)
candidates_option = click.option(
    "--candidates",
    type=click.IntRange(1, 32),
    help="Maximum number of candidates to generate.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on stdout."
)


def task_text(words: Sequence[str], *, required: bool = True) -> str:
    """Joins the words; a single "-" reads the task from stdin. Raises UsageError if empty."""
    text = sys.stdin.read() if tuple(words) == ("-",) else " ".join(words)
    if required and not text.strip():
        raise UsageError(
            "The task is empty.", hint="Describe what to do, or pass - to read the task from stdin."
        )
    return text.strip()


def selection_of(values: Sequence[str], folder: Path, root: Path) -> "tuple[Selected, ...]":
    """The values of `--file`, relative to the repository. Raises ContextError if outside it."""
    from assistant.context.bundle import Selected

    selection = []
    for value in values:
        path, unit = _split(value, folder)
        if (folder / path).resolve() == root.resolve():
            selection.append(Selected("."))
            continue
        selection.append(Selected(_inside(folder / path, root), unit))
    return tuple(dict.fromkeys(selection))


def _split(value: str, folder: Path) -> tuple[str, str]:
    """Splits a path from its unit. A file whose name contains :: is not split."""
    if "::" not in value or os.path.lexists(folder / value):
        return value, ""
    path, _, unit = value.partition("::")
    return path, unit


def _inside(path: Path, root: Path) -> str:
    # Do not resolve a final symlink: building the context rejects it by name.
    plain = Path(os.path.normpath(path))
    for candidate in (plain, plain.parent.resolve() / plain.name):
        if candidate != root and candidate.is_relative_to(root):
            return candidate.relative_to(root).as_posix()
    raise ContextError(
        f"{path} is not a file inside the repository {root}.",
        hint="Pass a path inside it, relative to the current directory.",
    )
