"""Observes the arguments with which a function is called while tests run in the sandbox.

Works for any style of test, because nothing is parsed: parametrized tests, fixtures, calls through
other functions. Only calls whose arguments are literals are kept, so that they can be repeated.
"""

import ast
import json
import secrets
from collections.abc import Iterator
from pathlib import PurePosixPath

from assistant.checks.commands import CheckCommand, runs_python
from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.errors import CheckError
from assistant.probe.examples import Arguments

MOST_CALLS = 48
_LONGEST = 400
"""Characters of the repr of the arguments."""
_FOLDER = ".assistant-observed"
_WRAPPERS = frozenset({"tox", "nox"})
"""They run the tests in another Python with an environment of its own."""
_TRACER = """\
import ast, atexit, json, os, sys, threading

MARK, PATH, NAME, MOST, LONGEST = json.loads(%s)
PATH = os.path.join(os.getcwd(), PATH)
calls = {}


def literal(value):
    text = repr(value)
    if len(text) > LONGEST or repr(ast.literal_eval(text)) != text:
        raise ValueError
    return text


def arguments(frame):
    code, given = frame.f_code, frame.f_locals
    function = frame.f_globals.get(NAME)
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    if getattr(function, "__code__", None) is not code:
        raise ValueError
    names = code.co_varnames
    values = [given[name] for name in names[:code.co_argcount]]
    at = code.co_argcount + code.co_kwonlyargcount
    for name in names[code.co_argcount:at]:
        if given[name] is not (function.__kwdefaults__ or {}).get(name, given):
            raise ValueError  # only positional arguments can be repeated
    defaults = list(function.__defaults__ or ())
    if code.co_flags & 4:  # inspect.CO_VARARGS
        more, at = given[names[at]], at + 1
        values += more
        defaults = [] if more else defaults
    if code.co_flags & 8 and given[names[at]]:  # inspect.CO_VARKEYWORDS
        raise ValueError
    while defaults and values and values[-1] is defaults[-1]:
        del values[-1], defaults[-1]
    return literal(tuple(values))


def called(frame, event, value):
    code = frame.f_code
    if event != "call" or code.co_name != NAME or code.co_filename != PATH or len(calls) >= MOST:
        return
    try:
        calls[arguments(frame)] = True
    except Exception:
        pass


def report():
    sys.setprofile(None)
    sys.stdout.flush()
    os.write(1, ("\\n" + MARK + json.dumps(list(calls)) + "\\n").encode())


if os.environ.setdefault("ASSISTANT_OBSERVED", str(os.getpid())) == str(os.getpid()):
    atexit.register(report)
    threading.setprofile(called)
    sys.setprofile(called)
"""


def observed_arguments(
    runner: CheckRunner,
    command: CheckCommand,
    path: str,
    name: str,
    cancel: Stop,
    *,
    timeout: float,
) -> tuple[Arguments, ...]:
    """Runs a test command and observes the top-level function `name` of the Python file `path`.

    The arguments of distinct calls, direct or not, in the order made, at most MOST_CALLS. Empty
    where the command cannot be traced, or takes longer than `timeout` seconds of wall-clock time.
    Raises Cancelled.
    """
    programs = {PurePosixPath(word).name for word in command.words}
    if not runs_python(command) or not _WRAPPERS.isdisjoint(programs):
        return ()
    mark = f"assistant-observed {secrets.token_hex(16)}:"
    tracer = _TRACER % repr(json.dumps([mark, path, name, MOST_CALLS, _LONGEST]))
    folders = f"{_FOLDER}:src" if (runner.root / "src").is_dir() else _FOLDER
    traced = CheckCommand(("env", f"PYTHONPATH={folders}", *command.argv), command.source)
    overlay = {f"{_FOLDER}/sitecustomize.py": tracer.encode()}
    try:
        result = runner.run(traced, overlay, cancel, timeout=timeout)
    except CheckError:
        return ()
    lines = [line for line in result.output.splitlines() if line.startswith(mark)]
    return tuple(_parsed(lines[-1].removeprefix(mark))) if lines else ()


def _parsed(text: str) -> Iterator[Arguments]:
    """What is malformed is left out: the code under test may have forged it."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return
    for row in rows if isinstance(rows, list) else ():
        try:
            arguments = ast.literal_eval(row) if isinstance(row, str) else None
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(arguments, tuple):
            yield arguments
