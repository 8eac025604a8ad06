"""Detects a repository's test runner, environment and test command.

Reads configuration files and runs nothing.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Any

from assistant.checks.commands import CheckCommand, find_commands
from assistant.checks.configuration import config_text
from assistant.checks.environments import Environment, find_environment
from assistant.checks.programs import virtual_environment


class Runner(Enum):
    """What runs the tests; the value is its name for people."""

    PYTEST = "pytest"
    UNITTEST = "unittest"
    VITEST = "vitest"
    JEST = "jest"
    MOCHA = "mocha"
    NODE = "node --test"
    SCRIPT = "the test script"
    """Of package.json, whatever it runs."""
    CARGO = "cargo test"
    GO = "go test"
    MAKE = "make"


_PYTHON = frozenset({Runner.PYTEST, Runner.UNITTEST})
_MANIFESTS = (
    *("pyproject.toml", "tox.ini", "noxfile.py", "setup.cfg", "setup.py"),
    *("requirements-dev.txt", "requirements-test.txt", "dev-requirements.txt"),
)
_BY_FILE = frozenset({*_PYTHON, Runner.MOCHA, Runner.NODE})
"""Runners that take the paths of test files."""


@dataclass(frozen=True, slots=True)
class ProjectTests:
    """How the tests of a repository are run."""

    command: CheckCommand
    """Runs all of them; the user's consent is to this command."""
    runner: Runner
    environment: Environment | None = None
    """For Python."""

    @property
    def why(self) -> str:
        """For people, such as "pytest, from pyproject.toml, with .venv/bin/python"."""
        label = f", with {self.environment.label}" if self.environment else ""
        return f"{self.runner.value}, from {self.command.source}{label}"

    @property
    def takes_files(self) -> bool:
        """Whether test files can be chosen; other runners choose by the changed file."""
        return self.runner in _BY_FILE

    def on(self, tests: Sequence[str], changed: Sequence[str]) -> CheckCommand:
        """The command for these test files, or, for other runners, for what changed."""
        argv = self.command.argv
        match self.runner:
            case Runner.UNITTEST:
                start = argv[: argv.index("unittest") + 1]
                argv = (*start, *tests)
            case Runner.PYTEST | Runner.MOCHA | Runner.NODE:
                argv = (*argv, *tests)
            case Runner.VITEST:
                argv = (argv[0], "related", "--run", *changed)
            case Runner.JEST:
                argv = (*argv, "--findRelatedTests", *changed)
            case Runner.GO:
                folders = {f"./{PurePosixPath(path).parent}" for path in changed}
                argv = ("go", "test", *sorted(folders))
        return CheckCommand(argv, self.command.source)


@dataclass(frozen=True, slots=True)
class NoTests:
    """No way to run tests was found."""

    reason: str


def find_tests(root: Path, path: str) -> ProjectTests | NoTests:
    """How tests of the file at `path`, relative to the root, are run."""
    suffix = PurePosixPath(path).suffix
    for suffixes, finder in _LANGUAGES:
        if suffix in suffixes:
            found = next(finder(root), None) or next(_make(root), None)
            return found or NoTests(f"no configuration of a test runner for {suffix} was found")
    return next(_make(root), None) or NoTests("no test runner is known for this kind of file")


def likely_tests(root: Path, paths: Sequence[str]) -> ProjectTests | NoTests:
    """How tests of most of these files are run; to ask for consent before the change is known."""
    names = (path.rpartition("/")[2] for path in paths)
    counts = Counter("." + name.rpartition(".")[2] for name in names if "." in name)
    for suffix, _ in counts.most_common():
        found = find_tests(root, f"file{suffix}") if suffix in _SUFFIXES else None
        if isinstance(found, ProjectTests):
            return found
    return next(_make(root), None) or NoTests("no test runner was found")


def _python(root: Path) -> Iterator[ProjectTests]:
    environment = find_environment(root)
    found = {runner: _having(runner.value, root) for runner in (Runner.PYTEST, Runner.UNITTEST)}
    # A project that can do with unittest is not tested with a pytest that is not installed.
    suits = environment.has("pytest") or found[Runner.UNITTEST] is None
    if found[Runner.PYTEST] is None and suits and (source := _names_pytest(root)):
        found[Runner.PYTEST] = CheckCommand(("python", "-m", "pytest", "-q"), source)
    # In an environment where resolving `python` does not lead, its path is part of the command.
    named = environment.is_fallback or environment.folder == virtual_environment(root)
    python = "python" if named else environment.label
    for runner, command in found.items():
        if command is not None:
            command = CheckCommand((python, *command.argv[1:]), command.source)
            yield ProjectTests(command, runner, environment)


def _having(word: str, root: Path) -> CheckCommand | None:
    return next((each for each in find_commands(root) if word in each.argv), None)


def _names_pytest(root: Path) -> str:
    """A file that says that the project is tested with pytest, or an empty string."""
    found = (name for name in _MANIFESTS if re.search(r"\bpytest\b", config_text(root / name)))
    return next(found, "")


def _javascript(root: Path) -> Iterator[ProjectTests]:
    package = _package(root)
    script = package.get("scripts", {}).get("test", "") if package else ""
    script = script if isinstance(script, str) else ""
    installed = {
        name
        for key in ("devDependencies", "dependencies")
        for name in (package.get(key) if isinstance(package.get(key), dict) else {}) or {}
    }
    commands = {
        Runner.VITEST: ("vitest", "run"),
        Runner.JEST: ("jest",),
        Runner.MOCHA: ("mocha",),
        Runner.NODE: ("node", "--test"),
    }
    for runner, argv in commands.items():
        if re.search(rf"\b{runner.value}\b", script):
            yield ProjectTests(CheckCommand(argv, "package.json"), runner)
    if script and "no test specified" not in script:
        manager = _manager(root)
        argv = (manager, "test", "--silent") if manager == "npm" else (manager, "test")
        yield ProjectTests(CheckCommand(argv, "package.json"), Runner.SCRIPT)
    for runner, argv in commands.items():
        if runner.value in installed:
            yield ProjectTests(CheckCommand(argv, "package.json"), runner)


def _package(root: Path) -> Mapping[str, Any]:
    try:
        package = json.loads(config_text(root / "package.json") or "{}")
    except (ValueError, RecursionError):
        return {}
    scripts = package.get("scripts", {}) if isinstance(package, dict) else None
    return package if isinstance(scripts, dict) else {}


def _manager(root: Path) -> str:
    locks = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun", "bun.lockb": "bun"}
    return next((name for lock, name in locks.items() if (root / lock).is_file()), "npm")


def _from_commands(program: str, runner: Runner) -> Callable[[Path], Iterator[ProjectTests]]:
    def find(root: Path) -> Iterator[ProjectTests]:
        for command in find_commands(root):
            if command.argv[0] == program:
                yield ProjectTests(command, runner)

    return find


_make = _from_commands("make", Runner.MAKE)

_LANGUAGES: tuple[tuple[frozenset[str], Callable[[Path], Iterator[ProjectTests]]], ...] = (
    (frozenset({".py", ".pyi"}), _python),
    (
        frozenset({".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue"}),
        _javascript,
    ),
    (frozenset({".rs"}), _from_commands("cargo", Runner.CARGO)),
    (frozenset({".go"}), _from_commands("go", Runner.GO)),
)
_SUFFIXES = frozenset[str]().union(*(suffixes for suffixes, _ in _LANGUAGES))
