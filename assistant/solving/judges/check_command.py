"""Judges by the check command, which the user consented to run."""

from assistant.checks.results import Evidence, Status
from assistant.solving.baseline import outcome
from assistant.solving.registry import Judge, judge
from assistant.solving.splicing import overlay_of
from assistant.solving.state import State
from assistant.solving.values import Candidate


@judge
class CheckCommand(Judge):
    name = "tests"
    order = 12

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        """Passing proves something only where the same command failed before."""
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
        proves = result.passed and baseline.can_prove
        detail = outcome(result, "now") + ("" if proves or not result.passed else ", as before")
        return Evidence(
            self.name,
            Status.PASSED if result.passed else Status.FAILED,
            detail,
            result.output,
            proves=proves,
            seconds=result.seconds,
        )
