"""Resolves the program of a check command to an absolute path.

PATH entries inside the repository are ignored. Programs run from the repository only if they are
in its environments or named with a slash.
"""

import importlib.util
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.checks.commands import CheckCommand, module_of
from assistant.errors import CheckError
from assistant.repo.command import safe_path

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_VENVS = (".venv", "venv", "env")
_PYTHONS = frozenset({"python", "python3", f"python{sys.version_info[0]}.{sys.version_info[1]}"})


def resolve_program(command: CheckCommand, root: Path) -> tuple[str, ...]:
    """Returns the command with the absolute path of its program.

    `python` is the one in the repository's virtual environment if there is one, else the running
    interpreter, or the one on PATH if the running one lacks the module after -m. Other names are
    looked up in that environment, in node_modules/.bin, and in the absolute entries of PATH.
    Raises CheckError with a hint when the program is not found.
    """
    prefix: list[str] = []
    words = list(command.argv)
    if words[0] == "env":
        prefix.append(_find("env", root) or "/usr/bin/env")
        words.pop(0)
        while words and _ASSIGNMENT.match(words[0]):
            prefix.append(words.pop(0))
    if not words:
        raise CheckError("The check command has no program.", hint="Name a program to run.")
    program = _find(words[0], root)
    if program == sys.executable and not _has_module(words[1:], root):
        program = _on_path(words[0], root) or program
    if program is not None:
        return (*prefix, program, *words[1:])
    if words[0] in ("pytest", "tox", "ruff", "flake8") and importlib.util.find_spec(words[0]):
        return (*prefix, sys.executable, "-m", *words)
    raise CheckError(
        f"The program {words[0]!r} of the check command was not found in {root} or on PATH.",
        hint="Install it, or use another command.",
    )


def virtual_environment(root: Path) -> Path | None:
    """The repository's virtual environment, or None."""
    folders = (root / name for name in _VENVS)
    return next((folder for folder in folders if is_program(folder / "bin" / "python")), None)


def search_path(root: Path) -> str:
    """PATH without relative entries and without folders inside the repository."""
    return safe_path(os.environ.get("PATH", ""), root.resolve()) or "/usr/bin:/bin"


def is_program(path: Path) -> bool:
    """True when the file exists and is executable; false when its folder is not accessible."""
    try:
        return path.is_file() and os.access(path, os.X_OK)
    except OSError:
        return False


def _find(name: str, root: Path) -> str | None:
    if "/" in name:
        path = root / name
        return str(path) if is_program(path) else None
    venv = virtual_environment(root)
    folders = [venv / "bin"] if venv else []
    folders.append(root / "node_modules" / ".bin")
    for folder in folders:
        if is_program(folder / name):
            return str(folder / name)
    if name in _PYTHONS:
        return sys.executable
    return _on_path(name, root)


def _on_path(name: str, root: Path) -> str | None:
    entries = (Path(entry) / name for entry in search_path(root).split(os.pathsep))
    return next((str(program) for program in entries if is_program(program)), None)


def _has_module(arguments: Sequence[str], root: Path) -> bool:
    """True when the running interpreter has the module after -m, or none is given."""
    module = module_of(arguments)
    if not module:
        return True
    name = module.partition(".")[0]
    if (root / name).is_dir() or (root / f"{name}.py").is_file():
        return True  # a module of the repository
    return name.isidentifier() and importlib.util.find_spec(name) is not None
