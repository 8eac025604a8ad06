"""Judges by the check command, which the user consented to run."""

from assistant.checks.results import CommandResult, Evidence, Status
from assistant.checks.unable import fewer_pass, ran_tests
from assistant.solving.baseline import Baseline, outcome
from assistant.solving.coverage import Coverage
from assistant.solving.registry import Judge, judge
from assistant.solving.splicing import overlay_of
from assistant.solving.state import State
from assistant.solving.values import Candidate

_FEWER = "tests that ran before are skipped or gone"


@judge
class CheckCommand(Judge):
    name = "tests"
    order = 12

    def __init__(self) -> None:
        self._coverage: Coverage | None = None

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        """Passing proves something only where the same command failed before; where it passed,
        tests pass if they run what the candidate changes. Where tests that ran before are
        skipped or gone, these do not pass, and a fix has failed."""
        baseline = state.job.baseline
        if baseline is None:
            return None
        result = state.job.workspace.runner.run(
            baseline.command,
            overlay_of(candidate),
            state.job.cancel,
            timeout=baseline.patience.seconds,
        )
        state.job.cancel.check()
        baseline.patience.learn(result)
        fewer = result.passed and fewer_pass(baseline.result, result)
        passed = result.passed and not (fewer and baseline.can_prove)
        idle = _FEWER if fewer else self._why_idle(state, baseline, candidate, result)
        same = result.passed and not baseline.can_prove
        detail = outcome(result, "now") + (", as before" if same else "")
        return Evidence(
            self.name,
            Status.PASSED if passed else Status.FAILED,
            f"{detail}, but {idle}" if idle else detail,
            result.output,
            proves=passed and baseline.can_prove,
            covers=result.passed and not idle,
            seconds=result.seconds,
        )

    def _why_idle(
        self, state: State, baseline: Baseline, candidate: Candidate, result: CommandResult
    ) -> str:
        """Why a check that passes says nothing about the change; empty where it says something."""
        if not result.passed:
            return ""
        if not ran_tests(result):
            return "shows no test that passes"
        if baseline.can_prove:
            return ""
        if self._coverage is None:
            self._coverage = Coverage(state.job.workspace, baseline, state.job.cancel)
        return "runs none of the changed code" if self._coverage.misses(candidate) else ""
