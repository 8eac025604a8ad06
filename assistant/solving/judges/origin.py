"""Judges where a candidate comes from: the model knows the task, a mutant only the tests."""

from assistant.checks.results import Evidence, Status
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate


@judge
class Origin(Judge):
    name = "origin"
    order = 50

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        if candidate.by_model:
            return None
        return Evidence(self.name, Status.HINT, "made without the model", rank=1.0)
