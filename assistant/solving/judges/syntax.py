"""Judges whether the changed files parse."""

from collections.abc import Iterable
from dataclasses import replace

from assistant.checks.results import Evidence, Status
from assistant.checks.syntax import check_syntax
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate


@judge
class Syntax(Judge):
    name = "syntax"
    order = 10

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        return worst(
            check_syntax(change.path, change.new, change.old)
            for change in candidate.changes
            if change.new is not None
        )


def worst(findings: Iterable[Evidence]) -> Evidence | None:
    """One finding for several files: a failure, else all that passed; None if all were skipped."""
    told = [each for each in findings if each.status is not Status.SKIPPED]
    failed = next((each for each in told if each.status is Status.FAILED), None)
    if failed is not None or not told:
        return failed
    return replace(told[0], detail="; ".join(each.detail for each in told))
