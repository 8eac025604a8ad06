"""Finds where that belongs which failing tests report as missing.

"'Stack' object has no attribute 'peek'" says more than the traceback around it: the class must get
a member, and no code that ran is wrong.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.checks.missing import Missing, MissingKind, missing_from
from assistant.checks.results import Failure
from assistant.context.bundle import Context, Selected
from assistant.repo.files import FileKind, TextFile
from assistant.repo.parsing import units_of
from assistant.repo.ranking import is_test_path, near_paths
from assistant.repo.units import Unit, UnitKind
from assistant.solving.request import TaskRequest, Workspace
from assistant.solving.values import Target, TargetKind

ABSENT = 6.0
"""Weight of a target that lacks what a failure reports as missing."""

_MOST_HOMES = 2
_LARGEST_FILE = 500_000
"""Bytes; larger files are not searched."""


@dataclass(frozen=True, slots=True)
class Home:
    """A type or module that lacks something."""

    path: str
    owner: str
    """Name of the unit of the type; empty for a module."""
    names: tuple[str, ...]
    """What is missing in it."""

    @property
    def label(self) -> str:
        """Of the unit's head, which has the fields and the documentation of a type."""
        return f"{self.path}::{self.owner} head" if self.owner else self.path

    @property
    def reason(self) -> str:
        where = self.owner or self.path
        return f"the failing test needs {', '.join(self.names)}, which {where} does not have"


def find_homes(workspace: Workspace, failures: Sequence[Failure]) -> tuple[Home, ...]:
    """The types and modules of the repository that lack what the failures report, best first."""
    wanted: dict[tuple[str, str], list[str]] = {}
    order = _order(workspace, failures)
    for each in missing_from(failures):
        for path, owner in _places(workspace, each, order):
            wanted.setdefault((path, owner), []).append(each.name)
    homes = tuple(Home(path, owner, tuple(names)) for (path, owner), names in wanted.items())
    return homes[:_MOST_HOMES]


def with_homes(request: TaskRequest, homes: Sequence[Home]) -> TaskRequest:
    """The request with the files of the homes in its selection."""
    there = {each.path for each in request.selection}
    added = (Selected(path) for path in dict.fromkeys(home.path for home in homes))
    selection = (*request.selection, *(each for each in added if each.path not in there))
    return replace(request, selection=selection)


def targets_at(context: Context, homes: Sequence[Home]) -> Iterator[Target]:
    """The homes in context as targets of an insertion."""
    for home in homes:
        file = context.file(home.path)
        if file is None or not file.editable:
            continue
        owner = next((unit for unit in file.units if unit.name == home.owner), None)
        if owner is not None:
            yield Target(file, owner, home.reason, ABSENT, TargetKind.MEMBER)
        elif not home.owner:
            last = [u for u in file.units if u.kind in _DEFINITIONS and "." not in u.name]
            after = last[-1] if last else None
            yield Target(file, after, home.reason, ABSENT, TargetKind.ADDITION)


_DEFINITIONS = (UnitKind.FUNCTION, UnitKind.CLASS)


def _order(workspace: Workspace, failures: Sequence[Failure]) -> tuple[str, ...]:
    """Code files, nearest to the failing tests first."""
    repository = workspace.repository
    frames = [frame.path for failure in failures for frame in failure.frames]
    tests = [path for path in dict.fromkeys(frames) if _is_text(workspace, path)]
    units = {path: units_of(repository.text(path)) for path in tests if is_test_path(path)}
    code = [
        entry.path
        for entry in repository.snapshot().files
        if not is_test_path(entry.path) and entry.size <= _LARGEST_FILE
    ]
    return tuple(near_paths(units, code, repository.recency())) if units else tuple(code)


def _places(
    workspace: Workspace, missing: Missing, order: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The nearest place that lacks it: path, and unit of the type."""
    if missing.kind is MissingKind.MEMBER and missing.owner and missing.name:
        found = _type(workspace, missing, order)
        if found is not None:
            yield found
    elif missing.kind is MissingKind.NAME and missing.owner and missing.name:
        ends = tuple(
            f"{missing.owner.replace('.', '/')}{end}" for end in (".py", "/__init__.py", "")
        )
        for path in order:
            if path.endswith(ends) and (f"/{path}".endswith(tuple(f"/{end}" for end in ends))):
                yield path, ""
                return


def _type(workspace: Workspace, missing: Missing, order: Sequence[str]) -> tuple[str, str] | None:
    owner = missing.owner.rpartition(".")[2].rpartition(":")[2]
    word = re.compile(rf"\b{re.escape(owner)}\b")
    for path in order:
        if not _is_text(workspace, path):
            continue
        file = workspace.repository.text(path)
        unit = _type_in(file, owner) if word.search(file.text) else None
        if unit is None:
            continue
        has = {each.name for each in units_of(file)}
        return None if f"{unit.name}.{missing.name}" in has else (path, unit.name)
    return None


def _type_in(file: TextFile, owner: str) -> Unit | None:
    return next(
        (
            unit
            for unit in units_of(file)
            if unit.kind is UnitKind.CLASS and unit.name.rpartition(".")[2] == owner
        ),
        None,
    )


def _is_text(workspace: Workspace, path: str) -> bool:
    return workspace.repository.kind(path) is FileKind.TEXT
