"""Decodes several candidates of one prompt in a batch.

A forward pass reads all weights whether it extends one candidate or several. Where memory bandwidth
is the bottleneck, further candidates are nearly free. Batching changes neither the tokens nor the
order of events: callers receive all events of one candidate before those of the next.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from assistant.engine.base import Cancel, Finish, Token
from assistant.engine.decoding import Candidate, Clock, LogitsNeeded, Steps
from assistant.engine.prefix import extend_together


@dataclass(slots=True)
class _Member:
    steps: Steps
    pending: LogitsNeeded | None = None
    finished: bool = False
    events: deque[Token | Finish] = field(default_factory=deque)

    def advance(self, rows: Tensor | None) -> None:
        """Runs the candidate until it needs logits or ends."""
        self.pending = None
        try:
            step = self.steps.send(rows)
            while not isinstance(step, LogitsNeeded):
                self.events.append(step)
                step = next(self.steps)
            self.pending = step
        except StopIteration:
            self.finished = True


def run_together(
    candidates: Sequence[Candidate], row: Tensor, cancel: Cancel, clock: Clock
) -> Iterator[Token | Finish]:
    """Events of all candidates, each on its own sequence; `row` as in `Candidate.run`."""
    members = deque(_Member(each.steps(row, cancel, clock)) for each in candidates)
    for member in members:
        member.advance(None)
    while members:
        first = members[0]
        yield from first.events
        first.events.clear()
        if first.finished:
            members.popleft()
            continue
        waiting = [(each, each.pending) for each in members if each.pending is not None]
        rows = extend_together([(p.sequence, p.ids) for _, p in waiting])
        for (member, _), each in zip(waiting, rows, strict=True):
            member.advance(each)
