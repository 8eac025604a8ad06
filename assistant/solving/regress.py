"""Compares wider runs of the tests with and without a candidate.

What fails without the candidate too does not count against it, nor what fails only once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assistant.checks.commands import CheckCommand
from assistant.checks.failures import parse_failures
from assistant.checks.results import CommandResult
from assistant.errors import CheckError
from assistant.solving.request import Workspace
from assistant.solving.splicing import overlay_of
from assistant.solving.state import State
from assistant.solving.values import Candidate

_MOST_COMPARED = 50
"""Failures that `parse_failures` reports at most: with as many, not all are known."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What wider tests say about a candidate; nothing broken and nothing unknown: all pass."""

    broken: tuple[str, ...] = ()
    """Names of tests that pass without the candidate and fail with it."""
    unknown: str = ""
    """Why this cannot be said."""
    seconds: float = 0.0


@dataclass(slots=True)
class Comparison:
    """Runs tests with candidates; without one only where a candidate fails, and once."""

    before: dict[tuple[str, ...], CommandResult] = field(default_factory=dict)

    def compare(
        self, state: State, candidate: Candidate, command: CheckCommand, *, timeout: float
    ) -> Finding:
        """`timeout` is in seconds, for each run. Raises Cancelled."""
        workspace, overlay = state.job.workspace, overlay_of(candidate)
        try:
            after = _run(state, command, overlay, timeout)
            if after.passed:
                return Finding(seconds=after.seconds)
            before = self.before.get(command.argv)
            if before is None:
                before = self.before[command.argv] = _run(state, command, {}, timeout)
            found = _broken(workspace, before, after)
            if found.broken:
                again = _run(state, command, overlay, timeout)
                found = Finding() if again.passed else _broken(workspace, before, again)
        except CheckError as error:
            return Finding(unknown=error.message.rstrip("."))
        return Finding(found.broken, found.unknown, after.seconds)


def _broken(workspace: Workspace, before: CommandResult, after: CommandResult) -> Finding:
    if before.timed_out:
        return Finding(unknown=f"takes longer than {before.seconds:.0f} s")
    if after.timed_out:
        return Finding(("it does not end",))
    failing = _names(workspace, after)
    if before.passed:
        return Finding(failing or (f"exit code {after.exit_code}",))
    known = _names(workspace, before)
    fresh = tuple(name for name in failing if name not in known)
    if not failing or (fresh and len(known) >= _MOST_COMPARED):
        return Finding(unknown="fails without the change too")
    return Finding(fresh)


def _names(workspace: Workspace, result: CommandResult) -> tuple[str, ...]:
    found = parse_failures(result.output, workspace.repository.root)
    return tuple(dict.fromkeys(failure.name for failure in found))


def _run(
    state: State, command: CheckCommand, overlay: Mapping[str, bytes | None], timeout: float
) -> CommandResult:
    result = state.job.workspace.runner.run(command, overlay, state.job.cancel, timeout=timeout)
    state.job.cancel.check()
    return result
