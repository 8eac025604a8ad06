"""Owns assertions that nobody vouches for: read from a text, and tried on candidates.

Refuses to judge: who wrote the assertions may be wrong about them, so they say which candidate does
more of what was expected, and never that one is right.
"""

import ast
import json
import warnings
from collections.abc import Mapping, Sequence

from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.checks.scripts import module_of, run_script

TRIAL_SECONDS = 20.0
"""Most wall time for all assertions together."""

MOST_ASSERTIONS = 40

_PROGRAM = """\
import contextlib, importlib, io, json, signal, sys

FOLDER, MODULE, TESTS = json.loads(%s)
MOST_SLOW = 5
sys.path.insert(0, FOLDER)


class Late(BaseException):
    pass


def late(*_):
    raise Late


slow = 0


def outcome(names, text):
    global slow
    if slow >= MOST_SLOW:
        return "late"
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        exec(text, dict(names))
        return "passed"
    except AssertionError:
        return "failed"
    except Late:
        slow += 1
        return "late"
    except BaseException as error:
        return "!" + type(error).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


signal.signal(signal.SIGALRM, late)
said = io.StringIO()
with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
    names = vars(importlib.import_module(MODULE))
    outcomes = [outcome(names, text) for text in TESTS]
print(%r + json.dumps(outcomes))
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
    question = json.dumps([*module_of(path), list(assertions)])
    outcomes = run_script(runner, _PROGRAM, question, overlay, cancel, timeout=TRIAL_SECONDS)
    if len(outcomes) != len(assertions):
        return (False,) * len(assertions)
    return tuple(outcome == "passed" for outcome in outcomes)
