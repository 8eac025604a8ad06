"""Judges whether the users of what a candidate changes still work."""

from assistant.checks.results import Evidence, Status
from assistant.refactoring.callers import broken_places
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate

_MOST_SHOWN = 3


@judge
class Callers(Judge):
    name = "callers"
    order = 13

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        """Fails where a call no longer fits a signature, or a name is used that is gone.

        In one step of a plan it only disputes: a later step may adapt the users.
        """
        workspace = state.job.workspace
        found = broken_places(workspace.repository, candidate.changes, workspace.settings.cache_dir)
        if not found:
            return None
        detail = "; ".join(each.text for each in found[:_MOST_SHOWN])
        if len(found) > _MOST_SHOWN:
            detail += f"; and {len(found) - _MOST_SHOWN} more"
        about = tuple(f"{each.path}:{each.line}" for each in found)
        output = "\n".join(each.text for each in found)
        alone = state.job.request.wanted == state.job.request.task
        status = Status.FAILED if alone else Status.DISPUTED
        return Evidence(self.name, status, detail, output, rank=1.0, about=about)
