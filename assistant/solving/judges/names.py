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
            check_names(
                change.path, change.new, change.old, _modules(state, candidate, change.path)
            )
            for change in candidate.changes
            if change.new is not None
        )


def _modules(state: State, candidate: Candidate, path: str) -> frozenset[str] | None:
    """The modules and packages in the package of an `__init__.py`; None of other files."""
    folder, _, name = path.rpartition("/")
    if name != "__init__.py":
        return None
    paths = [entry.path for entry in state.job.workspace.repository.snapshot().files]
    paths += [change.path for change in candidate.changes]
    start = f"{folder}/" if folder else ""
    inside = (each[len(start) :] for each in paths if each.startswith(start))
    return frozenset(each.partition("/")[0].partition(".")[0] for each in inside)
