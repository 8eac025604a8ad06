"""Continues a file with missing bodies as a model for code learned to, without any chat.

Models for code have read far more repositories than conversations, so they write code that is not
there yet more often right when they go on with its file than when they are asked for it.
"""

from collections.abc import Iterator

from assistant.solving.events import Event, Phase
from assistant.solving.prompts import continued
from assistant.solving.registry import source
from assistant.solving.sources.rewrite import answers
from assistant.solving.state import State
from assistant.solving.values import Draft, TargetKind

MOST_CONTEXT = 2000
"""Tokens of context up to which it is used: this prompt cannot be read ahead."""


@source
class Continuation:
    name = "continuation"
    phase = Phase.WRITING

    def applies(self, state: State) -> bool:
        return (
            state.target.kind is TargetKind.STUB
            and not state.fixing
            and state.job.context.tokens <= MOST_CONTEXT
            and state.job.workspace.engine.info().can_continue
        )

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        job, target = state.job, state.target
        prompt = continued(job.context, target, state.code(), job.intent.text)
        if prompt is not None:
            yield from answers(state, self.name, prompt, limit)
