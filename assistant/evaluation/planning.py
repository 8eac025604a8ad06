"""Owns how good plans are: their steps against the places that the hidden check touches. Pure.

A set of tasks holds no reference plan. What a check touches is read from its text: the code that it
names. Refuses to guess where the text names none of several files.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.context.render import language_of
from assistant.evaluation.dataset import EvalTask
from assistant.evaluation.localization import PROSE, covers, file_of, truth_of
from assistant.evaluation.results import Row, Stage
from assistant.repo.ranking import is_test_path

STRATEGY = "plan"
TOUCHED = "what the hidden check names"


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """Over plans whose steps are the rows' places."""

    count: int
    right: int
    """Plans that name what must change, nothing else, in as many steps as that has places."""
    known: int
    """Tasks of which it is known what must change."""
    steps: int
    """Over all plans."""
    one_place: int
    """Tasks with one place to change."""
    one_step: int
    """Of these, plans of one step."""
    beside: int
    """Steps on what need not change."""
    missed: int
    """Places that no step names."""
    places: int
    """Places that must change, over all tasks."""

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
            beside=sum(not _any(row.truth, step) for row in known for step in row.places),
            missed=sum(
                not any(_names(step, place) for step in row.places)
                for row in known
                for place in row.truth
            ),
            places=sum(len(row.truth) for row in known),
        )


def touched(task: EvalTask) -> tuple[tuple[str, ...], str]:
    """Labels of what must change, and how that is known; both empty when it is not.

    The only unit of a task's code, else the code files that the hidden check names, else the only
    one there is.
    """
    truth, truth_from = truth_of(task.files, None)
    if truth:
        return truth, truth_from
    code = [path for path in task.files if language_of(path) not in PROSE]
    code = [path for path in code if not is_test_path(path)]
    words = set(re.findall(r"\w+", " ".join([*task.hidden.files.values(), *task.hidden.command])))
    named = [path for path in code if PurePosixPath(path).stem in words]
    found = tuple(named or (code if len(code) == 1 else ()))
    return (found, TOUCHED) if found else ((), "")


def stage_of_plan(steps: Sequence[str], truth: Sequence[str]) -> Stage:
    """What is wrong with the places that steps name; nothing where nobody knows the right ones."""
    if not steps:
        return Stage.NO_PROPOSAL
    if not truth:
        return Stage.NONE
    missed = [each for each in truth if not any(_names(step, each) for step in steps)]
    if missed:
        return Stage.NOT_LOCALIZED
    if not all(_any(truth, step) for step in steps):
        return Stage.BESIDE
    return Stage.TOO_MANY if len(steps) > len(truth) else Stage.NONE


def _any(truth: Sequence[str], step: str) -> bool:
    return any(_names(step, place) for place in truth)


def _names(step: str, place: str) -> bool:
    """Whether a step is about a place: it is that, or holds it, or is within that file."""
    return covers(step, place) or step == file_of(place) or file_of(step) == place
