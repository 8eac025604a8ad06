"""Widens a check command: from one test to the rest of its file, to other files, to all tests.

Knows pytest and unittest; of other commands nothing wider is known. Runs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.checks.commands import CheckCommand, find_commands

_NARROWING = {
    "pytest": frozenset(
        "-k --lf --last-failed --sw --stepwise --sw-skip --stepwise-skip".split()  # noqa: SIM905
    ),
    "unittest": frozenset({"-k"}),
}
"""Options that leave tests out."""
_REORDERING = {
    "pytest": frozenset(
        "-x --exitfirst --maxfail --ff --failed-first --nf --new-first".split()  # noqa: SIM905
    ),
    "unittest": frozenset({"-f", "--failfast"}),
}
"""Options that reorder a run or end it at a failure: where it passes, it leaves nothing out."""
_WITH_VALUE = {
    "pytest": frozenset(
        """-k -c -p -o -m -n -W -r --maxfail --rootdir --confcutdir --basetemp --ignore
        --ignore-glob --deselect --tb --cov --cov-config --cov-report""".split()  # noqa: SIM905
    ),
    "unittest": frozenset({"-k", "-s", "-p", "-t", "--durations"}),
}
"""Options whose value may be the next word, where the word may also be the name of a file."""
_TO_THE_END = "--maxfail=0"
"""pytest does not stop at a failure, whatever its configuration says."""


@dataclass(frozen=True, slots=True)
class RunnerCommand:
    """A check command of a known test runner, in parts."""

    command: CheckCommand
    runner: str
    """pytest or unittest."""
    start: tuple[str, ...]
    """Up to and including the runner."""
    options: tuple[str, ...]
    """Those that neither narrow nor reorder what runs."""
    places: tuple[str, ...]
    """What the command names: files, folders, tests and modules; empty for all tests."""
    narrowed: bool
    """An option leaves tests out."""

    @classmethod
    def of(cls, command: CheckCommand, root: Path) -> "RunnerCommand | None":
        """None where the runner is not known."""
        names = [PurePosixPath(word).name for word in command.argv]
        for runner in ("pytest", "py.test", "unittest"):
            if runner in names:
                at = names.index(runner) + 1
                known = "unittest" if runner == "unittest" else "pytest"
                options, places, narrowed = _parts(command.argv[at:], known, root)
                return cls(command, known, command.argv[:at], options, places, narrowed)
        return None

    def rest(self, root: Path, failing: Sequence[str]) -> tuple[str, ...]:
        """The whole files of the tests that the command names, or of the failing ones where only
        an option tells; empty where the command, when it passes, has run them whole."""
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

    def names_whole(self, paths: Sequence[str], root: Path) -> bool:
        """Whether the command names all of some test files, and not single tests of them."""
        whole = all(_file_of(place, root) == place for place in self.places)
        return whole and not self.narrowed and all(self.runs(path, root) for path in paths)

    def on(self, paths: Sequence[str]) -> CheckCommand | None:
        """The command for these paths; None without any."""
        if not paths:
            return None
        # Paths come first: the last option may take the next word as its value.
        return CheckCommand((*self.start, *paths, *self._options), self.command.source)

    def all(self, root: Path) -> CheckCommand | None:
        """All tests of the repository; None where the command, when it passes, has run them."""
        if self.runner == "pytest":
            argv = (*self.start, *self._options)
            return None if not self.places and not self.narrowed else CheckCommand(argv, "tests")
        found = [each for each in find_commands(root) if "unittest" in each.argv]
        if not self.places or self.places[0] == "discover" or not found:
            return None
        words = found[0].argv
        tail = words[words.index("unittest") + 1 :]
        return CheckCommand((*self.start, *tail), found[0].source)

    @property
    def _options(self) -> tuple[str, ...]:
        return (*self.options, _TO_THE_END) if self.runner == "pytest" else self.options


def _parts(
    words: Sequence[str], runner: str, root: Path
) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """Options, places, and whether an option was left out because it narrows."""
    options: list[str] = []
    places: list[str] = []
    narrowed = False
    left = list(words)
    while left:
        word = left.pop(0)
        if word.startswith("-"):
            kept, narrows = (_long if word.startswith("--") else _short)(word, left, runner)
            unknown = runner == "pytest" and len(kept) == 1 and "=" not in word
            if unknown and left and not _may_be_place(left[0], root):
                kept.append(left.pop(0))
            options += kept
            narrowed = narrowed or narrows
        elif places[:1] == ["discover"]:
            options.append(word)
        else:
            places.append(word)
    return tuple(options), tuple(places), narrowed


def _long(word: str, left: list[str], runner: str) -> tuple[list[str], bool]:
    """What is kept of an option, with its value from `left`, and whether it narrows."""
    name, equals, _ = word.partition("=")
    value = [left.pop(0)] if left and not equals and name in _WITH_VALUE[runner] else []
    narrows = name in _NARROWING[runner]
    dropped = narrows or name in _REORDERING[runner]
    return ([] if dropped else [word, *value]), narrows


def _short(word: str, left: list[str], runner: str) -> tuple[list[str], bool]:
    """The same for one-letter options in one word; the last may have its value there."""
    kept, narrows = "", False
    for at, letter in enumerate(word[1:], 1):
        option = f"-{letter}"
        if option in _WITH_VALUE[runner]:
            value = [left.pop(0)] if left and at + 1 == len(word) else []
            if option in _NARROWING[runner]:
                narrows = True
                break
            return [f"-{kept}{word[at:]}", *value], narrows
        narrows = narrows or option in _NARROWING[runner]
        if option not in _NARROWING[runner] | _REORDERING[runner]:
            kept += letter
    return ([f"-{kept}"] if kept else []), narrows


def _may_be_place(word: str, root: Path) -> bool:
    """Whether a word after an option that is not known is no value of it."""
    exists = (root / word.partition("::")[0]).exists()
    return word.startswith("-") or exists or bool(_module_of(word, root))


def _file_of(place: str, root: Path) -> str:
    """The file or module that holds a test: `tests/a.py::test_b` and `tests.a.Case.test_b`."""
    if "::" in place:
        return place.partition("::")[0]
    if (root / place).exists():
        return place
    return _module_of(place, root) or place


def _module_of(name: str, root: Path) -> str:
    """The module of the repository that a dotted name begins with; empty for other names."""
    names = name.split(".")
    for size in range(len(names), 0, -1):
        if root.joinpath(*names[:size]).with_suffix(".py").is_file():
            return ".".join(names[:size])
    return ""
