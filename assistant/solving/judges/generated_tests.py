"""Judges by tests that the model wrote: they rank candidates and prove nothing."""

from collections.abc import Iterator

from assistant.checks.results import Evidence, Status
from assistant.solving.events import Event
from assistant.solving.expectations import find_expectations
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate, TargetKind


@judge
class GeneratedTests(Judge):
    name = "generated tests"
    order = 41

    def prepare(self, state: State) -> Iterator[Event]:
        if suits(state):
            state.expectations = yield from find_expectations(
                state.job.workspace,
                state.job.context,
                state.job.intent,
                state.target.path,
                state.job.request.seed,
                state.job.cancel,
            )

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        expected = state.expectations
        if expected is None:
            return None
        held = expected.held(candidate)
        detail = f"passes {sum(held)} of {len(held)} generated tests"
        return Evidence(self.name, Status.HINT, detail, rank=-float(sum(held)))


def suits(state: State) -> bool:
    """Whether tests can be generated: for unwritten code without a check, with the user's consent,
    in a sandbox, where there are candidates to rank."""
    request = state.job.request
    return (
        request.generated_tests
        and request.check is None
        and request.candidates > 1
        and state.target.kind is TargetKind.STUB
        and len(state.targets) == 1
        and not state.fixing
        and state.job.workspace.runner.isolates
    )
