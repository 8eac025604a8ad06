"""Owns trying assertions and calls that nobody vouches for on candidates.

Refuses to judge: who wrote the assertions may be wrong about them, so they say which candidate does
more of what was expected, and never that one is right.
"""

import ast
from collections.abc import Collection, Mapping, Sequence

from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.probe.outcomes import Outcome, decoded
from assistant.probe.scripts import Trial, run_trial
from assistant.repo.python_trees import parsed

TRIAL_SECONDS = 20.0
"""Most wall time for all assertions together."""

_SECONDS = 0.5
_LONGEST = 200
"""Characters of an error."""
_EXECUTE = """\
def one(names, item):
    exec(item, dict(names))
    return True
"""
_EVALUATE = """\
def one(names, item):
    return {"ending": "value", "text": repr(eval(item, dict(names)))}
"""
_FAIL = """\
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

    None of them does where the file cannot be imported. Raises Cancelled.
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
    """What expressions give in the namespace of a Python file, under the overlay.

    Empty where the file cannot be imported. Raises Cancelled.
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
    """For each call in the namespace of a Python file, under the overlay, the error that it ends
    with; empty where it ends with none, or, if the file `refuses` inputs rightly, raises it itself.

    Empty for all where nothing is to be called, or the file cannot be imported. Raises Cancelled.
    """
    nothing = ("",) * len(calls)
    if not calls:
        return nothing
    trial = Trial(_FAIL, path, "", calls, _SECONDS, TRIAL_SECONDS)
    results = run_trial(runner, trial, overlay, cancel)
    meant = _lines_that_raise(overlay.get(path) or b"") if refuses else set()
    return tuple(_error(result, meant) for result in results) or nothing


def _error(result: object, meant: Collection[int]) -> str:
    """The error of a result; empty where there is none, or a line of `meant` raised it."""
    match result:
        case [int(line), str(error)] if line not in meant:
            return " ".join(error.split())[:_LONGEST]
    return ""  # a value, it took too long, or it ended the program


def _lines_that_raise(code: bytes) -> set[int]:
    tree = parsed(code)
    return {
        line
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.Raise | ast.Assert)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
