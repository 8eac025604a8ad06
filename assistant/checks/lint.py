"""Finds the linter that the repository configures. Runs nothing."""

import json
from pathlib import Path

from assistant.checks.commands import CheckCommand
from assistant.checks.configuration import config_text, ini_section, toml_tool
from assistant.checks.programs import resolve_program
from assistant.errors import CheckError

PYTHON = (".py", ".pyi")
TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts")
SCRIPT = (".js", ".jsx", ".mjs", ".cjs", *TYPESCRIPT)

_ESLINT = ("eslint.config.js", "eslint.config.mjs", "eslint.config.cjs", "eslint.config.ts")
_OLD_ESLINT = (".eslintrc", ".eslintrc.js", ".eslintrc.cjs", ".eslintrc.json", ".eslintrc.yml")


def find_linter(root: Path, paths: tuple[str, ...] = ()) -> CheckCommand | None:
    """Returns the configured and installed linter for the given paths, or for the whole repository.

    The command needs consent like any other. Returns None when there is no linter, or when it does
    not handle the paths.
    """
    for source, argv, suffixes in (
        (ruff_source(root), ("ruff", "check", "--no-cache", "--quiet", "--"), PYTHON),
        (flake8_source(root), ("flake8", "--"), PYTHON),
        (eslint_source(root), ("eslint", "--quiet", "--"), SCRIPT),
    ):
        chosen = tuple(path for path in paths if path.endswith(suffixes))
        if not source or (paths and not chosen):
            continue
        command = CheckCommand((*argv, *(chosen or (".",))), source)
        if installed(command, root):
            return command
    return None


def installed(command: CheckCommand, root: Path) -> bool:
    """Whether the program of a command is found for the repository."""
    try:
        resolve_program(command, root)
    except CheckError:
        return False
    return True


def ruff_source(root: Path) -> str:
    """The file that configures ruff; empty if none does."""
    for name in ("ruff.toml", ".ruff.toml"):
        if (root / name).is_file():
            return name
    return "pyproject.toml" if "ruff" in toml_tool(root / "pyproject.toml") else ""


def flake8_source(root: Path) -> str:
    """The file that configures flake8; empty if none does."""
    names = (".flake8", "setup.cfg", "tox.ini")
    return next((name for name in names if ini_section(root / name, "flake8")), "")


def eslint_source(root: Path) -> str:
    """The file that configures eslint; empty if none does."""
    names = (name for name in (*_ESLINT, *_OLD_ESLINT) if (root / name).is_file())
    if name := next(names, ""):
        return name
    try:
        package = json.loads(config_text(root / "package.json") or "{}")
    except ValueError:
        return ""
    return "package.json" if isinstance(package, dict) and "eslintConfig" in package else ""
