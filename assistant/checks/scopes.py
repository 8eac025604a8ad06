"""Tells which files a repository has checked by its type checkers, from their configuration.

A type checker that gets a path checks it, whether or not its configuration includes it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from assistant.checks.configuration import (
    config_text,
    ini_section,
    ini_values,
    toml_section,
    toml_tool,
)


def mypy_source(root: Path) -> str:
    """The file that configures mypy, in the order in which mypy looks; empty if none does."""
    for name in ("mypy.ini", ".mypy.ini"):
        if ini_section(root / name, "mypy"):
            return name
    if "mypy" in toml_tool(root / "pyproject.toml"):
        return "pyproject.toml"
    return "setup.cfg" if ini_section(root / "setup.cfg", "mypy") else ""


def mypy_checks(root: Path, path: str) -> bool:
    """Whether the configuration of mypy includes a file, as far as it names any."""
    source = mypy_source(root)
    if source == "pyproject.toml":
        table = toml_section(root / source, "mypy")
    else:
        table = ini_values(root / source, "mypy")
    files = _words(table.get("files"))
    packages = [name.replace(".", "/") for key in ("packages", "modules")
                for name in _words(table.get(key))]  # fmt: skip
    exclude = table.get("exclude")
    excluded = [exclude] if isinstance(exclude, str) else _words(exclude)
    if any(_searched(pattern, path) for pattern in excluded if pattern):
        return False
    if not files and not packages:
        return True
    stem = path.rpartition(".")[0]
    return _is_under(path, files) or any(
        f"/{name}/" in f"/{path}" or f"/{stem}".endswith(f"/{name}") for name in packages
    )


def pyright_source(root: Path, tool: str = "pyright") -> str:
    """The file that configures pyright, or the tool that reads the same options."""
    if tool == "pyright" and (root / "pyrightconfig.json").is_file():
        return "pyrightconfig.json"
    return "pyproject.toml" if tool in toml_tool(root / "pyproject.toml") else ""


def pyright_checks(root: Path, path: str, tool: str = "pyright") -> bool:
    """Whether the configuration of pyright includes a file."""
    source = pyright_source(root, tool)
    if source == "pyproject.toml":
        table = toml_section(root / source, tool)
    else:
        table = _json(root / source)
    include, left_out = _words(table.get("include")), _words(table.get("exclude"))
    left_out += _words(table.get("ignore"))
    return (not include or _is_under(path, include)) and not _is_under(path, left_out)


def _json(path: Path) -> Mapping[str, Any]:
    """A configuration in JSON; empty where it cannot be read, as with comments."""
    try:
        found = json.loads(config_text(path))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _words(value: object) -> list[str]:
    """A list of names, or a text with commas or line ends between them."""
    if isinstance(value, str):
        return [word.strip() for word in re.split(r"[,\n]", value) if word.strip()]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _is_under(path: str, places: Sequence[str]) -> bool:
    """Whether a path is one of the places, in one of them, or matches one with wildcards."""
    for place in places:
        name = place.removeprefix("./").rstrip("/")
        if name in ("", ".") or path == name or path.startswith(f"{name}/"):
            return True
        if "*" in name and (fnmatch(path, name) or fnmatch(path, f"{name}/*")):
            return True
    return False


def _searched(pattern: str, path: str) -> bool:
    """Whether a regular expression of the configuration is found in a path."""
    try:
        return re.search(pattern, path) is not None
    except re.error:
        return False
