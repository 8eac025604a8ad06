"""Owns assertions that nobody vouches for: read from a text, and tried on candidates.

Refuses to judge: who wrote the assertions may be wrong about them, so they say which candidate does
more of what was expected, and never that one is right.
"""

import ast
import warnings
from collections.abc import Mapping, Sequence

from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.checks.scripts import Trial, run_trial

TRIAL_SECONDS = 20.0
"""Most wall time for all assertions together."""

MOST_ASSERTIONS = 40

_SECONDS = 0.5
_EXECUTE = """\
def one(names, item):
    exec(item, dict(names))
    return "passed"
"""


def assertions_in(text: str) -> tuple[str, ...]:
    """Lines that assert something about a call, each once; what does not parse is left out."""
    found: dict[str, None] = {}
    for line in text.splitlines():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                statements = ast.parse(line.strip()).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if (
            len(statements) == 1
            and isinstance(statements[0], ast.Assert)
            and any(isinstance(node, ast.Call) for node in ast.walk(statements[0].test))
        ):
            found.setdefault(ast.unparse(statements[0]))
    return tuple(found)[:MOST_ASSERTIONS]


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
