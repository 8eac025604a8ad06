"""Judges whether Python files use names that nothing defines."""

from assistant.checks.names import check_names
from assistant.checks.results import Evidence
from assistant.solving.judges.syntax import worst
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate


@judge
class Names(Judge):
    name = "names"
    order = 11

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        return worst(
            check_names(change.path, change.new, change.old)
            for change in candidate.changes
            if change.new is not None
        )
