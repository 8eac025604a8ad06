"""Owns the writing of several answers to one prompt at the same time.

A forward pass for one token reads all weights, and so does one for a token of each of several
answers: where the reading is what takes the time, the others come nearly free. Which tokens come
out does not change, nor does the order of events: an answer's come together, one answer after the
other, so that whoever listens needs not know.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from assistant.engine.base import Cancel, Finish, Token
from assistant.engine.decoding import Candidate, Clock, Steps, Wanted
from assistant.engine.prefix import extend_together


@dataclass(slots=True)
class _Member:
    steps: Steps
    wanted: Wanted | None = None
    over: bool = False
    events: deque[Token | Finish] = field(default_factory=deque)

    def advance(self, rows: Tensor | None) -> None:
        """Goes on until it needs rows, or has ended."""
        self.wanted = None
        try:
            step = self.steps.send(rows)
            while not isinstance(step, Wanted):
                self.events.append(step)
                step = next(self.steps)
            self.wanted = step
        except StopIteration:
            self.over = True


def run_together(
    candidates: Sequence[Candidate], row: Tensor, cancel: Cancel, clock: Clock
) -> Iterator[Token | Finish]:
    """Events of all candidates, which have sequences of their own; `row` as in `Candidate.run`."""
    members = deque(_Member(each.steps(row, cancel, clock)) for each in candidates)
    for member in members:
        member.advance(None)
    while members:
        first = members[0]
        yield from first.events
        first.events.clear()
        if first.over:
            members.popleft()
            continue
        waiting = [(each, each.wanted) for each in members if each.wanted is not None]
        rows = extend_together([(w.sequence, w.ids) for _, w in waiting])
        for (member, _), each in zip(waiting, rows, strict=True):
            member.advance(each)
