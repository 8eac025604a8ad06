"""Gets inputs for a function from the tests that run it, where there is consent to run them."""

from assistant.checks.commands import CheckCommand, runs_python
from assistant.checks.discovery import NoTests
from assistant.probe.examples import Arguments
from assistant.probe.observed import observed_arguments
from assistant.solving.existing_tests import existing_tests
from assistant.solving.state import State

_MOST_SECONDS = 20.0
"""Wall-clock limit of the run; observing slows tests down."""


def observed_inputs(state: State, path: str, name: str) -> tuple[Arguments, ...]:
    """The arguments with which tests call a top-level function; the tests run once per function.

    Empty without consent, without a sandbox, and for tests that cannot be observed. Raises
    Cancelled.
    """
    known = state.memory.observed
    if (path, name) not in known:
        known[path, name] = ()
        command = _command(state)
        runner = state.job.workspace.runner
        if command is not None and runner.isolates and not state.job.budget.spent:
            calls = observed_arguments(
                runner, command, path, name, state.job.cancel, timeout=_MOST_SECONDS
            )
            known[path, name] = tuple(each for each in calls if each)
    return known[path, name]


def _command(state: State) -> CheckCommand | None:
    """The check, or the existing tests that cover the targets."""
    baseline = state.job.baseline
    if baseline is not None:
        return baseline.command if runs_python(baseline.command) else None
    if not state.job.request.tests:
        return None
    found = existing_tests(state.job.workspace, state.targets)
    return None if isinstance(found, NoTests) else found.command
