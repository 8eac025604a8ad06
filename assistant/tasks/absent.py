"""Finds where that belongs which failing tests report as missing.

"'Stack' object has no attribute 'peek'" says more than the traceback around it: the class must get
a member, and no code that ran is wrong.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.checks.missing import BUILT_IN, Missing, MissingKind, missing_from
from assistant.checks.results import Failure
from assistant.context.bundle import Context, Selected
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.paths import is_secret_path
from assistant.repo.ranking import is_test_path, near_paths
from assistant.repo.units import Unit, UnitKind
from assistant.solving.request import TaskRequest, Workspace
from assistant.solving.values import Target, TargetKind
from assistant.tasks.requested import last_definition

ABSENT, ABSENT_IN_CODE = 6.0, 2.0
"""Weights of a target that lacks what a test uses, and of one that lacks what other code uses,
where the name may as well be a mistake in that code."""

_MOST_HOMES = 2
_LARGEST_FILE = 500_000
"""Bytes; larger files are not searched."""
_MOST_SEARCHED = 2000
"""Files, nearest to the failing tests first."""
_MODULE_ENDS = (
    *(".py", "/__init__.py"),
    *(f"{stem}{end}" for stem in ("", "/index") for end in (".ts", ".tsx", ".js", ".jsx", ".mjs")),
)
"""How the path of a module's file goes on after its name."""


@dataclass(frozen=True, slots=True)
class Home:
    """A type or module that lacks something."""

    path: str
    owner: str
    """Name of the unit of the type; empty for a module."""
    names: tuple[str, ...]
    """What is missing in it."""
    weight: float = ABSENT

    @property
    def label(self) -> str:
        """The head of the type, which holds its fields and documentation; the path for a module."""
        return f"{self.path}::{self.owner} head" if self.owner else self.path

    @property
    def reason(self) -> str:
        where = self.owner or self.path
        return f"the failing test needs {', '.join(self.names)}, which {where} does not have"


def find_homes(workspace: Workspace, failures: Sequence[Failure]) -> tuple[Home, ...]:
    """The types and modules of the repository that lack what the failures report, best first."""
    weights: dict[Missing, float] = {}
    for failure in failures:
        in_code = failure.frames and not is_test_path(failure.frames[-1].path)
        for each in missing_from([failure]):
            weights[each] = max(weights.get(each, 0.0), ABSENT_IN_CODE if in_code else ABSENT)
    order = _order(workspace, failures) if weights else ()
    homes: dict[tuple[str, str], Home] = {}
    for each, weight in weights.items():
        for place in _places(workspace, each, order):
            home = homes.get(place, Home(*place, ()))
            most = max(weight, home.weight if home.names else 0.0)
            homes[place] = replace(home, names=(*home.names, each.name), weight=most)
    return tuple(homes.values())[:_MOST_HOMES]


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
            yield Target(file, owner, home.reason, home.weight, TargetKind.MEMBER)
        elif not home.owner:
            after = last_definition(file)
            yield Target(file, after, home.reason, home.weight, TargetKind.ADDITION)


def _order(workspace: Workspace, failures: Sequence[Failure]) -> tuple[str, ...]:
    """Code files, nearest to the failing tests first."""
    repository = workspace.repository
    frames = [frame.path for failure in failures for frame in failure.frames]
    tests = [path for path in dict.fromkeys(frames) if repository.is_text(path)]
    units = {path: units_of(repository.text(path)) for path in tests if is_test_path(path)}
    code = [
        entry.path
        for entry in repository.snapshot().files
        if not is_test_path(entry.path)
        and not is_secret_path(entry.path)
        and entry.size <= _LARGEST_FILE
    ]
    return tuple(near_paths(units, code, repository.recency())) if units else tuple(code)


def _places(
    workspace: Workspace, missing: Missing, order: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The nearest place that lacks it: path, and unit of the type."""
    if not (missing.owner and missing.name) or missing.owner in BUILT_IN:
        return
    if missing.kind is MissingKind.MEMBER:
        found = _type(workspace, missing, order)
    elif missing.kind is MissingKind.NAME:
        ends = tuple(f"/{missing.owner.replace('.', '/')}{end}" for end in _MODULE_ENDS)
        found = next(((path, "") for path in order if f"/{path}".endswith(ends)), None)
    else:
        found = None
    if found is not None:
        yield found


def _type(workspace: Workspace, missing: Missing, order: Sequence[str]) -> tuple[str, str] | None:
    owner = missing.owner.rpartition(".")[2].rpartition(":")[2]
    word = re.compile(rf"\b{re.escape(owner)}\b")
    for path in order[:_MOST_SEARCHED]:
        if not workspace.repository.is_text(path):
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
