"""Judges by the type checkers and linters that the repository configures.

They run with the candidates that rank first, where the user has consented to run the repository's
tests or a check command. Only complaints count that the unchanged code does not have. They rank a
candidate after one without them, and prove nothing.
"""

from collections.abc import Generator, Iterator, Sequence
from pathlib import PurePosixPath
from typing import TypeAlias

from assistant.checks.complaints import listed
from assistant.checks.results import Evidence, Status, Verdict
from assistant.checks.tools import ConfiguredTool
from assistant.solving.complaining import Comparison
from assistant.solving.events import CheckFinished, Event, Phase, PhaseStarted
from assistant.solving.pool import fingerprint
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate

MOST_CANDIDATES = 3
"""With which the tools run, while they complain of one."""

_OF_TYPES, _MOST_OF_STYLE = 100, 99
"""A complaint of a type checker counts more than any number of a linter's."""

_Said: TypeAlias = Sequence[tuple[ConfiguredTool, Comparison]]


@judge
class Linters(Judge):
    name = "linters"
    order = 80
    """After consensus, which decides what the best candidate is, and before all tests run."""

    def conclude(self, state: State) -> Iterator[Event]:
        """Runs the tools with the best candidate; with the next one where they complain."""
        if not _may_run(state):
            return
        for _ in range(MOST_CANDIDATES):
            best = state.best()
            if best is None or best.found(self.name) or best.verdict is Verdict.FAILED:
                return
            said = yield from self._run(state, best)
            if not said:
                return
            evidence = _evidence(self.name, said)
            state.pool.add_evidence(fingerprint(best), evidence)
            yield CheckFinished(best.id, evidence)

    def _run(self, state: State, candidate: Candidate) -> Generator[Event, None, _Said]:
        """What each tool says; a tool that cannot be used is reported once."""
        job = state.job
        said = []
        for tool in job.toolbox.for_candidate(job.workspace.repository.root, candidate):
            if _is_check(state, tool):
                continue
            if job.budget.spent:
                return ()
            yield PhaseStarted(Phase.CHECKING, tool.name)
            found = job.toolbox.compare(job.workspace, tool, candidate, job.cancel)
            if found.problem:
                detail = f"{tool.name} is not used: {found.problem}"
                yield CheckFinished(-1, Evidence(self.name, Status.SKIPPED, detail))
            else:
                said.append((tool, found))
        return said


def _evidence(name: str, said: _Said) -> Evidence:
    loud = [(tool, found.fresh) for tool, found in said if found.fresh]
    types = sum(len(fresh) for tool, fresh in loud if tool.tool.checks_types)
    style = sum(len(fresh) for tool, fresh in loud if not tool.tool.checks_types)
    silent = f"{' and '.join(tool.name for tool, _ in said)}: no complaint that was not there"
    return Evidence(
        name,
        Status.HINT if loud else Status.PASSED,
        "; ".join(listed(fresh, tool.name) for tool, fresh in loud) or silent,
        "\n".join(f"{each.shown}\n    {each.text}" for _, fresh in loud for each in fresh),
        rank=float(_OF_TYPES * types + min(style, _MOST_OF_STYLE)),
        seconds=sum(found.seconds for _, found in said),
        about=tuple(f"{each.path}:{each.line}" for _, fresh in loud for each in fresh),
    )


def _may_run(state: State) -> bool:
    """Whether the user has consented to run commands of this repository, in a full sandbox."""
    request, runner = state.job.request, state.job.workspace.runner
    return (request.tests or request.check is not None) and runner.isolates


def _is_check(state: State, tool: ConfiguredTool) -> bool:
    """Whether the check command of the request runs this tool."""
    check = state.job.request.check
    return check is not None and tool.name in {PurePosixPath(word).name for word in check.words}
