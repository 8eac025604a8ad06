"""Rewrites a function from its signature and docstring alone.

A small model copies the code that it sees, wrong code included. What it does not see it cannot
copy, so these drafts also serve as independent second opinions.
"""

from collections.abc import Iterator

from assistant.prompt.builder import expected_notes
from assistant.solving.covering import test_source
from assistant.solving.events import Event, Phase
from assistant.solving.prompts import without_body
from assistant.solving.registry import source
from assistant.solving.sources.rewrite import answers
from assistant.solving.state import State
from assistant.solving.values import Draft, Target


@source
class HiddenBody:
    name = "hidden body"
    phase = Phase.WRITING

    def applies(self, state: State) -> bool:
        return not state.target.adds

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        job, target = state.job, state.target
        expected = (job.briefing.expected if job.briefing else "") or _covering(state, target)
        prompt = without_body(job.context, target, state.code(), job.intent.text, expected)
        if prompt is not None:
            yield from answers(state, self.name, prompt, limit)


def _covering(state: State, target: Target) -> str:
    """A test that calls the unit, where no test is known to fail."""
    name = target.unit.name.rpartition(".")[2] if target.unit is not None else ""
    found = test_source(state.job.workspace, name) if name else ""
    return expected_notes((found,) if found else ())
