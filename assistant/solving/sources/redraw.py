"""Writes the code around a hunk again that the user sent back with a reason."""

from collections.abc import Iterator
from dataclasses import replace

from assistant.errors import ProposalError
from assistant.solving.events import CandidateDiscarded, Event, Phase
from assistant.solving.prompts import Prompt, corrected, sent_back
from assistant.solving.redrawing import Again
from assistant.solving.registry import source
from assistant.solving.sources.rewrite import answers, is_copy
from assistant.solving.state import State
from assistant.solving.values import Draft


@source
class Redraw:
    """Shows the code with the lines that were sent back; the reason is what to change."""

    name = "redraw"
    phase = Phase.WRITING

    def applies(self, state: State) -> bool:
        return state.job.again is not None

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        """Greedy first, then sampled; ends where the model only repeats the code."""
        again = state.job.again
        if again is not None:
            yield from _drawn(state, again, self.name, _correction(state, again), limit)


@source
class RedrawFromTask:
    """Shows the code without those lines: the task is done once more, knowing what was wrong."""

    name = "redraw from task"
    phase = Phase.WRITING

    def applies(self, state: State) -> bool:
        return state.job.again is not None

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        again = state.job.again
        if again is not None:
            prompt = sent_back(state.job.context, again, state.job.request.text)
            yield from _drawn(state, again, self.name, prompt, limit)


def _correction(state: State, again: Again) -> Prompt:
    return corrected(state.job.context, again, state.job.request.text)


def _drawn(
    state: State, again: Again, source: str, prompt: Prompt, limit: int
) -> Iterator[Event | Draft]:
    for event in answers(state, source, prompt, limit):
        if not isinstance(event, Draft):
            yield event
            continue
        try:
            data = again.assembled(event.text, state.job.intent)
        except ProposalError as error:
            yield CandidateDiscarded(event.id, error.message)
        else:
            yield replace(event, base=again.base, file=data)
        if is_copy(event.text, again.code):
            return  # other words help against a copy, not more of the same
