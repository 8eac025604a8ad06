"""Asks for a target in other words, where a rewrite only repeats the code.

A model that copies under one prompt may change the code under another: with a sentence of
reasoning first, with nothing but the code and the task in view, or, for a repair, without the body.
"""

from collections.abc import Iterator

from assistant.engine.base import Request, Sampling
from assistant.intent.values import Topic
from assistant.prompt.builder import closing_fence, opening_fence
from assistant.solving.drawing import (
    LEAST_ANSWER,
    MOST_ANSWER,
    THOUGHT_TOKENS,
    room_for,
    think,
)
from assistant.solving.events import Event, Phase
from assistant.solving.prompts import Prompt, code_alone, reasoned, without_body
from assistant.solving.registry import source
from assistant.solving.sources.rewrite import STUB_ANSWER, drafts, expected_tokens, notes_of
from assistant.solving.state import State
from assistant.solving.values import Draft


@source
class PromptVariants:
    name = "prompt variants"
    phase = Phase.WRITING

    def applies(self, state: State) -> bool:
        return not state.target.adds

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        """One greedy draft for each variant; the limit only says when votes may settle it."""
        for prompt in _variants(state):
            yield from _answer(state, prompt, (state.target.label, self.name))


def _variants(state: State) -> list[Prompt]:
    job, target, code, notes = state.job, state.target, state.code(), notes_of(state)
    task = job.intent.text
    found = [
        reasoned(job.context, target, code, task, notes),
        code_alone(target, code, task, notes),
    ]
    if job.intent.asks(Topic.REPAIR):
        hidden = without_body(job.context, target, code, task, "")
        found[:0] = [hidden] if hidden is not None else []
    return found


def _answer(state: State, prompt: Prompt, key: tuple[str, str]) -> Iterator[Event | Draft]:
    """The greedy draft for one prompt; nothing where the context has no room for it."""
    workspace, code = state.job.workspace, state.code()
    opening = opening_fence(state.target.path, code) + prompt.opening
    size = workspace.counter.count(code)
    room = room_for(workspace, prompt.texts, opening)
    room -= THOUGHT_TOKENS if prompt.reasons else 0
    if room < size + LEAST_ANSWER:
        return  # the engine would refuse the request
    thought, number = "", 0
    if prompt.reasons:
        number = state.pool.new_id()
        thought = yield from think(workspace.engine, prompt.messages, state.drawing, number)
    most = min(max(2 * size + LEAST_ANSWER, STUB_ANSWER), max(MOST_ANSWER, size + LEAST_ANSWER))
    sampling = Sampling(
        seed=state.job.request.seed, max_tokens=min(most, room), stop=(closing_fence(code),)
    )
    asked = Request(prompt.messages, opening=thought + opening, samplings=(sampling,), draft=code)
    expected = expected_tokens(state, prompt)
    yield from drafts(state, asked, prompt.opening, key, number=number, expected=expected)
