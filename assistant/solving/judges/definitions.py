"""Judges whether a candidate removes definitions that the task does not mention."""

from assistant.checks.results import Evidence, Status
from assistant.proposal.omissions import lost_definitions
from assistant.solving.events import Verb
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate


@judge
class Definitions(Judge):
    name = "definitions"
    order = 20

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        step = state.job.request.step
        if step is not None and step.verb is Verb.DELETE:
            return None
        lost = tuple(
            label
            for change in candidate.changes
            for label in lost_definitions(change, state.job.intent)
        )
        if not lost:
            return None
        return Evidence(self.name, Status.HINT, f"removes {', '.join(lost)}", rank=1.0, about=lost)
