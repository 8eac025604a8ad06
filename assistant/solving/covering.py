"""Finds the tests of a unit: for prompts, for examples of its use, and to run them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.repo.files import FileKind, TextFile
from assistant.repo.modules import module_name
from assistant.repo.parsing import units_of
from assistant.repo.ranking import is_test_path
from assistant.repo.units import Unit, UnitKind
from assistant.solving.linking import Subject, imports, is_runnable, mentions, strength
from assistant.solving.recordings import recorded_tests
from assistant.solving.request import Workspace

MOST_TEST_LINES = 40
"""Maximum lines of a test in a prompt."""

MOST_COVERING = 6
"""Test files that are taken to cover a change."""

_MOST_FILES = 20
_LARGEST_FILE = 100_000
_MOST_READ, _LARGEST_READ = 600, 400_000
"""Test files, and characters of each, in which a link is looked for."""
_RECORDED = 5
"""What a recording that a test ran the change counts, with one for each test."""
_MOST_STEPS = 3
"""From a unit over those that use it in its file, to one that tests name."""
_INSTALLED = frozenset({"site-packages", "node_modules", "vendor"})
_MOST_LINES = 20_000
_WHOLE = (UnitKind.IMPORTS, UnitKind.BLOCK, UnitKind.FILE, UnitKind.SECTION)


@dataclass(frozen=True, slots=True)
class CoveringTest:
    """A test file that is likely to run what a change touches."""

    path: str
    strength: int
    """How closely it is linked; comparable within one answer only."""


def covering_tests(workspace: Workspace, changed: Sequence[Unit | str]) -> tuple[CoveringTest, ...]:
    """The test files that are likely to run what is changed, most closely linked first.

    `changed` are units, or paths of files that change as a whole. At most MOST_COVERING. Knows
    Python by imports, names and recordings of coverage, other languages by the names of files.
    """
    repository = workspace.repository
    files = {entry.path for entry in repository.snapshot().files}
    tests = sorted(path for path in files if is_test_path(path) and not _is_installed(path))
    found: dict[str, int] = {}
    for each in changed:
        path = each if isinstance(each, str) else each.path
        if path in tests:
            found[path] = max(found.values(), default=0) + 1
        elif path.endswith(".py"):
            python = [test for test in tests if test.endswith(".py")][:_MOST_READ]
            for test, weight in _python(workspace, each, python, files).items():
                found[test] = found.get(test, 0) + weight  # a file may count in two ways
            for test, count in _recorded(workspace, each).items():
                if test in tests:
                    found[test] = found.get(test, 0) + _RECORDED + count
        else:
            found |= dict.fromkeys(_namesakes(path, tests), 1)
    order = sorted(found, key=lambda path: (-found[path], path))
    return tuple(CoveringTest(path, found[path]) for path in order[:MOST_COVERING])


def _python(
    workspace: Workspace, changed: Unit | str, tests: Sequence[str], files: set[str]
) -> dict[str, int]:
    """Linked test files; of a private unit, or one that none names, also those of what uses it in
    its file."""
    path = changed if isinstance(changed, str) else changed.path
    module = module_name(path, files)
    names = _names_of(changed)
    known = units_of(workspace.repository.text(path)) if path in files else ()
    found: dict[str, int] = {}
    for _ in range(_MOST_STEPS):
        linked = _linked(workspace, Subject(path, module, names), tests, files)
        found = {**dict(linked), **found}
        if not names or (found and not all(name.startswith("_") for name in names)):
            return found
        names = _users(known, names)
    return found


def _recorded(workspace: Workspace, changed: Unit | str) -> Counter[str]:
    root = workspace.repository.root
    if isinstance(changed, str):
        return recorded_tests(root, changed, range(1, _MOST_LINES))
    # The first line runs when the file is imported.
    return recorded_tests(root, changed.path, range(changed.start + 1, changed.end + 1))


def _linked(
    workspace: Workspace, subject: Subject, tests: Sequence[str], files: set[str]
) -> Iterator[tuple[str, int]]:
    shared: dict[str, int] = {}
    for path, text in _texts(workspace, tests):
        if not mentions(subject, path, text):
            continue
        module = module_name(path, files)
        weight = strength(subject, path, module, text)
        if weight and is_runnable(path):
            yield path, weight
        elif weight:
            shared[module] = weight
    if not shared:
        return
    # Base classes and functions that tests share are covered by the tests that import them.
    for path, text in _texts(workspace, tests):
        used = shared.keys() & imports(path, module_name(path, files), text)
        if used and is_runnable(path):
            yield path, 1


def _texts(workspace: Workspace, tests: Sequence[str]) -> Iterator[tuple[str, str]]:
    for path in tests:
        if workspace.repository.kind(path) is FileKind.TEXT and not path.endswith("conftest.py"):
            text = workspace.repository.text(path).text
            if len(text) <= _LARGEST_READ:
                yield path, text


def _names_of(changed: Unit | str) -> frozenset[str]:
    """The names by which tests use a unit: its own, or its class where Python calls it."""
    if isinstance(changed, str) or changed.kind in _WHOLE:
        return frozenset()
    owner, _, name = changed.name.partition("#")[0].rpartition(".")
    special = name.startswith("__") and name.endswith("__")
    return frozenset({owner.rpartition(".")[2] if special and owner else name})


def _users(units: Sequence[Unit], names: frozenset[str]) -> frozenset[str]:
    """The names of what uses these names in the same file, and the classes around them."""
    found: set[str] = set()
    for unit in units:
        if unit.kind in _WHOLE:
            continue
        owner, _, name = unit.name.partition("#")[0].rpartition(".")
        if name in names and owner:
            found.add(owner.rpartition(".")[2])
        elif not names.isdisjoint(unit.references) and name not in names:
            found |= _names_of(unit)
    return frozenset(found - names)


def _is_installed(path: str) -> bool:
    """Whether a file belongs to a dependency: git may list those, too."""
    return not _INSTALLED.isdisjoint(path.split("/"))


def _namesakes(path: str, tests: Sequence[str]) -> Iterator[str]:
    """Tests in other languages that are named after a file, or stand beside it in Go."""
    pure = PurePosixPath(path)
    for test in tests:
        other = PurePosixPath(test)
        stem = other.name.partition(".")[0]
        same = stem.removesuffix("_test").removesuffix("_spec").removeprefix("test_")
        beside = pure.suffix == ".go" and other.parent == pure.parent
        if other.suffix == pure.suffix and (beside or same == pure.name.partition(".")[0]):
            yield test


def test_files(workspace: Workspace, name: str) -> Iterator[TextFile]:
    """Python test files that contain a call of this name."""
    repository = workspace.repository
    tests = [entry.path for entry in repository.snapshot().files if is_test_path(entry.path)]
    for path in tests[:_MOST_FILES]:
        if path.endswith(".py") and repository.kind(path) is FileKind.TEXT:
            file = repository.text(path)
            if f"{name}(" in file.text and len(file.text) <= _LARGEST_FILE:
                yield file


def test_source(workspace: Workspace, name: str) -> str:
    """Source of the first test function that uses this name; empty if there is none."""
    for file in test_files(workspace, name):
        for unit in units_of(file):
            if unit.kind in (UnitKind.FUNCTION, UnitKind.METHOD) and name in unit.references:
                return source_of(unit, file)
    return ""


def source_of(unit: Unit, file: TextFile) -> str:
    """The source of a test, cut to MOST_TEST_LINES."""
    return "\n".join(file.text.splitlines()[unit.start - 1 : unit.end][:MOST_TEST_LINES])
