"""Owns seeing which functions of the repository the failing tests run, and which the passing ones.

What failing tests run and passing ones do not is where to look first (spectrum-based fault
localization; the measure is Ochiai's, as in Abreu et al., "On the Accuracy of Spectrum-based Fault
Localization", 2007). The check runs once more in its sandbox, with a module beside it that Python
loads at start. Refuses commands that start Python in ways that it cannot follow: then there is no
spectrum, and no harm.
"""

import json
import math
import secrets
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.checks.commands import CheckCommand, runs_python
from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.errors import CheckError

_FOLDER = ".assistant-spectrum"
_PLUGIN = "assistant_spectrum"
_MOST_FUNCTIONS = 500
"""Of a run: those that most failing tests run, then those that fewest passing ones do."""

_WRAPPERS = frozenset({"tox", "nox"})
"""They start the tests in a Python of their own, with an environment of its own."""

_TRACER = """\
import atexit, json, os, sys

MARK, MOST = %r, %d
ROOT = os.getcwd() + os.sep
running, counts, tests = set(), {}, [0, 0]
OPTIMIZED = 1  # inspect.CO_OPTIMIZED: functions have it, bodies of modules and classes have not


def entered(code, *_):
    name = code.co_filename
    if name.startswith(ROOT) and code.co_flags & OPTIMIZED:
        running.add((name[len(ROOT):], code.co_firstlineno))
    return sys.monitoring.DISABLE if hasattr(sys, "monitoring") else None


def watch():
    if hasattr(sys, "monitoring"):
        tool = sys.monitoring.PROFILER_ID
        sys.monitoring.use_tool_id(tool, "assistant")
        sys.monitoring.register_callback(tool, sys.monitoring.events.PY_START, entered)
        sys.monitoring.set_events(tool, sys.monitoring.events.PY_START)
        return

    def called(frame, event, argument):
        if event == "call":
            entered(frame.f_code)

    import threading

    threading.setprofile(called)
    sys.setprofile(called)


def begin():
    running.clear()
    if hasattr(sys, "monitoring"):
        sys.monitoring.restart_events()


def end(failed):
    tests[not failed] += 1
    for each in running:
        counts.setdefault(each, [0, 0])[not failed] += 1


def watch_unittest():
    from unittest.case import TestCase

    run = TestCase.run

    def counted(self, result=None):
        if result is None or "pytest" in sys.modules:
            return run(self, result)
        before = len(result.failures) + len(result.errors)
        begin()
        try:
            return run(self, result)
        finally:
            end(len(result.failures) + len(result.errors) > before)

    TestCase.run = counted


def tell():
    if not any(tests):
        end(True)
    order = sorted(counts.items(), key=lambda each: (-each[1][0], each[1][1]))[:MOST]
    found = [[path, line, *count] for (path, line), count in order]
    sys.stdout.flush()
    os.write(1, ("\\n" + MARK + json.dumps([tests, found]) + "\\n").encode())


if os.environ.setdefault("ASSISTANT_SPECTRUM", str(os.getpid())) == str(os.getpid()):
    try:
        watch()
        watch_unittest()
    except Exception:
        pass
    else:
        atexit.register(tell)
"""

_PYTEST = """\
import sys

import pytest

spectrum = sys.modules.get("sitecustomize")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    spectrum.begin()
    yield


def pytest_runtest_logreport(report):
    if report.failed or report.when == "call":
        spectrum.end(report.failed)
"""


@dataclass(frozen=True, slots=True)
class RunFunction:
    """A function that some test ran."""

    path: str
    line: int
    """Where it begins, 1-based; a decorator's line where it has one."""
    failing: int
    """Failing tests that ran it."""
    passing: int


@dataclass(frozen=True, slots=True)
class Spectrum:
    functions: tuple[RunFunction, ...]
    failed: int
    """Tests that failed; a check without tests counts as one."""
    passed: int

    def suspicion(self, function: RunFunction) -> float:
        """0 to 1: how much running this function goes along with failing (Ochiai)."""
        runs = function.failing + function.passing
        return function.failing / math.sqrt(self.failed * runs) if runs and self.failed else 0.0


def take_spectrum(
    runner: CheckRunner, command: CheckCommand, cancel: Stop, *, timeout: float
) -> Spectrum | None:
    """Runs a failing check again and watches it; None where it could not be watched.

    `timeout` is in seconds of wall time. Raises Cancelled.
    """
    words = {PurePosixPath(word).name for word in command.argv}
    if not runs_python(command) or not _WRAPPERS.isdisjoint(words):
        return None
    mark = f"assistant-spectrum {secrets.token_hex(16)}:"
    watched = ("env", f"PYTHONPATH={_FOLDER}", f"PYTEST_ADDOPTS=-p {_PLUGIN}", *command.argv)
    overlay = {
        f"{_FOLDER}/sitecustomize.py": (_TRACER % (mark, _MOST_FUNCTIONS)).encode(),
        f"{_FOLDER}/{_PLUGIN}.py": _PYTEST.encode(),
    }
    try:
        result = runner.run(CheckCommand(watched, command.source), overlay, cancel, timeout=timeout)
    except CheckError:
        return None
    lines = [line for line in result.output.splitlines() if line.startswith(mark)]
    if not lines:
        return None
    return _read(lines[-1].removeprefix(mark))


def _read(text: str) -> Spectrum | None:
    """None for a report that cannot be true: the code under test can write one of its own."""
    try:
        (failed, passed), rows = json.loads(text)
        functions = tuple(RunFunction(*row) for row in rows)
        within = [(1, failed), (0, passed)]
        for each in functions:
            within += [(1, each.line), (0, each.failing), (0, each.passing)]
            within += [(each.failing, failed), (each.passing, passed)]
        paths = all(isinstance(each.path, str) for each in functions)
        true = paths and all(_is_count(count, least) for least, count in within)
    except (ValueError, TypeError, RecursionError):
        return None
    return Spectrum(functions, failed, passed) if functions and true else None


def _is_count(value: object, least: int) -> bool:
    """A whole number that a run of minutes can come to, and no less than another."""
    return isinstance(value, int) and least <= value < 2**31
