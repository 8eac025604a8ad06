"""Compares what type checkers and linters say with a candidate and without it.

A tool runs with a candidate first; only where it complains does it run on the unchanged code, too.
"""

from dataclasses import dataclass, field
from pathlib import Path

from assistant.checks.complaints import Complaint, new_complaints
from assistant.checks.linting import Findings, run_tool
from assistant.checks.tools import ConfiguredTool, find_tools
from assistant.engine.base import Cancel
from assistant.solving.request import Workspace
from assistant.solving.splicing import overlay_of
from assistant.solving.values import Candidate

TOOL_SECONDS = 20.0
"""A tool that takes longer is not used. The first run of a type checker fills its cache."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one tool says about a candidate."""

    fresh: tuple[Complaint, ...] = ()
    """Complaints that the unchanged code does not have."""
    seconds: float = 0.0
    problem: str = ""
    """Why it says nothing."""


@dataclass(slots=True)
class Toolbox:
    """The tools of one request. Those that cannot be used are dropped."""

    _tools: tuple[ConfiguredTool, ...] | None = None
    _dropped: set[str] = field(default_factory=set)
    _before: dict[tuple[str, tuple[str, ...]], Findings] = field(default_factory=dict)

    def for_candidate(self, root: Path, candidate: Candidate) -> tuple[ConfiguredTool, ...]:
        """The tools that are configured for a file that the candidate changes."""
        if self._tools is None:
            self._tools = find_tools(root)
        paths = _paths(candidate)
        left = (each for each in self._tools if each.name not in self._dropped)
        return tuple(each for each in left if each.files(paths))

    def compare(
        self, workspace: Workspace, tool: ConfiguredTool, candidate: Candidate, cancel: Cancel
    ) -> Comparison:
        """What the tool complains of with the candidate and not without it. Raises Cancelled.

        A problem drops the tool for this request.
        """
        runner, files = workspace.runner, tool.files(_paths(candidate))
        overlay = overlay_of(candidate)
        after = run_tool(runner, tool, files, overlay, cancel, timeout=TOOL_SECONDS)
        cancel.check()
        if after.problem or not after.complaints:
            return self._compared(tool, after, after)
        former = {each.path: each.renamed_from or each.path for each in candidate.changes}
        created = {each.path for each in candidate.changes if each.old is None}
        known = tuple(sorted(former[path] for path in files if path not in created))
        before = self._before.get((tool.name, known))
        if before is None:
            before = Findings()
            if known:
                before = run_tool(runner, tool, known, {}, cancel, timeout=TOOL_SECONDS)
                cancel.check()
            self._before[tool.name, known] = before
        fresh = new_complaints(before.complaints, after.complaints, former)
        return self._compared(tool, before, after, fresh)

    def _compared(
        self,
        tool: ConfiguredTool,
        before: Findings,
        after: Findings,
        fresh: tuple[Complaint, ...] = (),
    ) -> Comparison:
        problem = before.problem or after.problem
        if problem:
            self._dropped.add(tool.name)
            return Comparison(seconds=after.seconds, problem=problem)
        return Comparison(fresh, after.seconds)


def _paths(candidate: Candidate) -> tuple[str, ...]:
    return tuple(each.path for each in candidate.changes if each.new is not None)
