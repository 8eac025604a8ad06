"""Runs the check command before any change, and decides how long later runs may take."""

from collections.abc import Generator
from dataclasses import dataclass, replace

from assistant.checks.commands import CheckCommand
from assistant.checks.failures import parse_failures
from assistant.checks.results import CommandResult, Evidence, Status
from assistant.checks.unable import why_unable
from assistant.engine.base import Cancel
from assistant.errors import CheckError
from assistant.solving.events import CheckFinished, Event, Phase, PhaseStarted
from assistant.solving.request import Workspace

CHECK_SECONDS = 120.0
"""Wall time limit of one run of a check command."""

HANG_SECONDS = 60.0
"""The same for the first run of a fix: a check that takes longer is taken to hang."""

UNHUNG_SECONDS = 20.0
"""The same for the first candidate after a check that hung."""

AGAIN_SECONDS = 8.0
"""The same after a candidate that hung: candidates with endless loops come in groups."""

LEAST_SECONDS = 5.0
SLOWER = 5
"""A candidate's run may take this many times as long as one that ended."""


@dataclass(slots=True)
class Patience:
    """The time limit of a candidate's run, so that endless loops leave time for others."""

    seconds: float
    ended: bool
    """A run has ended by itself, so its duration is known."""

    @classmethod
    def after(cls, before: CommandResult) -> "Patience":
        """From the run before any change."""
        patience = cls(UNHUNG_SECONDS, ended=False)
        if not before.timed_out:
            patience.learn(before)
        return patience

    def learn(self, result: CommandResult) -> None:
        """From a candidate's run; of those that end, only from the first."""
        if self.ended:
            return
        self.ended = not result.timed_out
        known = min(CHECK_SECONDS, LEAST_SECONDS + SLOWER * result.seconds)
        self.seconds = known if self.ended else AGAIN_SECONDS


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the check command says before any change."""

    command: CheckCommand
    result: CommandResult
    patience: Patience

    @property
    def can_prove(self) -> bool:
        """Passing proves something only where the check failed before."""
        return not self.result.passed


def run_baseline(
    workspace: Workspace,
    command: CheckCommand | None,
    cancel: Cancel,
    *,
    timeout: float = CHECK_SECONDS,
) -> Generator[Event, None, Baseline | None]:
    """Runs the check before any change; returns None when there is none.

    Raises CheckError when the check cannot run here, since no change to the code would help.
    """
    if command is None:
        return None
    yield PhaseStarted(Phase.CHECKING, command.text)
    result = workspace.runner.run(command, {}, cancel, timeout=timeout)
    cancel.check()
    status = Status.PASSED if result.passed else Status.FAILED
    found = Evidence("tests", status, outcome(result, "before"), result.output)
    yield CheckFinished(-1, replace(found, seconds=result.seconds))
    # Failing tests show that the check did run, whatever their output looks like.
    ran = parse_failures(result.output, workspace.repository.root)
    if not ran and (why := why_unable(result)):
        raise CheckError(
            f"The check cannot run: {why}.",
            hint="Install what is missing, put a virtual environment that has it into the "
            "repository as .venv, or give another check command.",
        )
    return Baseline(command, result, Patience.after(result))


def outcome(result: CommandResult, when: str) -> str:
    """One line on a run; `when` is "before" or "now"."""
    if result.timed_out:
        return f"timed out {when} after {result.seconds:.0f} s"
    return f"passes {when}" if result.passed else f"fails {when} (exit code {result.exit_code})"
