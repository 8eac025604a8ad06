"""Widens a check command: from one test to the rest of its file, to other files, to all tests.

Knows pytest and unittest; of other commands nothing wider is known. Runs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.checks.commands import CheckCommand, find_commands

_NARROWING = frozenset({"-x", "--exitfirst", "--lf", "--last-failed", "--ff", "--sw", "--stepwise"})
"""Options of pytest and unittest that end a run early or leave tests out."""
_NARROWING_WITH_VALUE = frozenset({"-k", "--maxfail"})
_WITH_VALUE = frozenset(
    {"-c", "-p", "-o", "-m", "-n", "-W", "-r", "--rootdir", "--ignore", "--deselect", "--tb"}
)


@dataclass(frozen=True, slots=True)
class RunnerCommand:
    """A check command of a known test runner, in parts."""

    command: CheckCommand
    runner: str
    """pytest or unittest."""
    start: tuple[str, ...]
    """Up to and including the runner."""
    options: tuple[str, ...]
    """Those that leave no test out."""
    places: tuple[str, ...]
    """What the command names: files, folders, tests and modules; empty for all tests."""
    narrowed: bool
    """An option leaves tests out or ends the run early."""

    @classmethod
    def of(cls, command: CheckCommand) -> "RunnerCommand | None":
        """None where the runner is not known."""
        names = [PurePosixPath(word).name for word in command.argv]
        for runner in ("pytest", "py.test", "unittest"):
            if runner in names:
                at = names.index(runner) + 1
                options, places, narrowed = _parts(command.argv[at:])
                known = "unittest" if runner == "unittest" else "pytest"
                return cls(command, known, command.argv[:at], options, places, narrowed)
        return None

    def rest(self, root: Path, failing: Sequence[str]) -> tuple[str, ...]:
        """The whole files of the tests that the command names, or of the failing ones where only
        an option tells; empty where the command runs them whole."""
        whole = tuple(dict.fromkeys(_file_of(place, root) for place in self.places))
        if whole == self.places and not self.narrowed:
            return ()
        return whole or tuple(failing)

    def runs(self, path: str, root: Path) -> bool:
        """Whether the command names this test file, or a folder above it, or all tests."""
        if not self.places:
            return not self.narrowed
        named = (_file_of(place, root).removeprefix("./").rstrip("/") for place in self.places)
        return any(
            path == each or path.startswith(f"{each}/") or path == each.replace(".", "/") + ".py"
            for each in named
        )

    def on(self, paths: Sequence[str]) -> CheckCommand | None:
        """The command for these paths; None without any."""
        if not paths:
            return None
        return CheckCommand((*self.start, *self.options, *paths), self.command.source)

    def all(self, root: Path) -> CheckCommand | None:
        """All tests of the repository; None where the command runs them already."""
        if self.runner == "pytest":
            argv = (*self.start, *self.options)
            return None if not self.places and not self.narrowed else CheckCommand(argv, "tests")
        found = [each for each in find_commands(root) if "unittest" in each.argv]
        if not self.places or self.places[0] == "discover" or not found:
            return None
        words = found[0].argv
        tail = words[words.index("unittest") + 1 :]
        return CheckCommand((*self.start, *tail), found[0].source)


def _parts(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    options: list[str] = []
    places: list[str] = []
    narrowed = False
    left = list(words)
    while left:
        word = left.pop(0)
        name = word.partition("=")[0] if word.startswith("--") else word
        if name in _NARROWING or name in _NARROWING_WITH_VALUE:
            narrowed = True
            if name in _NARROWING_WITH_VALUE and name == word and left:
                left.pop(0)
        elif word.startswith("-"):
            options.append(word)
            if word in _WITH_VALUE and left:
                options.append(left.pop(0))
        elif places[:1] == ["discover"]:
            options.append(word)
        else:
            places.append(word)
    return tuple(options), tuple(places), narrowed


def _file_of(place: str, root: Path) -> str:
    """The file or module that holds a test: `tests/a.py::test_b` and `tests.a.Case.test_b`."""
    if "::" in place:
        return place.partition("::")[0]
    if (root / place).exists():
        return place
    names = place.split(".")
    for size in range(len(names), 0, -1):
        if root.joinpath(*names[:size]).with_suffix(".py").is_file():
            return ".".join(names[:size])
    return place
