"""The policies: which sources draw, when, how much, and in which order.

A policy is a table of draws over one loop (`loop.py`). The draws of a round run for every target
before the next round begins, so that no target waits until all methods have failed on another one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from assistant.checks.results import Verdict
from assistant.solving.expectations import LEAST_CANDIDATES
from assistant.solving.judges.consensus import is_open
from assistant.solving.state import State

Condition: TypeAlias = Callable[[State], bool]
Limit: TypeAlias = Callable[[State], int]

MOST_MUTANTS = 3
MOST_LINES = 12
MOST_LINES_EACH = 6
"""Where there are several targets: every line that changes is a run of the check."""
MOST_COMPLETED = 3
MOST_OPINIONS = 3
MORE = 4
"""Further drafts where all so far behave as the code did."""


def always(state: State) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Draw:
    """One row of a policy."""

    source: str
    limit: Limit
    """Most drafts."""
    when: Condition = always
    until: Condition | None = None
    """Ends the draw, in addition to the rule that ends all of them."""
    round: int = 0
    proved_only: bool = False
    """Only drafts that the check proves become candidates."""
    after_proof: bool = False
    """Draws even though a candidate is proved, to compare it."""


Policy: TypeAlias = tuple[Draw, ...]


def _count(number: int) -> Limit:
    return lambda state: number


def _width(state: State) -> int:
    """As many drafts as the request asks for, or more where expectations can rank them."""
    least = LEAST_CANDIDATES if state.expectations is not None else 1
    return max(state.job.request.candidates, least)


def _width_but_one(state: State) -> int:
    return _width(state) - 1


def _others(state: State) -> int:
    """Drafts that may still change which candidate is first, after a copy."""
    return max(1, _width(state) - 1)


def _twice(state: State) -> int:
    return 2 * _width(state)


def _lines(state: State) -> int:
    return MOST_LINES if len(state.targets) == 1 or state.expectations else MOST_LINES_EACH


def _can_prove(state: State) -> bool:
    return state.can_prove


def _cannot_prove(state: State) -> bool:
    return not state.can_prove


def _searching(state: State) -> bool:
    """A check can tell a right candidate, and not even a mutant passes it."""
    return state.can_prove and not state.is_mended


def _not_copied(state: State) -> bool:
    return _searching(state) and not state.is_copied


def _hidden(state: State) -> bool:
    """Without a check, further candidates could not be told from those that there are."""
    alone = state.job.baseline is None and bool(state.pool.candidates)
    return not alone and not state.is_mended


def _passes(state: State) -> bool:
    return any(each.passes for each in state.pool.candidates)


def _opinion_wanted(state: State) -> bool:
    return _passes(state) and is_open(state)


def _opinions_suffice(state: State) -> bool:
    return not is_open(state)


def _none_stands(state: State) -> bool:
    return all(each.verdict is Verdict.FAILED for each in state.pool.candidates)


def _helpful(state: State) -> bool:
    """Nothing that stands is drawn yet, or further candidates can be told from what there is."""
    if _none_stands(state):
        return True
    if state.expectations is not None:
        return not state.is_settled(0)
    return state.can_prove


def _far(state: State) -> bool:
    return state.expectations is not None and state.expectations.are_far(state.pool.ranked())


def _no_effect(state: State) -> bool:
    found = state.pool.candidates
    return bool(found) and all(each.found("behaviour") for each in found)


def _no_effect_in_other_words(state: State) -> bool:
    return _no_effect(state) and not state.is_copied


def _copied_edit(state: State) -> bool:
    return state.is_copied and not state.pool.candidates


def _unfinished(state: State) -> bool:
    return any(each.found("bodies") for each in state.pool.candidates)


def _misses(state: State) -> bool:
    """The best candidate misses a stated example, and some assertion is credible."""
    expected, best = state.expectations, state.best()
    if expected is None or best is None or not expected.are_credible(state.pool.candidates):
        return False
    return expected.misses(best)


def _fulfils(state: State) -> bool:
    return not _misses(state)


FIX: Policy = (
    Draw("rewrite", _count(1), _can_prove, round=1),
    Draw("rewrite", _width, _cannot_prove, round=1),
    Draw("mutants", _count(MOST_MUTANTS), _can_prove, round=1, proved_only=True),
    Draw("infill", _lines, _can_prove, round=2),
    Draw("rewrite", _width_but_one, _not_copied, round=3),
    Draw("hidden body", _width, _hidden, round=4),
    Draw("mutants", _count(MOST_MUTANTS), _passes, round=5, proved_only=True, after_proof=True),
    Draw(
        "hidden body",
        _count(MOST_OPINIONS),
        _opinion_wanted,
        _opinions_suffice,
        round=6,
        after_proof=True,
    ),
)

EDIT: Policy = (
    Draw("new file", _width),
    Draw("continuation", _width),
    Draw("rewrite", _width, _helpful),
    Draw("prompt variants", _others, _copied_edit),
    Draw("continuation", _twice, _far),
    Draw("rewrite", _twice, _far),
    Draw("rewrite", _count(MORE), _no_effect),
    Draw("prompt variants", _width, _no_effect_in_other_words),
    Draw("stub bodies", _count(MOST_COMPLETED), _unfinished),
    Draw("mutants", _count(MOST_MUTANTS), _misses),
    Draw("infill", _lines, _misses, _fulfils),
)

REDRAW: Policy = (
    Draw("redraw", _width),
    Draw("redraw from task", _width, _none_stands),
)
"""For a hunk that was sent back."""

FIRST_OF_SEVERAL: Policy = (
    Draw("rewrite", _width),
    Draw("prompt variants", _width),
)
"""For all targets of an edit but the last, whose drafts are not compared."""


def without(policy: Policy, names: tuple[str, ...]) -> Policy:
    """A policy without the draws of some sources."""
    return tuple(draw for draw in policy if draw.source not in names)
