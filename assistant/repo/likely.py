"""Orders the units of files by how likely a task is to change them."""

import math
from collections.abc import Mapping, Sequence

from assistant.repo.ranking import NAMED, RankedUnit, rank_units
from assistant.repo.units import Unit

_SUBJECT_SHARE = 0.5
"""Weight of the words in the first line of a task, relative to all evidence."""
_SIZE_SHARE = 0.2
"""Weight of the logarithm of a unit's lines: longer units are changed more often."""


def rank_changed(
    task: str, files: Mapping[str, tuple[Sequence[Unit], str]], recency: Mapping[str, int]
) -> tuple[RankedUnit, ...]:
    """The units of `rank_units`, ordered by how likely the task is to change them.

    The weights are from commits of ten projects (`tests/benchmarks/locate_edits.py`).
    """
    ranked = rank_units(task, files, recency)
    first = next((line for line in task.splitlines() if line.strip()), "")
    likely = _relative(ranked)
    for label, share in _relative(rank_units(first, files, {})).items():
        likely[label] += _SUBJECT_SHARE * share
    for each in ranked:
        likely[each.unit.label] += _SIZE_SHARE * math.log(2 + each.unit.end - each.unit.start)
    return tuple(sorted(ranked, key=lambda each: -likely[each.unit.label]))


def _relative(ranked: Sequence[RankedUnit]) -> dict[str, float]:
    """Scores by label, as multiples of the best that only words give."""
    top = max((each.score for each in ranked if NAMED not in each.reasons), default=0.0) or 1.0
    return {each.unit.label: each.score / top for each in ranked}
