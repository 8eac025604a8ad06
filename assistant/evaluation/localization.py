"""Localization accuracy: compares the targets that a task considered with those that must change.

Tasks come without a reference solution. The true targets are known only if the files contain a
single unit of code, or if a candidate passed; then its changed units are the truth, which is biased
towards that candidate. Other tasks are left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from assistant.evaluation.results import Row, Stage
from assistant.proposal.changes import Change
from assistant.repo.languages import is_code
from assistant.repo.parsing import units_of
from assistant.repo.ranking import is_test_path
from assistant.repo.reading import text_file
from assistant.repo.units import UnitKind

Truths: TypeAlias = Mapping[str, tuple[str, ...]]
"""Labels of the targets that must change, by task id."""

ONLY_PLACE = "the only place"
PASSED = "an answer that passed"

_CODE = (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS, UnitKind.CLASS_HEAD)


@dataclass(frozen=True, slots=True)
class Localization:
    """Recall at 1 and at 5 of the targets that must change, 0 to 1, for files and units."""

    file_tasks: int
    """Tasks with a known truth that considered at least one target."""
    file_1: float
    file_5: float
    unit_tasks: int
    """Those of them that considered units, and where units must change, not whole files."""
    unit_1: float
    unit_5: float

    @classmethod
    def of(cls, rows: Sequence[Row], truths: Truths) -> "Localization":
        """Hits are relative to what the first k targets can hold: with two true targets, a correct
        first target alone scores 1 at 1, and 0.5 at 5."""
        known = [(row.places, truths[row.id]) for row in rows if row.places and row.id in truths]
        files = [(_files(places), _files(truth)) for places, truth in known]
        units = [pair for pair in known if _has_units(pair[0][:1]) and _has_units(pair[1])]
        return cls(
            file_tasks=len(files),
            file_1=_mean([_found(*pair, 1) for pair in files]),
            file_5=_mean([_found(*pair, 5) for pair in files]),
            unit_tasks=len(units),
            unit_1=_mean([_found(*pair, 1) for pair in units]),
            unit_5=_mean([_found(*pair, 5) for pair in units]),
        )


def truth_of(
    files: Mapping[str, str], right: Sequence[Change] | None
) -> tuple[tuple[str, ...], str]:
    """The targets that must change, and how they are known; both empty if unknown.

    `files` are the files of the task, `right` the changes of a candidate that passed.
    """
    only = _only_place(files)
    if only:
        return (only,), ONLY_PLACE
    return (changed_places(right), PASSED) if right is not None else ((), "")


def truths_of(rows: Iterable[Row]) -> Truths:
    """The targets that must change by task id, pooled over the rows of several runs.

    If several candidates passed, the one that changed the fewest targets counts.
    """
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if row.truth and (row.id not in found or len(row.truth) < len(found[row.id])):
            found[row.id] = row.truth
    return found


def stage_of(row: Row, truths: Truths) -> str:
    """Where a row failed; NOT_LOCALIZED if it wrote to none of the true targets."""
    truth = truths.get(row.id, ())
    wrote = row.stage in (Stage.NO_CANDIDATE_RIGHT.value, Stage.NO_PROPOSAL.value) and row.tried
    if not wrote or not truth:
        return row.stage
    hit = any(
        covers(target, unit) or target == file_of(unit) for target in row.tried for unit in truth
    )
    return row.stage if hit else Stage.NOT_LOCALIZED.value


def changed_places(changes: Sequence[Change]) -> tuple[str, ...]:
    """Labels of the changed units, as path::name, or the path if the whole file changed.

    If definitions changed, changed imports and module-level statements are left out.
    """
    return tuple(label for change in changes for label in _changed(change))


def _changed(change: Change) -> tuple[str, ...]:
    if change.old is None or change.new is None:
        return (change.path,)
    sides = [
        {unit.name: unit for unit in units_of(text_file(change.path, data))}
        for data in (change.old, change.new)
    ]
    old, new = sides
    differing = [
        unit
        for name, unit in {**new, **old}.items()
        if name not in old or name not in new or old[name].digest != new[name].digest
    ]
    code = [unit for unit in differing if unit.kind in _CODE] or differing
    labels = [unit.label for unit in code]
    inner = [each for each in labels if not any(o.startswith(f"{each}.") for o in labels)]
    return tuple(inner) or (change.path,)


def _only_place(files: Mapping[str, str]) -> str:
    code = [path for path in files if is_code(path) and not is_test_path(path)]
    units = [
        unit
        for path in code
        for unit in units_of(text_file(path, files[path].encode("utf-8", "surrogateescape")))
        if unit.kind in _CODE
    ]
    return units[0].label if len(code) == len(units) == 1 else ""


def _found(places: Sequence[str], truth: Sequence[str], most: int) -> float:
    hits = sum(any(covers(target, each) for target in places[:most]) for each in truth)
    return min(1.0, hits / min(most, len(truth)))  # one target can cover several


def covers(target: str, unit: str) -> bool:
    """Whether a label names a unit, or one that encloses it in the same file."""
    return target == unit or ("::" in target and unit.startswith(f"{target}."))


def _has_units(labels: Sequence[str]) -> bool:
    return all("::" in label for label in labels)


def _files(labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(file_of(label) for label in labels))


def file_of(label: str) -> str:
    """The path of a label."""
    return label.partition("::")[0]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
