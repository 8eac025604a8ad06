"""Parses check commands and finds them in a repository. Runs nothing.

A command that needs a shell is run by `sh -c`, any other without one.
"""

import json
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.checks.configuration import config_text, ini_section, toml_tool
from assistant.checks.shell import needs_shell, script_of, simple_commands
from assistant.errors import UsageError

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


@dataclass(frozen=True, slots=True)
class CheckCommand:
    """A command that exits with 0 when the repository is in order."""

    argv: tuple[str, ...]
    source: str
    """"given", or the file that suggests the command."""

    @property
    def text(self) -> str:
        """The command as it would be typed."""
        script = script_of(self.argv)
        if script and self.argv == ("sh", "-c", script) and needs_shell(script):
            return script
        return shlex.join(self.argv)

    @property
    def words(self) -> tuple[str, ...]:
        """Its words; of a shell script those of all commands in it."""
        script = script_of(self.argv)
        inner = (word for command in simple_commands(script) for word in command)
        return tuple(inner) if script else self.argv


def parse_command(text: str) -> CheckCommand:
    """Splits a command as a shell would, or leaves it to `sh -c` where it needs one.

    Leading `NAME=value` words become an `env` call. Raises UsageError for an empty command or an
    unclosed quote.
    """
    try:
        argv = shlex.split(text)
    except ValueError as error:
        raise UsageError(
            f"The check command cannot be read: {error}.",
            hint="Close the quotes, or escape a single one with a backslash.",
        ) from error
    if not any(argv):
        raise UsageError(
            "The check command is empty.", hint="Give one, such as: python -m pytest -q"
        )
    if needs_shell(text):
        return CheckCommand(("sh", "-c", text.strip()), "given")
    if _ASSIGNMENT.match(argv[0]):
        argv.insert(0, "env")
    return CheckCommand(tuple(argv), "given")


def find_commands(root: Path) -> tuple[CheckCommand, ...]:
    """The check commands that the repository's files suggest, most likely first."""
    found: dict[tuple[str, ...], CheckCommand] = {}
    for finder in _FINDERS:
        for command in finder(root):
            found.setdefault(command.argv, command)
    return tuple(found.values())


def _pytest(root: Path) -> Iterator[CheckCommand]:
    argv = ("python", "-m", "pytest", "-q")
    if (root / "pytest.ini").is_file():
        yield CheckCommand(argv, "pytest.ini")
    elif "pytest" in toml_tool(root / "pyproject.toml"):
        yield CheckCommand(argv, "pyproject.toml")
    elif ini_section(root / "setup.cfg", "tool:pytest"):
        yield CheckCommand(argv, "setup.cfg")
    elif ini_section(root / "tox.ini", "pytest"):
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
        package = json.loads(config_text(root / "package.json") or "{}")
        script = package.get("scripts", {}).get("test", "")
    except (ValueError, AttributeError):
        return
    if isinstance(script, str) and script and "no test specified" not in script:
        yield CheckCommand(("npm", "test", "--silent"), "package.json")


def _make(root: Path) -> Iterator[CheckCommand]:
    for name in ("GNUmakefile", "makefile", "Makefile"):
        for target in ("test", "check"):
            if re.search(rf"^{target}\s*:(?!=)", config_text(root / name), re.MULTILINE):
                yield CheckCommand(("make", target), name)
                return


def _tox(root: Path) -> Iterator[CheckCommand]:
    if ini_section(root / "tox.ini", "tox"):
        yield CheckCommand(("tox",), "tox.ini")
    elif "tox" in toml_tool(root / "pyproject.toml"):
        yield CheckCommand(("tox",), "pyproject.toml")


def _linter(root: Path) -> Iterator[CheckCommand]:
    from assistant.checks.lint import find_linter  # imports CheckCommand from here

    if (command := find_linter(root)) is not None:
        yield command


_FINDERS: tuple[Callable[[Path], Iterator[CheckCommand]], ...] = (
    _pytest,
    _unittest,
    _cargo,
    _go,
    _npm,
    _make,
    _tox,
    _linter,
)


def _first(root: Path, wanted: Callable[[str], bool]) -> str:
    """Relative path of the first Python test file whose text matches, or an empty string."""
    patterns = ("test_*.py", "*_test.py", "tests/test_*.py", "test/test_*.py", "tests/*/test_*.py")
    paths = (path for pattern in patterns for path in sorted(root.glob(pattern))[:20])
    found = (path.relative_to(root).as_posix() for path in paths if wanted(config_text(path)))
    return next(found, "")


def _is_unittest(text: str) -> bool:
    return "unittest" in text and "TestCase" in text


_RUNNERS = frozenset({"pytest", "py.test", "unittest", "doctest", "tox", "nox"})
INTERPRETER = re.compile(r"(?:python|pypy)[\d.]*")
_WITH_VALUE = ("-W", "-X", "--check-hash-based-pycs")
"""Options of the interpreter whose value may be the next word."""


def module_of(arguments: Sequence[str]) -> str:
    """The module that an interpreter with these arguments runs; empty when it runs none.

    Options may come before `-m`, and letters of other options in the same word: `-Bm`.
    """
    words = iter(arguments)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-") or word in ("-", "-c", "--"):
            return ""
        elif not word.startswith(("--", "-W", "-X")):
            flags = word.partition("m")
            if flags[1] and "c" not in flags[0]:
                return flags[2] or next(words, "")
    return ""


def runs_python(command: CheckCommand) -> bool:
    """True when the command appears to run the repository's Python code.

    Linters and compilers only read code: consent to one is not consent to run code.
    """
    if script := script_of(command.argv):
        inner = (CheckCommand(tuple(words), command.source) for words in simple_commands(script))
        return any(map(runs_python, inner))
    words = [PurePosixPath(word).name for word in command.argv]
    if not _RUNNERS.isdisjoint(words):
        return True
    at = next((at for at, word in enumerate(words) if INTERPRETER.fullmatch(word)), -1)
    module = module_of(command.argv[at + 1 :])
    if at < 0 or any(word not in _LAUNCHERS and "=" not in word for word in command.argv[:at]):
        return False
    return not module or module.partition(".")[0] in _RUNNERS


_LAUNCHERS = frozenset({"env", "uv", "poetry", "pdm", "hatch", "rye", "pipenv", "run", "--"})
"""Words before an interpreter that only choose or prepare it."""
