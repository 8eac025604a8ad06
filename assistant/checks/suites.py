"""Runs selected tests of a repository in the sandbox, and reports which of them fail.

pytest reports through a plugin of ours, which needs no parsing and also counts what passes. Of
other runners the output is read, so of many failing tests not all may be known.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.checks.commands import CheckCommand
from assistant.checks.counts import Counts, count_tests
from assistant.checks.discovery import ProjectTests, Runner
from assistant.checks.failures import parse_failures, without_escapes
from assistant.checks.results import CommandResult
from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.checks.unable import why_nothing_ran, why_unable
from assistant.errors import CheckError

_FOLDER = ".assistant-tests"
_PLUGIN = "assistant_results"
_MOST_NAMED = 200
"""Failing tests that are reported by name."""
_REPORTER = """\
import atexit, json, os, sys

MARK, MOST = %r, %d
passed, failed, ran = set(), {}, []


def pytest_runtest_logreport(report):
    ran[:] = [True]
    if report.failed:
        failed[report.nodeid] = True
    elif report.when == "call" and report.passed:
        passed.add(report.nodeid)


def pytest_collectreport(report):
    ran[:] = [True]
    if report.failed:
        failed[report.nodeid] = True


def tell():
    sys.stdout.flush()
    names = list(failed)[:MOST]
    facts = [len(passed - failed.keys()), names, len(failed)]
    os.write(1, ("\\n" + MARK + json.dumps(facts) + "\\n").encode())


def pytest_sessionfinish(session):
    # Workers of xdist load the plugin, too; the controller reports for them.
    if not hasattr(session.config, "workerinput"):
        atexit.register(tell)
"""
_BAD_OPTION, _USAGE = 4, "unrecognized arguments"
"""Exit code and message of pytest where its configuration needs a plugin that is missing."""
_FAILING = re.compile(
    r"^\s*--- FAIL: (\S+)|^FAIL\s+(\S+) \[\w+ failed\]"  # go
    r"|^test (\S+) \.\.\. FAILED$"  # cargo
    r"|^\s*FAIL\s+\S+ > (.+)$"  # vitest
    r"|^\s*not ok \d+ - ((?:(?! # ).)+)$|^\s*✖ (.+?) \([\d.]+ms\)$",  # node
    re.MULTILINE,
)
"""Tests that fail, also where no line of the repository is printed with them."""


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """What a run of tests showed."""

    passed: int = 0
    """The number of tests that passed; for go, of packages."""
    failed: tuple[str, ...] = ()
    """Names of tests, or of test files that cannot be loaded."""
    seconds: float = 0.0
    problem: str = ""
    """Why the tests could not be run to their end, with what to do, or why not all that fail are
    known, and then `passed` is 0; empty when they ran and all are known."""
    timed_out: bool = False
    output: str = ""


def run_tests(
    runner: CheckRunner,
    tests: ProjectTests,
    command: CheckCommand,
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
    *,
    timeout: float,
) -> SuiteRun:
    """Runs `command`, made by `tests.on`, on the working tree with the overlay.

    `timeout` is in seconds of wall-clock time. Raises Cancelled.
    """
    try:
        if tests.runner is Runner.PYTEST:
            return _pytest(runner, tests, command, overlay, cancel, timeout)
        result = runner.run(command, overlay, cancel, timeout=timeout)
    except CheckError as error:
        return SuiteRun(problem=f"{error.message.rstrip('.')}; {error.hint}".rstrip("; "))
    return _read(result, runner.root)


def _pytest(
    runner: CheckRunner,
    tests: ProjectTests,
    command: CheckCommand,
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
    timeout: float,
) -> SuiteRun:
    mark = f"assistant-tests {secrets.token_hex(16)}:"
    reporter = (_REPORTER % (mark, _MOST_NAMED)).encode()
    overlay = {**overlay, f"{_FOLDER}/{_PLUGIN}.py": reporter}
    result = runner.run(_reporting(command, runner.root), overlay, cancel, timeout=timeout)
    if result.exit_code == _BAD_OPTION and _USAGE in result.output:
        plain = CheckCommand((*command.argv, "-o", "addopts="), command.source)
        result = runner.run(_reporting(plain, runner.root), overlay, cancel, timeout=timeout)
    lines = result.output.splitlines()
    told = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
    output = "\n".join(line for line in lines if not line.startswith(mark))
    if result.timed_out or not told:
        return _unable(result, output, tests)
    try:
        passed, failed, total = json.loads(told[-1])
        more = int(total) > len(failed)
        names = tuple(map(str, failed))
        unloaded = not passed and bool(names) and not any("::" in name for name in names)
        problem = _unloaded(names[0], output) if unloaded else ""
        run = SuiteRun(int(passed), names, result.seconds, problem, output=output)
    except (ValueError, TypeError, RecursionError):
        return SuiteRun(problem="the report of the tests cannot be read", output=output)
    if more:
        return replace(run, passed=0, problem=f"{total} tests fail, more than are compared")
    return run if passed or failed else _unable(result, output, tests)


def _unloaded(path: str, output: str) -> str:
    """Why the first of the test files that cannot be loaded cannot."""
    lines = [line.strip() for line in output.splitlines()]
    found = (line[1:].strip() for line in lines if line.startswith("E ") and "Error" in line)
    error = next(found, "")
    return f"{path} cannot be loaded{f': {error}' if error else ''}"


def _reporting(command: CheckCommand, root: Path) -> CheckCommand:
    """The command with the plugin, and with the sources before what is installed."""
    folders = [_FOLDER]
    if (root / "src").is_dir() and not (root / "src" / "__init__.py").exists():
        folders.append("src")
    options = f"-p {_PLUGIN} --continue-on-collection-errors --maxfail=0"
    settings = (f"PYTHONPATH={':'.join(folders)}", f"PYTEST_ADDOPTS={options}")
    return CheckCommand(("env", *settings, *command.argv), command.source)


def _unable(result: CommandResult, output: str, tests: ProjectTests) -> SuiteRun:
    """A run of pytest that reported nothing, or no test."""
    if result.timed_out:
        return _late(result)
    why = why_unable(result) or why_nothing_ran(result)
    environment = tests.environment
    if "No module named pytest" in why and environment is not None:
        why = f"pytest is not installed in {environment.label}; install it there"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return SuiteRun(problem=why or (lines[-1] if lines else "no test ran"), output=output)


def _read(result: CommandResult, root: Path) -> SuiteRun:
    if result.timed_out:
        return _late(result)
    if why := why_unable(result) or why_nothing_ran(result):
        return SuiteRun(problem=why, output=result.output)
    counts = count_tests(result) or Counts()
    output = without_escapes(result.output)
    found = [failure.name for failure in parse_failures(output, root)]
    found += [name for groups in _FAILING.findall(output) for name in groups if name]
    names = tuple(dict.fromkeys(found))
    if result.passed or (names and len(names) >= counts.failed + counts.errors):
        failed = () if result.passed else names
        return SuiteRun(counts.passed, failed, result.seconds, output=result.output)
    failed = names or (f"exit code {result.exit_code}",)
    problem = "the output does not name every test that fails"
    return SuiteRun(0, failed, result.seconds, problem, output=result.output)


def _late(result: CommandResult) -> SuiteRun:
    problem = f"they take longer than {result.seconds:.0f} s"
    return SuiteRun(seconds=result.seconds, problem=problem, timed_out=True, output=result.output)
