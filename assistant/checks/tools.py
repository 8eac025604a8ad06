"""Finds the type checkers and linters that the repository configures. Runs nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from assistant.checks import tool_output
from assistant.checks.commands import CheckCommand
from assistant.checks.environments import Environment, find_environment
from assistant.checks.lint import (
    PYTHON,
    SCRIPT,
    TYPESCRIPT,
    eslint_source,
    flake8_source,
    installed,
    ruff_source,
)
from assistant.checks.programs import is_program, virtual_environment
from assistant.checks.scopes import mypy_checks, mypy_source, pyright_checks, pyright_source

CACHES = ".assistant-caches"
"""Folder in a scratch copy where tools keep what makes their next run fast."""

_Arguments: TypeAlias = Callable[[Sequence[str]], tuple[str, ...]]


def _everything(root: Path, path: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Tool:
    """A type checker or a linter, and how it is used."""

    name: str
    """The program."""
    suffixes: tuple[str, ...]
    source: Callable[[Path], str]
    """The file that configures it in a repository; empty if none does."""
    arguments: _Arguments
    """What follows the program to check files, with an output that `read` understands."""
    read: tool_output.Reader
    checks_types: bool = False
    includes: Callable[[Path, str], bool] = _everything
    """Whether the repository has a file checked by it."""
    exits: tuple[int, ...] = (0, 1)
    """The exit codes with which it ends when it has checked everything."""
    python_option: str = ""
    """Names the interpreter whose packages the code imports."""


@dataclass(frozen=True, slots=True)
class ConfiguredTool:
    """A tool that a repository configures and that is installed."""

    tool: Tool
    root: Path
    program: str
    """Its name, or where it is in an environment outside the repository."""
    source: str
    python: str = ""
    """The interpreter of the project where the tool is not in its environment."""

    @property
    def name(self) -> str:
        return self.tool.name

    def files(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Those of the paths that it is for."""
        fitting = (path for path in paths if path.endswith(self.tool.suffixes))
        return tuple(path for path in fitting if self.tool.includes(self.root, path))

    def on(self, paths: Sequence[str]) -> CheckCommand:
        """The command that checks these files."""
        words = (self.program, *self.tool.arguments(paths))
        if self.python and self.tool.python_option:
            words = (words[0], self.tool.python_option, self.python, *words[1:])
        if self.name == "go":
            words = ("env", f"GOCACHE={self.root / CACHES / 'go'}", *words)
        return CheckCommand(words, self.source)


def find_tools(root: Path) -> tuple[ConfiguredTool, ...]:
    """The configured and installed tools, type checkers first.

    They are looked for in the project's environment, in `node_modules` and on PATH.
    """
    environment = find_environment(root)
    found = (_configured(tool, root, environment) for tool in _TOOLS)
    return tuple(each for each in found if each is not None)


def _configured(tool: Tool, root: Path, environment: Environment) -> ConfiguredTool | None:
    source = tool.source(root)
    if not source:
        return None
    own = environment.folder / "bin" / tool.name
    inside = not environment.is_fallback and is_program(own)
    elsewhere = inside and environment.folder != virtual_environment(root)
    program = str(own) if elsewhere else tool.name
    if not installed(CheckCommand((program,), source), root):
        return None
    python = "" if inside or environment.is_fallback else str(environment.python)
    return ConfiguredTool(tool, root, program, source, python)


def _file(name: str, root: Path) -> str:
    return name if (root / name).is_file() else ""


def _words(*words: str) -> _Arguments:
    """Arguments with the paths after them, which an option never looks like."""
    return lambda paths: (*words, *(f"./{each}" if each[:1] == "-" else each for each in paths))


def _project(*words: str) -> _Arguments:
    """Arguments of a tool that checks a project as a whole."""
    return lambda paths: words


def _packages(paths: Sequence[str]) -> tuple[str, ...]:
    """Go is checked by folder."""
    folders = {path.rpartition("/")[0] for path in paths}
    return ("vet", *(f"./{folder}" if folder else "." for folder in sorted(folders)))


def _pyright(name: str) -> Tool:
    return Tool(
        name,
        PYTHON,
        partial(pyright_source, tool=name),
        _words("--outputjson"),
        tool_output.read_pyright,
        checks_types=True,
        includes=partial(pyright_checks, tool=name),
        python_option="--pythonpath",
    )


_TOOLS = (
    Tool(
        "mypy",
        PYTHON,
        mypy_source,
        _words("--output", "json", "--no-error-summary", "--cache-dir", f"{CACHES}/mypy"),
        tool_output.read_mypy,
        checks_types=True,
        includes=mypy_checks,
        python_option="--python-executable",
    ),
    _pyright("pyright"),
    _pyright("basedpyright"),
    Tool(
        "tsc",
        TYPESCRIPT,
        partial(_file, "tsconfig.json"),
        _project(
            *("-p", "tsconfig.json", "--noEmit", "--pretty", "false"),
            *("--incremental", "--tsBuildInfoFile", f"{CACHES}/tsc"),
        ),
        tool_output.read_tsc,
        checks_types=True,
        exits=(0, 1, 2),
    ),
    Tool(
        "cargo",
        (".rs",),
        partial(_file, "Cargo.toml"),
        _project(
            *("check", "--offline", "--quiet", "--message-format", "json"),
            *("--target-dir", f"{CACHES}/cargo"),
        ),
        tool_output.read_cargo,
        checks_types=True,
        exits=(0, 101),
    ),
    Tool(
        "go",
        (".go",),
        partial(_file, "go.mod"),
        _packages,
        tool_output.read_go,
        checks_types=True,
        exits=(0, 1, 2),
    ),
    Tool(
        "ruff",
        PYTHON,
        ruff_source,
        _words(
            *("check", "--no-cache", "--no-fix", "--quiet", "--force-exclude"),
            *("--output-format", "json-lines"),
        ),
        tool_output.read_ruff,
    ),
    Tool(
        "flake8",
        PYTHON,
        flake8_source,
        _words("--format", "%(path)s:%(row)d:%(col)d: %(code)s %(text)s"),
        tool_output.read_flake8,
    ),
    Tool("eslint", SCRIPT, eslint_source, _words("--quiet", "--format", "json"),
         tool_output.read_eslint),
)  # fmt: skip
