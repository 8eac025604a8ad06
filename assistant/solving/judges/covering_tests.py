"""Judges an edit that has no check by the existing tests that cover it.

They run before any change and with the candidates that rank first, or with all of them where they
are quick. A candidate that breaks one has failed. What failed before does not count, and passing
proves nothing: the tests were written for the code as it was. Where tests no longer run, nothing is
tested; where only examples do not, because the docstring is another, the candidate ranks later.
"""

from collections.abc import Iterator

from assistant.checks.discovery import NoTests
from assistant.checks.results import Evidence, Status, Verdict
from assistant.solving.events import CheckFinished, Event, Phase, PhaseStarted
from assistant.solving.existing_tests import (
    ExistingTests,
    Results,
    existing_tests,
    listed,
    results_of,
)
from assistant.solving.pool import fingerprint
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate, Target, TargetKind

QUICK_SECONDS = 2.0
"""Tests that take less run with every candidate, as soon as it is drawn."""

MOST_CANDIDATES = 3
"""With which slower tests run."""


@judge
class CoveringTests(Judge):
    name = "covering tests"
    order = 14

    def __init__(self) -> None:
        self._covering: ExistingTests | None = None
        self._before: Results | None = None
        self._untested: Evidence | None = None
        """Why no tests run."""

    def prepare(self, state: State) -> Iterator[Event]:
        """Selects the tests and, with the user's consent, runs them on the code as it is."""
        if state.fixing or state.job.baseline is not None:
            return
        found = existing_tests(state.job.workspace, _targets(state))
        consents = state.job.request.tests
        if isinstance(found, NoTests):
            self._untested = self._skipped(found.reason) if consents else None
        elif not state.job.workspace.runner.isolates:
            self._untested = self._skipped("without a check, tests run only in a sandbox")
        elif not consents:
            command = found.command or found.project.command
            self._untested = self._skipped(f"{command.text} would cover this, with --tests")
        else:
            yield from self._run_before(state, found)

    def _run_before(self, state: State, tests: ExistingTests) -> Iterator[Event]:
        command = tests.command
        yield PhaseStarted(Phase.CHECKING, command.text if command else "doctests")
        before = results_of(state.job.workspace, tests, None, state.job.cancel)
        narrower = tests.narrower()
        if before.run.timed_out and narrower is not None:
            tests = narrower
            before = results_of(state.job.workspace, tests, None, state.job.cancel)
        if before.problem:
            self._untested = self._skipped(f"{before.problem} ({tests.project.why})")
            return
        counted, why = tests.counted(before, before), tests.project.why
        detail = f"{counted} before{_others(tests, before)} ({why})"
        yield CheckFinished(-1, Evidence(self.name, Status.PASSED, detail, before.run.output))
        self._covering, self._before = tests, before

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        if self._covering is None or self._before is None:
            return self._untested
        if self._before.seconds > QUICK_SECONDS or state.job.budget.spent:
            return None
        return self._tested(state, candidate, self._covering, self._before)

    def conclude(self, state: State) -> Iterator[Event]:
        """Runs slower tests with the best candidate; with the next one where it breaks some."""
        if self._covering is None or self._before is None:
            return
        for _ in range(MOST_CANDIDATES):
            best = state.best()
            if best is None or best.found(self.name) or best.verdict is Verdict.FAILED:
                return
            if state.job.budget.spent:
                return
            yield PhaseStarted(Phase.CHECKING, self._covering.project.runner.value)
            evidence = self._tested(state, best, self._covering, self._before)
            state.pool.add_evidence(fingerprint(best), evidence)
            yield CheckFinished(best.id, evidence)

    def _tested(
        self, state: State, candidate: Candidate, tests: ExistingTests, before: Results
    ) -> Evidence:
        after = results_of(state.job.workspace, tests, candidate, state.job.cancel, before=before)
        broken, gone = after.broken_since(before), after.gone_since(before)
        if after.run.timed_out:
            broken = (*broken, f"the tests {tests.where}, which do not end")
        both = tests.counted(before, after)
        missing = f"no longer run: {listed(gone)}" if gone else ""
        if not broken and (not both or after.run.passed < before.run.passed):
            return self._skipped(f"{after.run.problem or missing} ({tests.project.why})")
        passing = f"{both}, before and after{_others(tests, before)}{missing and f'; {missing}'}"
        return Evidence(
            self.name,
            Status.FAILED if broken else Status.PASSED,
            f"breaks {listed(broken)}" if broken else passing,
            after.run.output,
            covers=not broken,
            rank=1.0 if gone else 0.0,
            seconds=after.seconds,
            about=broken,
        )

    def _skipped(self, why: str) -> Evidence:
        return Evidence(self.name, Status.SKIPPED, f"not tested: {why}")


def _targets(state: State) -> tuple[Target, ...]:
    """The targets whose code exists, with those that were written before them."""
    targets = (*state.earlier.targets, *state.targets)
    return tuple(each for each in targets if each.kind is not TargetKind.NEW_FILE) or targets


def _others(tests: ExistingTests, before: Results) -> str:
    """What the tests do not say: some fail before any change, or cannot run, or cover no target."""
    others = f"; nothing tests {listed(tests.untested)}" if tests.untested else ""
    if before.run.problem:
        return f"; tests cannot run: {before.run.problem}{others}"
    failed = len(before.run.failed)
    return f"; {failed} failed before{others}" if failed else others
