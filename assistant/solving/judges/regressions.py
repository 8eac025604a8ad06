"""Judges whether a candidate that passes the failing check breaks other tests.

A fix that turns one test green may break those beside it. The rest of the failing test's file runs,
then other test files that use what the candidate changes, and in the end, where time is left, all
tests with the best candidates. A candidate that breaks a test has failed; where these tests cannot
be run to their end, it is not verified.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from assistant.checks.failures import parse_failures
from assistant.checks.results import Evidence, Status
from assistant.checks.widening import RunnerCommand
from assistant.repo.ranking import is_test_path
from assistant.solving.baseline import Baseline
from assistant.solving.coverage import changed_code
from assistant.solving.covering import covering_tests
from assistant.solving.events import CheckFinished, Event, Phase, PhaseStarted
from assistant.solving.existing_tests import listed
from assistant.solving.pool import fingerprint
from assistant.solving.registry import Judge, judge
from assistant.solving.regress import Comparison, Finding
from assistant.solving.state import State
from assistant.solving.values import Candidate

FILE_SECONDS = 60.0
"""Wall time limit of a run of the failing test's file with those that use the change."""

SUITE_SECONDS = 30.0
"""The same for all tests: they run only where they are quick."""

MOST_SUITES = 3
"""Candidates with which all tests run, while they break some."""


@judge
class Regressions(Judge):
    name = "regressions"
    order = 13

    def __init__(self) -> None:
        self._comparison = Comparison()

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        """Nothing about a candidate that the check does not prove."""
        baseline, root = state.job.baseline, state.job.workspace.repository.root
        command = RunnerCommand.of(baseline.command, root) if baseline is not None else None
        if baseline is None or command is None or not candidate.passes:
            return None
        failing = _failing_files(baseline, root)
        covering = covering_tests(state.job.workspace, changed_code(candidate))
        users = [
            each.path
            for each in covering
            if each.path not in failing and not command.runs(each.path, root)
        ]
        rest = command.rest(root, failing)
        wider = command.on((*rest, *users))
        if wider is None:
            return None
        what = " and ".join((["the rest of its file"] if rest else []) + _files(users))
        if state.job.budget.spent:
            return evidence_of(self.name, Finding(unknown="was not run: time is up"), what)
        found = self._comparison.compare(state, candidate, wider, timeout=FILE_SECONDS)
        return evidence_of(self.name, found, what)


@judge
class Suite(Judge):
    name = "all tests"
    order = 90
    """After consensus, which decides what the best candidate is."""

    def conclude(self, state: State) -> Iterator[Event]:
        """Runs all tests with the best candidate; with the next one where it breaks some."""
        baseline, root = state.job.baseline, state.job.workspace.repository.root
        command = RunnerCommand.of(baseline.command, root) if baseline is not None else None
        wider = command.all(root) if command is not None else None
        if command is None or command.names_whole(_test_files(state), root):
            return
        comparison = Comparison()
        for _ in range(MOST_SUITES):
            best = state.best()
            if wider is None or best is None or not best.passes or state.job.budget.spent:
                return
            yield PhaseStarted(Phase.CHECKING, wider.text)
            found = comparison.compare(state, best, wider, timeout=SUITE_SECONDS)
            evidence = evidence_of(self.name, found, "the other tests")
            if found.unknown:  # more than was promised, so nothing to hold against it
                evidence = replace(evidence, status=Status.SKIPPED)
            state.pool.add_evidence(fingerprint(best), evidence)
            yield CheckFinished(best.id, evidence)
            if not found.broken:
                return


def evidence_of(name: str, found: Finding, what: str) -> Evidence:
    """What wider tests say, as evidence."""
    status = Status.PASSED
    detail = f"nothing breaks in {what}"
    if found.broken:
        status, detail = Status.FAILED, f"breaks {listed(found.broken)}"
    elif found.unknown:
        status, detail = Status.DISPUTED, f"{what} {found.unknown}"
    return Evidence(
        name, status, detail, "\n".join(found.broken), seconds=found.seconds, about=found.broken
    )


def _failing_files(baseline: Baseline, root: Path) -> tuple[str, ...]:
    """Paths of the test files in which the check fails."""
    found: dict[str, None] = {}
    for failure in parse_failures(baseline.result.output, root):
        for path in (failure.name.partition("::")[0], *(each.path for each in failure.frames)):
            if is_test_path(path) and (root / path).is_file():
                found[path] = None
    return tuple(found)


def _test_files(state: State) -> list[str]:
    """Paths of the Python files in the repository that may hold tests."""
    paths = (each.path for each in state.job.workspace.repository.snapshot().files)
    others = ("conftest.py", "__init__.py")
    return [
        each
        for each in paths
        if is_test_path(each) and each.endswith(".py") and not each.endswith(others)
    ]


def _files(paths: list[str]) -> list[str]:
    """What to call test files, if there are any."""
    return paths if len(paths) < 2 else [f"{len(paths)} files that use the change"]
