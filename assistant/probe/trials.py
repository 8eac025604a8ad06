"""Tries assertions and calls on candidates.

The assertions may be wrong, so the results say which candidate does more of what was expected, and
never that one is right.
"""

from collections.abc import Mapping, Sequence

from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.probe.scripts import Trial, run_trial

TRIAL_SECONDS = 20.0
"""Wall-clock limit of all assertions together."""

_SECONDS = 0.5
_EXECUTE = """\
def one(names, item):
    exec(item, dict(names))
    return True
"""


def try_assertions(
    runner: CheckRunner,
    path: str,
    assertions: Sequence[str],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
) -> tuple[bool, ...]:
    """Which assertions hold in the namespace of a Python file, under the overlay.

    None of them holds if the file cannot be imported. Raises Cancelled.
    """
    trial = Trial(_EXECUTE, path, "", assertions, _SECONDS, TRIAL_SECONDS)
    results = run_trial(runner, trial, overlay, cancel)
    return tuple(passed is True for passed in results) or (False,) * len(assertions)
