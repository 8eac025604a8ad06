"""Owns running a small program on a candidate, in the sandbox of the check, and hearing its answer.

The program imports code that may print, hang or end the process: what counts is the last line, and
only behind a mark that the code cannot foresee.
"""

import json
import secrets
from collections.abc import Mapping
from pathlib import PurePosixPath

from assistant.checks.commands import CheckCommand
from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.errors import CheckError

_SCRIPT = "assistant_probe.py"


def module_of(path: str) -> tuple[str, str]:
    """The folder to import from, relative to the root, and the module of a Python file."""
    folder, inner = ("src", path[4:]) if path.startswith("src/") else (".", path)
    return folder, ".".join(PurePosixPath(inner).with_suffix("").parts)


def run_script(
    runner: CheckRunner,
    program: str,
    question: str,
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
    *,
    timeout: float,
) -> tuple[str, ...]:
    """What the program printed as a JSON list behind its mark; empty when it came to none.

    `program` is Python with two places for %-formatting: the question, in JSON, and the mark.
    Raises Cancelled.
    """
    mark = f"assistant-outcomes {secrets.token_hex(16)}:"
    text = program % (repr(question), mark)
    command = CheckCommand(("python", "-B", _SCRIPT), "probe")
    try:
        result = runner.run(command, {**overlay, _SCRIPT: text.encode()}, cancel, timeout=timeout)
    except CheckError:
        return ()
    last = result.output.rstrip("\n").rpartition("\n")[2]
    if not last.startswith(mark):
        return ()
    try:
        outcomes = json.loads(last.removeprefix(mark))
    except ValueError:
        return ()
    return tuple(map(str, outcomes)) if isinstance(outcomes, list) else ()
