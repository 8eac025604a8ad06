"""Judges plans: compares their steps with the targets that the hidden check exercises.

Tasks come without a reference plan. The true targets are the code files that the text of the hidden
check names. They are unknown if it names none of several files.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.evaluation.dataset import EvalTask
from assistant.evaluation.localization import covers, file_of, truth_of
from assistant.evaluation.results import Row, Stage
from assistant.repo.languages import is_code
from assistant.repo.ranking import is_test_path

STRATEGY = "plan"
TOUCHED = "what the hidden check names"


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """Totals over plans, whose steps are the `places` of the rows."""

    count: int
    right: int
    """Plans with exactly one step for each target that must change, and no other step."""
    known: int
    """Tasks with known targets."""
    steps: int
    """Steps over all plans."""
    one_place: int
    """Tasks with a single target."""
    one_step: int
    """Plans with a single step for these tasks."""
    beside: int
    """Steps for targets that need not change."""
    missed: int
    """Targets that no step names."""
    places: int
    """Targets that must change, over all tasks."""

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "PlanTotals":
        known = [row for row in rows if row.truth]
        alone = [row for row in known if len(row.truth) == 1]
        return cls(
            count=len(rows),
            right=sum(row.passed for row in known),
            known=len(known),
            steps=sum(len(row.places) for row in rows),
            one_place=len(alone),
            one_step=sum(len(row.places) == 1 for row in alone),
            beside=sum(not _names_any(row.truth, step) for row in known for step in row.places),
            missed=sum(
                not any(_names(step, target) for step in row.places)
                for row in known
                for target in row.truth
            ),
            places=sum(len(row.truth) for row in known),
        )


def touched(task: EvalTask) -> tuple[tuple[str, ...], str]:
    """Labels of the targets that must change, and how they are known; both empty if unknown.

    The targets are the only unit of the code, else the code files that the hidden check names, else
    the only code file.
    """
    truth, truth_from = truth_of(task.files, None)
    if truth:
        return truth, truth_from
    code = [path for path in task.files if is_code(path)]
    code = [path for path in code if not is_test_path(path)]
    words = set(re.findall(r"\w+", " ".join([*task.hidden.files.values(), *task.hidden.command])))
    named = [path for path in code if PurePosixPath(path).stem in words]
    found = tuple(named or (code if len(code) == 1 else ()))
    return (found, TOUCHED) if found else ((), "")


def stage_of_plan(steps: Sequence[str], truth: Sequence[str]) -> Stage:
    """What is wrong with the targets of a plan; Stage.NONE if the right ones are unknown."""
    if not steps:
        return Stage.NO_PROPOSAL
    if not truth:
        return Stage.NONE
    missed = [each for each in truth if not any(_names(step, each) for step in steps)]
    if missed:
        return Stage.NOT_LOCALIZED
    if not all(_names_any(truth, step) for step in steps):
        return Stage.BESIDE
    return Stage.TOO_MANY if len(steps) > len(truth) else Stage.NONE


def _names_any(truth: Sequence[str], step: str) -> bool:
    return any(_names(step, target) for target in truth)


def _names(step: str, target: str) -> bool:
    """Whether a step names a target, encloses it, or is within that file."""
    return covers(step, target) or step == file_of(target) or file_of(step) == target
