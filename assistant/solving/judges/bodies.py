"""Judges whether a candidate leaves functions without a body that the task wants written."""

from assistant.checks.results import Evidence, Status
from assistant.proposal.unwritten import left_unwritten
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate


@judge
class Bodies(Judge):
    name = "bodies"
    order = 21

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        if not candidate.from_words:
            return None
        missing = tuple(
            name
            for change in candidate.changes
            for name in left_unwritten(change.old or b"", change.new or b"", state.job.intent)
        )
        if not missing:
            return None
        detail = f"no body for {', '.join(missing)}"
        return Evidence(self.name, Status.HINT, detail, rank=float(len(missing)), about=missing)
