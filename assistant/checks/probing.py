"""Owns running one function of a candidate on many inputs, to compare what candidates do.

Runs in the sandbox of the check, and only where the user consented to a check that runs the
repository's Python code anyway. Refuses to judge: outcomes say what a candidate does, not whether
it should.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from assistant.checks.commands import CheckCommand
from assistant.checks.examples import Arguments
from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.checks.scripts import module_of, run_script

PROBE_SECONDS = 10.0
"""Most wall time for all calls together."""

_RUNNERS = frozenset({"pytest", "py.test", "unittest", "doctest", "tox", "nox"})
_PROGRAM = """\
import ast, contextlib, importlib, io, json, signal, sys

FOLDER, MODULE, NAME, INPUTS = json.loads(%s)
MOST_SLOW = 5
sys.path.insert(0, FOLDER)


class Late(BaseException):
    pass


def late(*_):
    raise Late


slow = 0


def outcome(function, text):
    global slow
    if slow >= MOST_SLOW:
        return "late"
    arguments = ast.literal_eval(text)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        value = repr(function(*arguments))
        return "=" + value if len(value) < 4000 else "long"
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
    function = getattr(importlib.import_module(MODULE), NAME)
    outcomes = [outcome(function, text) for text in INPUTS]
print(%r + json.dumps(outcomes))
"""


def runs_python(command: CheckCommand) -> bool:
    """True when a check command runs the repository's Python code, as far as its words tell.

    A linter or a compiler only reads code: who consents to one has not consented to run any.
    """
    words = [PurePosixPath(word).name for word in command.argv]
    return not _RUNNERS.isdisjoint(words) or (words[0].startswith("python") and "-m" not in words)


def probe(
    runner: CheckRunner,
    path: str,
    name: str,
    inputs: Sequence[Arguments],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
) -> tuple[str, ...]:
    """What the function `name` of the Python file `path` does on each input, under the overlay.

    "=" and the value's repr, or "!" and the exception's type, or a word for what cannot be
    compared; empty when the function cannot be called at all. Raises Cancelled.
    """
    question = json.dumps([*module_of(path), name, [repr(each) for each in inputs]])
    outcomes = run_script(runner, _PROGRAM, question, overlay, cancel, timeout=PROBE_SECONDS)
    return outcomes if len(outcomes) == len(inputs) else ()
