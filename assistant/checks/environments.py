"""Finds the Python environment of a project on disk. Runs nothing.

Environments inside the repository come first, then those that Poetry, PDM, Hatch and uv keep
elsewhere, then the one that the user has activated. Windows layouts are not looked for.
"""

import base64
import hashlib
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.checks.configuration import config_text
from assistant.checks.programs import is_program, virtual_environment

_UNSAFE = re.compile(r'[ $`!*@"\\\r\n\t]')
"""Characters that Poetry replaces in the name of an environment."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A Python environment with the project's dependencies."""

    python: Path
    """The interpreter, absolute; links are not resolved, because they tell the environment."""
    label: str
    """How it is shown: relative to the repository where it is inside."""
    is_fallback: bool = False
    """No environment of the project was found: the interpreter is the one that runs this."""

    @property
    def folder(self) -> Path:
        return self.python.parent.parent

    def has(self, module: str) -> bool:
        """Whether the environment's own packages include the module."""
        places = self.folder.glob("lib/python*/site-packages")
        return any((p / module).is_dir() or (p / f"{module}.py").is_file() for p in places)


def find_environment(root: Path, environ: Mapping[str, str] = os.environ) -> Environment:
    """The project's environment; our own interpreter where there is none."""
    for finder in _FINDERS:
        for folder in finder(root, environ):
            if is_program(folder / "bin" / "python"):
                return _environment(folder, root)
    return Environment(Path(sys.executable), "the Python that runs the assistant", is_fallback=True)


def project_table(root: Path) -> Mapping[str, Any]:
    """The contents of pyproject.toml; empty where it is missing or invalid."""
    try:
        return tomllib.loads(config_text(root / "pyproject.toml"))
    except tomllib.TOMLDecodeError:
        return {}


def _environment(folder: Path, root: Path) -> Environment:
    python = folder / "bin" / "python"
    inside = folder.is_relative_to(root)
    return Environment(python, str(python.relative_to(root) if inside else python))


def _inside(root: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    if folder := virtual_environment(root):
        yield folder


def _uv(root: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    if folder := environ.get("UV_PROJECT_ENVIRONMENT"):
        yield root / folder


def _poetry(root: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """Poetry names environments after the project and a hash of its folder."""
    name = _project_name(root)
    if not name or not ((root / "poetry.lock").is_file() or _uses(root, "poetry")):
        return
    digest = hashlib.sha256(os.fsencode(root)).digest()
    mark = base64.urlsafe_b64encode(digest).decode()[:8]
    start = _UNSAFE.sub("_", name.lower())[:42]
    cache = Path(environ.get("POETRY_CACHE_DIR") or _home(environ) / ".cache" / "pypoetry")
    kept = Path(environ.get("POETRY_VIRTUALENVS_PATH") or cache / "virtualenvs")
    yield from sorted(kept.glob(f"{_literal(start)}-{_literal(mark)}-py*"), reverse=True)


def _pdm(root: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    if python := config_text(root / ".pdm-python").strip():
        yield (root / python).parent.parent


def _hatch(root: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """Hatch keeps one folder per project and path; environments for tests come first."""
    name = _project_name(root)
    if not name or not _uses(root, "hatch"):
        return
    digest = hashlib.sha256(os.fsencode(root)).digest()
    mark = base64.urlsafe_b64encode(digest).decode()[:8].lower()
    data = Path(environ.get("HATCH_DATA_DIR") or _home(environ) / ".local" / "share" / "hatch")
    folder = data / "env" / "virtual" / re.sub(r"[-_.]+", "-", name.lower()) / mark
    found = sorted(each for each in _entries(folder) if each.is_dir())
    yield from sorted(found, key=lambda each: "test" not in each.name)


def _runners(root: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """Environments that tox and nox have made for tests."""
    for name in (".tox", ".nox"):
        found = [each for each in sorted(_entries(root / name), reverse=True) if each.is_dir()]
        yield from (each for each in found if _environment(each, root).has("pytest"))


def _activated(root: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """The user's active environment, if it is not the one that runs this program."""
    folder = environ.get("VIRTUAL_ENV") or environ.get("CONDA_PREFIX")
    if folder and Path(folder).resolve() != Path(sys.prefix).resolve():
        yield Path(folder)


_FINDERS: tuple[Callable[[Path, Mapping[str, str]], Iterator[Path]], ...] = (
    _inside,
    _uv,
    _poetry,
    _pdm,
    _hatch,
    _runners,
    _activated,
)


def _project_name(root: Path) -> str:
    table = project_table(root)
    for each in (table.get("project"), _tool(table, "poetry")):
        name = each.get("name") if isinstance(each, dict) else None
        if isinstance(name, str):
            return name
    return ""


def _uses(root: Path, tool: str) -> bool:
    """Whether pyproject.toml configures a tool or builds with it."""
    table = project_table(root)
    build = table.get("build-system")
    backend = str(build.get("build-backend", "")) if isinstance(build, dict) else ""
    return bool(_tool(table, tool)) or tool in backend


def _tool(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    tools = table.get("tool")
    found = tools.get(name) if isinstance(tools, dict) else None
    return found if isinstance(found, dict) else {}


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _literal(text: str) -> str:
    """A text without the characters that are special in a glob."""
    return re.sub(r"([*?\[])", r"[\1]", text)


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or "~").expanduser()
