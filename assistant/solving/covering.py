"""Finds the tests that use a unit, for prompts and for examples of its use."""

from collections.abc import Iterator

from assistant.repo.files import FileKind, TextFile
from assistant.repo.parsing import units_of
from assistant.repo.ranking import is_test_path
from assistant.repo.units import Unit, UnitKind
from assistant.solving.request import Workspace

MOST_TEST_LINES = 40
"""Maximum lines of a test in a prompt."""

_MOST_FILES = 20
_LARGEST_FILE = 100_000


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
