"""Compares wider runs of the tests with and without a candidate.

What fails without the candidate too does not count against it, nor what fails only once with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.checks.commands import CheckCommand
from assistant.checks.counts import count_tests
from assistant.checks.failures import MOST_FAILURES, parse_failures
from assistant.checks.results import CommandResult
from assistant.checks.unable import fewer_pass
from assistant.errors import CheckError
from assistant.solving.splicing import overlay_of
from assistant.solving.state import State
from assistant.solving.values import Candidate

_ENDLESS = "it does not end"
_SKIPS = "skips tests that run without the change"


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
    """Runs tests with candidates; without one once, where a candidate fails or skips some."""

    before: dict[tuple[str, ...], CommandResult] = field(default_factory=dict)

    def compare(
        self, state: State, candidate: Candidate, command: CheckCommand, *, timeout: float
    ) -> Finding:
        """`timeout` is in seconds, for each run. Raises Cancelled."""
        root, overlay = state.job.workspace.repository.root, overlay_of(candidate)
        try:
            after = _run(state, command, overlay, timeout)
            if after.passed and not _skips(after):
                return Finding(seconds=after.seconds)
            before = self.before.get(command.argv)
            if before is None:
                before = self.before[command.argv] = _run(state, command, {}, timeout)
            found = _broken(root, before, after)
            if found.broken:
                again = _broken(root, before, _run(state, command, overlay, timeout))
                found = _in_both(found, again)
        except CheckError as error:
            return Finding(unknown=error.message.rstrip("."))
        return Finding(found.broken, found.unknown, after.seconds)


def _broken(root: Path, before: CommandResult, after: CommandResult) -> Finding:
    if after.passed:
        return Finding(unknown=_SKIPS if fewer_pass(before, after) else "")
    if before.timed_out:
        return Finding(unknown=f"takes longer than {before.seconds:.0f} s")
    if after.timed_out:
        return Finding((_ENDLESS,))
    failing, all_failing = _failing(root, after)
    if before.passed:
        return Finding(failing or (f"exit code {after.exit_code}",))
    known, all_known = _failing(root, before)
    fresh = tuple(name for name in failing if name not in known)
    if (fresh and all_known) or (not fresh and all_failing):
        return Finding(fresh)
    return Finding(unknown="fails without the change too, and not all failing tests are named")


def _in_both(first: Finding, second: Finding) -> Finding:
    """What two runs with the same candidate agree on."""
    if (first.broken == (_ENDLESS,)) != (second.broken == (_ENDLESS,)) and second.broken:
        return Finding(unknown="does not always end")
    both = tuple(name for name in first.broken if name in second.broken)
    return Finding(both, second.unknown)


def _skips(result: CommandResult) -> bool:
    counts = count_tests(result)
    return counts is not None and counts.skipped > 0


def _failing(root: Path, result: CommandResult) -> tuple[tuple[str, ...], bool]:
    """Names of the tests that fail, and whether these are all of them."""
    found = parse_failures(result.output, root)
    counts = count_tests(result)
    if counts is not None and counts.failed + counts.errors:
        are_all = len(found) >= counts.failed + counts.errors
    else:
        are_all = 0 < len(found) < MOST_FAILURES and not result.truncated
    return tuple(dict.fromkeys(failure.name for failure in found)), are_all


def _run(
    state: State, command: CheckCommand, overlay: Mapping[str, bytes | None], timeout: float
) -> CommandResult:
    result = state.job.workspace.runner.run(command, overlay, state.job.cancel, timeout=timeout)
    state.job.cancel.check()
    return result
