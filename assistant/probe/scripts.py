"""Tries items one by one on a candidate's module, in the sandbox that checks run in.

The module may print, hang or exit. Each item has a time limit, and only the last line of the output
counts, after a random mark.
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

FOLDER, MODULE, NAME, SECONDS, MOST_TIMEOUTS, ITEMS = json.loads(%s)
sys.path.insert(0, FOLDER)


class TimedOut(BaseException):
    pass


def time_out(*_):
    raise TimedOut


timeouts = 0


%s


def result(subject, item):
    global timeouts
    if timeouts >= MOST_TIMEOUTS:
        return {"ending": "timeout"}
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        return one(subject, item)
    except TimedOut:
        timeouts += 1
        return {"ending": "timeout"}
    except BaseException as error:
        return {"ending": "error", "text": type(error).__name__}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


signal.signal(signal.SIGALRM, time_out)
printed = io.StringIO()
with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
    module = importlib.import_module(MODULE)
    subject = getattr(module, NAME) if NAME else vars(module)
    results = [result(subject, item) for item in ITEMS]
print(%r + json.dumps(results))
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """What to try on which items, and for how long."""

    code: str
    """Python that defines `one(subject, item)`, which returns a JSON value."""
    path: str
    """The Python file to import."""
    name: str
    """The name in the file that is the subject; empty for a dict of all its names."""
    items: Sequence[str]
    seconds: float
    """Wall-clock limit of one item."""
    timeout: float
    """Wall-clock limit of the whole trial."""
    most_timeouts: int = 5
    """After this many timeouts, the remaining items are not tried and time out as well."""


def run_trial(
    runner: CheckRunner, trial: Trial, overlay: Mapping[str, bytes | None], cancel: Stop
) -> tuple[object, ...]:
    """The JSON value that `one` returned for each item.

    An item that raised gives `{"ending": "error", "text": <exception type>}`, and one that timed
    out `{"ending": "timeout"}`. Empty if the file cannot be imported, lacks the name, or ended the
    program. Raises Cancelled.
    """
    mark = f"assistant-outcomes {secrets.token_hex(16)}:"
    limits = (trial.name, trial.seconds, trial.most_timeouts)
    request = json.dumps([*_module(trial.path), *limits, list(trial.items)])
    program = _PROGRAM % (repr(request), trial.code, mark)
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
    except (ValueError, RecursionError):
        return ()
    if not isinstance(results, list) or len(results) != len(trial.items):
        return ()
    return tuple(results)


def _module(path: str) -> tuple[str, str]:
    """The folder to import from, relative to the root, and the module name of a Python file."""
    folder, inner = ("src", path[4:]) if path.startswith("src/") else (".", path)
    return folder, ".".join(PurePosixPath(inner).with_suffix("").parts)
