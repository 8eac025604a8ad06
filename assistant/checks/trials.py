"""Owns trying assertions that nobody vouches for on candidates.

Refuses to judge: who wrote the assertions may be wrong about them, so they say which candidate does
more of what was expected, and never that one is right.
"""

from collections.abc import Mapping, Sequence

from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.checks.scripts import Trial, run_trial

TRIAL_SECONDS = 20.0
"""Most wall time for all assertions together."""

_SECONDS = 0.5
_EXECUTE = """\
def one(names, item):
    exec(item, dict(names))
    return "passed"
"""
_EVALUATE = """\
def one(names, item):
    return "=" + repr(eval(item, dict(names)))
"""


def try_assertions(
    runner: CheckRunner,
    path: str,
    assertions: Sequence[str],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
) -> tuple[bool, ...]:
    """Which assertions hold in the namespace of a Python file, under the overlay.

    None of them does where the file cannot be imported. Raises Cancelled.
    """
    trial = Trial(_EXECUTE, path, "", assertions, _SECONDS, TRIAL_SECONDS)
    outcomes = run_trial(runner, trial, overlay, cancel)
    if not outcomes:
        return (False,) * len(assertions)
    return tuple(outcome == "passed" for outcome in outcomes)


def values_of(
    runner: CheckRunner,
    path: str,
    expressions: Sequence[str],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
) -> tuple[str, ...]:
    """What expressions give in the namespace of a Python file, under the overlay.

    "=" and the value's repr, "!" and the exception's type, or "late"; empty where the file cannot
    be imported. Raises Cancelled.
    """
    trial = Trial(_EVALUATE, path, "", expressions, _SECONDS, TRIAL_SECONDS)
    return run_trial(runner, trial, overlay, cancel)
