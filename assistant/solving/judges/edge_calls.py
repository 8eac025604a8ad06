"""Judges by calls at the edges that the task names: a zero, something empty, a negative number."""

from assistant.checks.results import Evidence, Status
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate


@judge
class EdgeCalls(Judge):
    name = "edge calls"
    order = 60

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        errors = state.expectations.edge_errors(candidate) if state.expectations else ()
        if not errors:
            return None
        call, error = errors[0]
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        detail = f"{call} ends with {error}{more}"
        calls = tuple(call for call, _ in errors)
        return Evidence(self.name, Status.HINT, detail, rank=float(len(errors)), about=calls)
