"""Owns check commands: how one is written, how one is found in a repository, which program it is.

Refuses to run anything, and refuses a shell unless the user writes `sh -c` himself.
"""

import configparser
import importlib.util
import json
import os
import re
import shlex
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import CheckError, UsageError

_OPERATORS = frozenset({"&&", "||", "|", ";", "&", "<", ">", ">>", "2>", "2>&1", "&>"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_VENVS = (".venv", "venv", "env")
_PYTHONS = frozenset({"python", "python3"})
_SOME_FILE = 1 << 20
"""Bytes of a configuration file beyond which it is not read."""


@dataclass(frozen=True, slots=True)
class CheckCommand:
    """A command whose exit code 0 means that the repository is in order."""

    argv: tuple[str, ...]
    source: str
    """Where it comes from: "given", or the file that suggests it."""

    @property
    def text(self) -> str:
        """As one would type it."""
        return shlex.join(self.argv)


def parse_command(text: str) -> CheckCommand:
    """Splits what the user typed as a shell would, without one.

    Leading `NAME=value` words become an `env` call. Raises UsageError for an empty command, an
    open quote, or shell operators.
    """
    try:
        argv = shlex.split(text)
        words = shlex.split(text, posix=False)
    except ValueError as error:
        raise UsageError(
            f"The check command cannot be read: {error}.",
            hint="Close the quotes, or put a backslash before a lone one.",
        ) from error
    if not any(argv):
        raise UsageError(
            "The check command is empty.", hint="Give one, such as: python -m pytest -q"
        )
    operators = [word for word in words if word in _OPERATORS or word.startswith("$(")]
    if operators:
        raise UsageError(
            f"The check command holds {operators[0]!r}, and no shell runs it.",
            hint=f"Write sh -c {shlex.quote(text)} if a shell is meant.",
        )
    if _ASSIGNMENT.match(argv[0]):
        argv.insert(0, "env")
    return CheckCommand(tuple(argv), "given")


def find_commands(root: Path) -> tuple[CheckCommand, ...]:
    """Check commands that the repository's own files suggest, most likely first; runs none."""
    found: dict[tuple[str, ...], CheckCommand] = {}
    for finder in _FINDERS:
        for command in finder(root):
            found.setdefault(command.argv, command)
    return tuple(found.values())


def resolve_program(command: CheckCommand, root: Path) -> tuple[str, ...]:
    """The command with the absolute path of its program.

    `python` is the repository's virtual environment if there is one, else the interpreter that
    runs this program. Other names are looked up in that environment, in node_modules/.bin, and in
    the absolute entries of PATH. Raises CheckError with a hint when there is no such program.
    """
    prefix: list[str] = []
    words = list(command.argv)
    if words[0] == "env":
        prefix.append(_find("env", root) or "/usr/bin/env")
        words.pop(0)
        while words and _ASSIGNMENT.match(words[0]):
            prefix.append(words.pop(0))
    if not words:
        raise CheckError("The check command names no program.", hint="Give a program to run.")
    program = _find(words[0], root)
    if program is not None:
        return (*prefix, program, *words[1:])
    if words[0] in ("pytest", "tox", "ruff", "flake8") and importlib.util.find_spec(words[0]):
        return (*prefix, sys.executable, "-m", *words)
    raise CheckError(
        f"The program {words[0]!r} of the check command was not found.",
        hint=f"Install it, or give another command; looked in {root} and in PATH.",
    )


def virtual_environment(root: Path) -> Path | None:
    """The repository's own Python environment, or None."""
    folders = (root / name for name in _VENVS)
    return next((folder for folder in folders if (folder / "bin" / "python").exists()), None)


def search_path(root: Path, environ: str | None = None) -> str:
    """PATH without relative entries and without folders inside the repository."""
    entries = (os.environ.get("PATH", "") if environ is None else environ).split(os.pathsep)
    kept = [
        entry
        for entry in entries
        if Path(entry).is_absolute() and not Path(entry).resolve().is_relative_to(root.resolve())
    ]
    return os.pathsep.join(dict.fromkeys(kept)) or os.defpath.lstrip(":")


def _find(name: str, root: Path) -> str | None:
    if "/" in name:
        path = root / name
        return str(path) if _executable(path) else None
    venv = virtual_environment(root)
    folders = [venv / "bin"] if venv else []
    folders.append(root / "node_modules" / ".bin")
    for folder in folders:
        if _executable(folder / name):
            return str(folder / name)
    if name in _PYTHONS:
        return sys.executable
    for entry in search_path(root).split(os.pathsep):
        if _executable(Path(entry) / name):
            return str(Path(entry) / name)
    return None


def _executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _pytest(root: Path) -> Iterator[CheckCommand]:
    argv = ("python", "-m", "pytest", "-q")
    if (root / "pytest.ini").is_file():
        yield CheckCommand(argv, "pytest.ini")
    elif "pytest" in _toml(root / "pyproject.toml").get("tool", {}):
        yield CheckCommand(argv, "pyproject.toml")
    elif _ini_section(root / "setup.cfg", "tool:pytest"):
        yield CheckCommand(argv, "setup.cfg")
    elif _ini_section(root / "tox.ini", "pytest"):
        yield CheckCommand(argv, "tox.ini")
    elif (root / "conftest.py").is_file() or (root / "tests" / "conftest.py").is_file():
        yield CheckCommand(argv, "conftest.py")
    elif name := _first(root, lambda text: "import pytest" in text or not _is_unittest(text)):
        yield CheckCommand(argv, name)


def _unittest(root: Path) -> Iterator[CheckCommand]:
    if name := _first(root, _is_unittest):
        folder = ("discover", "-s", name.split("/")[0], "-t", ".") if "/" in name else ()
        yield CheckCommand(("python", "-m", "unittest", *folder), name)


def _cargo(root: Path) -> Iterator[CheckCommand]:
    if (root / "Cargo.toml").is_file():
        yield CheckCommand(("cargo", "test", "--offline"), "Cargo.toml")


def _go(root: Path) -> Iterator[CheckCommand]:
    if (root / "go.mod").is_file():
        yield CheckCommand(("go", "test", "./..."), "go.mod")


def _npm(root: Path) -> Iterator[CheckCommand]:
    try:
        package = json.loads(_text(root / "package.json") or "{}")
        script = package.get("scripts", {}).get("test", "")
    except (ValueError, AttributeError):
        return
    if isinstance(script, str) and script and "no test specified" not in script:
        yield CheckCommand(("npm", "test", "--silent"), "package.json")


def _make(root: Path) -> Iterator[CheckCommand]:
    for name in ("GNUmakefile", "makefile", "Makefile"):
        for target in ("test", "check"):
            if re.search(rf"^{target}\s*:(?!=)", _text(root / name), re.MULTILINE):
                yield CheckCommand(("make", target), name)
                return


def _tox(root: Path) -> Iterator[CheckCommand]:
    if _ini_section(root / "tox.ini", "tox") or "tox" in _toml(root / "pyproject.toml").get(
        "tool", {}
    ):
        yield CheckCommand(
            ("tox",), "tox.ini" if (root / "tox.ini").is_file() else "pyproject.toml"
        )


_FINDERS: tuple[Callable[[Path], Iterator[CheckCommand]], ...] = (
    _pytest,
    _unittest,
    _cargo,
    _go,
    _npm,
    _make,
    _tox,
)


def _first(root: Path, wanted: Callable[[str], bool]) -> str:
    """Name of the first Python test file whose text is wanted, relative to the root, or ""."""
    patterns = ("test_*.py", "*_test.py", "tests/test_*.py", "test/test_*.py", "tests/*/test_*.py")
    paths = (path for pattern in patterns for path in sorted(root.glob(pattern))[:20])
    return next((path.relative_to(root).as_posix() for path in paths if wanted(_text(path))), "")


def _is_unittest(text: str) -> bool:
    return "unittest" in text and "TestCase" in text


def _text(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > _SOME_FILE:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _toml(path: Path) -> dict[str, dict[str, object]]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError:
        return {}


def _ini_section(path: Path, section: str) -> bool:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_text(path))
    except configparser.Error:
        return False
    return parser.has_section(section)
