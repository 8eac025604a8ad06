"""Owns trying one item after the other on a candidate's module, in the sandbox of the check.

The module may print, hang or end the process: each item has its time, and what counts is the last
line, behind a mark that the code cannot foresee.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.checks.commands import CheckCommand
from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.errors import CheckError

_SCRIPT = "assistant_probe.py"
_PROGRAM = """\
import ast, contextlib, importlib, io, json, signal, sys

FOLDER, MODULE, NAME, SECONDS, MOST_SLOW, ITEMS = json.loads(%s)
sys.path.insert(0, FOLDER)


class Late(BaseException):
    pass


def late(*_):
    raise Late


slow = 0


%s


def outcome(subject, item):
    global slow
    if slow >= MOST_SLOW:
        return {"ending": "timeout"}
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        return one(subject, item)
    except Late:
        slow += 1
        return {"ending": "timeout"}
    except BaseException as error:
        return {"ending": "error", "text": type(error).__name__}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


signal.signal(signal.SIGALRM, late)
said = io.StringIO()
with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
    module = importlib.import_module(MODULE)
    subject = getattr(module, NAME) if NAME else vars(module)
    outcomes = [outcome(subject, item) for item in ITEMS]
print(%r + json.dumps(outcomes))
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried, with what, for how long."""

    code: str
    """Python that defines `one(subject, item)`, which returns a JSON value."""
    path: str
    """Of the Python file that is imported."""
    name: str
    """The subject: what the file calls so; empty for all its names, as a dict."""
    items: Sequence[str]
    seconds: float
    """Most wall time of one item."""
    timeout: float
    """Most wall time of all."""
    most_late: int = 5
    """Items that took too long, from which on no other is tried."""


def run_trial(
    runner: CheckRunner, trial: Trial, overlay: Mapping[str, bytes | None], cancel: Stop
) -> tuple[object, ...]:
    """The JSON value that `one` returned for each item.

    An item that raised gives `{"ending": "error", "text": <exception type>}`, and one that took
    too long, or was not tried, `{"ending": "timeout"}`. Empty if the file cannot be imported, lacks
    the name, or ended the program. Raises Cancelled.
    """
    mark = f"assistant-outcomes {secrets.token_hex(16)}:"
    how = (trial.name, trial.seconds, trial.most_late)
    question = json.dumps([*_module(trial.path), *how, list(trial.items)])
    program = _PROGRAM % (repr(question), trial.code, mark)
    command = CheckCommand(("python", "-B", _SCRIPT), "probe")
    try:
        result = runner.run(
            command, {**overlay, _SCRIPT: program.encode()}, cancel, timeout=trial.timeout
        )
    except CheckError:
        return ()
    last = result.output.rstrip("\n").rpartition("\n")[2]
    if not last.startswith(mark):
        return ()
    try:
        results = json.loads(last.removeprefix(mark))
    except ValueError:
        return ()
    if not isinstance(results, list) or len(results) != len(trial.items):
        return ()
    return tuple(results)


def _module(path: str) -> tuple[str, str]:
    """The folder to import from, relative to the root, and the module of a Python file."""
    folder, inner = ("src", path[4:]) if path.startswith("src/") else (".", path)
    return folder, ".".join(PurePosixPath(inner).with_suffix("").parts)
