"""Judges whether a candidate reads the parameters that it adds."""

from assistant.checks.results import Evidence, Status
from assistant.checks.unread import unread_parameters
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate


@judge
class Parameters(Judge):
    name = "parameters"
    order = 22

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        """Against a Python candidate that adds a parameter to a function and never reads it."""
        unread = [
            each
            for change in candidate.changes
            if change.path.endswith(".py")
            for each in unread_parameters(change.new or b"", change.old or b"")
        ]
        if not unread:
            return None
        detail = "; ".join(f"{function} never reads {name}" for function, name in unread)
        about = tuple(name for _, name in unread)
        return Evidence(self.name, Status.HINT, detail, rank=float(len(about)), about=about)
