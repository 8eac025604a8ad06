"""Tries assertions and calls on candidates.

The assertions may be wrong, so the results say which candidate does more of what was expected, and
never that one is right.
"""

import ast
from collections.abc import Collection, Mapping, Sequence

from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.probe.outcomes import Outcome, decoded
from assistant.probe.scripts import Trial, run_trial
from assistant.repo.python_trees import parsed

TRIAL_SECONDS = 20.0
"""Wall-clock limit of all assertions together."""

_SECONDS = 0.5
_LONGEST = 200
"""Characters of an error message that are kept."""
_EXECUTE = """\
def one(names, item):
    exec(item, dict(names))
    return True
"""
_EVALUATE = """\
def one(names, item):
    return {"ending": "value", "text": repr(eval(item, dict(names)))}
"""
_FIND_ERROR = """\
def one(names, item):
    try:
        eval(item, dict(names))
    except Exception as error:
        last = error.__traceback__
        while last.tb_next is not None:
            last = last.tb_next
        inside = last.tb_frame.f_code.co_filename == names.get("__file__")
        return [last.tb_lineno if inside else 0, f"{type(error).__name__}: {error}"]
    return None
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


def values_of(
    runner: CheckRunner,
    path: str,
    expressions: Sequence[str],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
) -> tuple[Outcome, ...]:
    """Evaluates expressions in the namespace of a Python file, under the overlay.

    Empty if the file cannot be imported. Raises Cancelled.
    """
    trial = Trial(_EVALUATE, path, "", expressions, _SECONDS, TRIAL_SECONDS)
    return decoded(run_trial(runner, trial, overlay, cancel))


def errors_at(
    runner: CheckRunner,
    path: str,
    calls: Sequence[str],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
    *,
    refuses: bool,
) -> tuple[str, ...]:
    """The error that each call raises in the namespace of a Python file, under the overlay.

    Empty for a call that raises none or times out, and for all calls if the file cannot be
    imported. With `refuses`, the file may reject inputs, so errors that it raises explicitly do not
    count. Raises Cancelled.
    """
    nothing = ("",) * len(calls)
    if not calls:
        return nothing
    trial = Trial(_FIND_ERROR, path, "", calls, _SECONDS, TRIAL_SECONDS)
    results = run_trial(runner, trial, overlay, cancel)
    deliberate = _raising_lines(overlay.get(path) or b"") if refuses else set()
    return tuple(_error(result, deliberate) for result in results) or nothing


def _error(result: object, deliberate: Collection[int]) -> str:
    """The error in a result; empty if there is none, or a line in `deliberate` raised it."""
    match result:
        case [int(line), str(error)] if line not in deliberate:
            return " ".join(error.split())[:_LONGEST]
    return ""


def _raising_lines(code: bytes) -> set[int]:
    """The lines of `raise` and `assert` statements."""
    tree = parsed(code)
    return {
        line
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.Raise | ast.Assert)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
