"""Branches off a draft at its low-probability tokens.

Small models copy wrong code with near certainty, so sampling does not help: every token is likely.
The tokens of which they were least sure are where a change belongs. Each branch keeps the draft up
to one of them, bans it there, and continues greedily. Best first: the next branch is where most of
the model's probability has not been followed yet, the same position again included.
"""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.engine.base import Completion, Request, Sampling
from assistant.prompt.builder import closing_fence, opening_fence
from assistant.solving.drawing import LEAST_ANSWER, answer_tokens
from assistant.solving.events import Event, Phase
from assistant.solving.prompts import usual
from assistant.solving.registry import source
from assistant.solving.sources.rewrite import drafts, notes_of
from assistant.solving.state import State
from assistant.solving.values import Draft

LEAST_MASS = 0.0005
"""Below this remaining probability there is nothing to branch to."""


@source
class Branching:
    name = "branching"
    phase = Phase.WRITING

    def applies(self, state: State) -> bool:
        return not state.target.adds and _root(state) is not None

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        root = _root(state)
        if root is None:
            return
        opening, asked = _request(state)
        branches = Branches(root.written[0])
        key = (state.target.label, self.name)
        for _ in range(limit):
            found = branches.next()
            if found is None:
                return
            at, branch = found
            request = replace(asked, opening=asked.opening + branch.kept, banned=branch.banned)
            for event in drafts(state, request, opening + branch.kept, key):
                if isinstance(event, Draft):
                    branches.followed(at, branch, event.written[0])
                yield event


def _root(state: State) -> Draft | None:
    """The draft to branch off: a copy, else the first one."""
    label = state.target.label
    return state.memory.copied.get(label) or state.memory.first.get(label)


def _request(state: State) -> tuple[str, Request]:
    """The code that opens the answer, and the request of the greedy rewrite."""
    job, target, code = state.job, state.target, state.code()
    prompt = usual(job.context, target, code, job.intent.text, notes_of(state), fixing=state.fixing)
    fence = opening_fence(target.path, code)
    size = job.workspace.counter.count(code)
    most = answer_tokens(
        job.workspace,
        prompt.texts,
        fence + prompt.opening,
        wanted=max(2 * size + LEAST_ANSWER, 2 * LEAST_ANSWER),
        least=size + LEAST_ANSWER,
    )
    sampling = Sampling(seed=job.request.seed, max_tokens=most, stop=(closing_fence(code),))
    asked = Request(
        prompt.messages, opening=fence + prompt.opening, samplings=(sampling,), draft=code
    )
    return prompt.opening, asked


@dataclass(frozen=True, slots=True)
class Branch:
    kept: str
    """The copy up to the departure."""
    banned: tuple[str, ...]
    """The pieces that must not come there: the copy's, and those of earlier branches."""
    mass: float
    """Probability of everything else together."""


class Branches:
    """Positions of a draft where another token is likeliest, in a priority queue."""

    def __init__(self, answer: Completion) -> None:
        self._heap: list[tuple[float, int, Branch]] = []
        kept = ""
        for at, (piece, logprob) in enumerate(zip(answer.pieces, answer.logprobs, strict=True)):
            if piece.strip():
                self._add(at, Branch(kept, (piece,), 1.0 - math.exp(logprob)))
            kept += piece

    def next(self) -> tuple[int, Branch] | None:
        """A position, for `followed`, and the branch; None when the model was sure of the rest."""
        if not self._heap:
            return None
        _, at, branch = heapq.heappop(self._heap)
        return at, branch

    def followed(self, at: int, branch: Branch, taken: Completion) -> None:
        """Makes the same position a choice again, without the token that was taken."""
        if taken.pieces and taken.pieces[0].strip():
            mass = branch.mass - math.exp(taken.logprobs[0])
            self._add(at, Branch(branch.kept, (*branch.banned, taken.pieces[0]), mass))

    def _add(self, at: int, branch: Branch) -> None:
        if branch.mass >= LEAST_MASS:
            heapq.heappush(self._heap, (-branch.mass, at, branch))
