"""Owns finding the tests that speak of a unit: for prompts, and for examples of its use."""

from collections.abc import Iterator

from assistant.repo.files import FileKind, TextFile
from assistant.repo.parsing import units_of
from assistant.repo.ranking import is_test_path
from assistant.repo.units import Unit, UnitKind
from assistant.solving.request import Workspace

MOST_TEST_LINES = 40
"""Of one test that is put in a prompt."""

_MOST_FILES = 20
_LARGEST_FILE = 100_000


def test_files(workspace: Workspace, name: str) -> Iterator[TextFile]:
    """Python test files that call something by this name."""
    repository = workspace.repository
    tests = [entry.path for entry in repository.snapshot().files if is_test_path(entry.path)]
    for path in tests[:_MOST_FILES]:
        if path.endswith(".py") and repository.kind(path) is FileKind.TEXT:
            file = repository.text(path)
            if f"{name}(" in file.text and len(file.text) <= _LARGEST_FILE:
                yield file


def test_source(workspace: Workspace, name: str) -> str:
    """The first test function that calls something by this name; empty without one."""
    for file in test_files(workspace, name):
        for unit in units_of(file):
            if unit.kind in (UnitKind.FUNCTION, UnitKind.METHOD) and name in unit.references:
                return source_of(unit, file)
    return ""


def source_of(unit: Unit, file: TextFile) -> str:
    """A test as it is put in a prompt: it says what is expected."""
    return "\n".join(file.text.splitlines()[unit.start - 1 : unit.end][:MOST_TEST_LINES])
