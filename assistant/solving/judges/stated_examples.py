"""Judges by the examples that the task states."""

from collections.abc import Iterator

from assistant.checks.results import Evidence, Status
from assistant.solving.events import Event
from assistant.solving.expectations import find_expectations
from assistant.solving.judges.generated_tests import GeneratedTests, suits
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate


@judge
class StatedExamples(Judge):
    name = "stated examples"
    order = 40

    def prepare(self, state: State) -> Iterator[Event]:
        """Reads the examples; where tests are generated, that does it."""
        if GeneratedTests.name not in state.pool.judges and suits(state):
            state.expectations = yield from find_expectations(
                state.job.workspace,
                state.job.context,
                state.job.intent,
                state.target.path,
                state.job.request.seed,
                state.job.cancel,
                generate=False,
            )

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        expected = state.expectations
        if expected is None or not expected.examples:
            return None
        missed = tuple(expected.missed_examples(candidate))
        held = expected.examples - len(missed)
        detail = f"does {held} of {expected.examples} stated examples"
        return Evidence(self.name, Status.HINT, detail, rank=-float(held), about=missed)
