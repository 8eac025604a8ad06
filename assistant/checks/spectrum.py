"""Records which functions of the repository the failing and the passing tests run.

Spectrum-based fault localization: functions that failing tests run and passing tests do not are the
most suspicious (the measure is Ochiai, as in Abreu et al., "On the Accuracy of Spectrum-based Fault
Localization", 2007). The check runs again in its sandbox, with a tracing module that Python loads
at startup. Commands that start Python in a way that cannot be traced yield no spectrum.
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
"""Kept from a run, by most failing tests first, then by fewest passing tests."""

_WRAPPERS = frozenset({"tox", "nox"})
"""They run the tests in another Python with an environment of its own."""

_TRACER = """\
import atexit, json, os, sys

MARK, MOST = %r, %d
ROOT = os.getcwd() + os.sep
running, counts, tests = set(), {}, [0, 0]
OPTIMIZED = 1  # inspect.CO_OPTIMIZED: set for functions, not for module and class bodies


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


def report():
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
        atexit.register(report)
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
    """A function that at least one test ran."""

    path: str
    line: int
    """Its first line, 1-based, including decorators."""
    failing: int
    """The number of failing tests that ran it."""
    passing: int
    """The number of passing tests that ran it."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Which functions the tests of one run entered."""

    functions: tuple[RunFunction, ...]
    failed: int
    """The number of failed tests; a check without tests counts as one."""
    passed: int
    """The number of passed tests."""

    @property
    def is_complete(self) -> bool:
        """Whether every function that ran is listed."""
        return len(self.functions) < _MOST_FUNCTIONS

    def suspicion(self, function: RunFunction) -> float:
        """How closely running the function correlates with failing (Ochiai): 0 to 1."""
        runs = function.failing + function.passing
        return function.failing / math.sqrt(self.failed * runs) if runs and self.failed else 0.0


def take_spectrum(
    runner: CheckRunner, command: CheckCommand, cancel: Stop, *, timeout: float
) -> Spectrum | None:
    """Runs a check again and traces it; None if it cannot be traced.

    `timeout` is in seconds of wall-clock time. Raises Cancelled.
    """
    programs = {PurePosixPath(word).name for word in command.words}
    if not runs_python(command) or not _WRAPPERS.isdisjoint(programs):
        return None
    mark = f"assistant-spectrum {secrets.token_hex(16)}:"
    traced = ("env", f"PYTHONPATH={_FOLDER}", f"PYTEST_ADDOPTS=-p {_PLUGIN}", *command.argv)
    overlay = {
        f"{_FOLDER}/sitecustomize.py": (_TRACER % (mark, _MOST_FUNCTIONS)).encode(),
        f"{_FOLDER}/{_PLUGIN}.py": _PYTEST.encode(),
    }
    try:
        result = runner.run(CheckCommand(traced, command.source), overlay, cancel, timeout=timeout)
    except CheckError:
        return None
    lines = [line for line in result.output.splitlines() if line.startswith(mark)]
    if not lines:
        return None
    return _read(lines[-1].removeprefix(mark))


def _read(text: str) -> Spectrum | None:
    """None if the report is not plausible: the code under test may have forged it."""
    try:
        (failed, passed), rows = json.loads(text)
        functions = tuple(RunFunction(*row) for row in rows)
        bounds = [(0, failed), (0, passed)]
        for each in functions:
            bounds += [(1, each.line), (0, each.failing), (0, each.passing)]
            bounds += [(each.failing, failed), (each.passing, passed)]
        paths = all(isinstance(each.path, str) for each in functions)
        plausible = paths and all(_is_count(count, least) for least, count in bounds)
    except (ValueError, TypeError, RecursionError):
        return None
    return (
        Spectrum(functions, failed, passed) if plausible and functions and failed + passed else None
    )


def _is_count(value: object, least: int) -> bool:
    """Whether a value is an integer in the plausible range, from `least` on."""
    return isinstance(value, int) and least <= value < 2**31
