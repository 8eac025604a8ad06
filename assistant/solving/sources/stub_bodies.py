"""Writes the bodies that a candidate leaves out, one by one.

Small models write what they know and copy the rest of a stub. Each missing body is written as the
next lines of the candidate's own file, under a grammar that takes no placeholder.
"""

from collections.abc import Generator, Iterator
from dataclasses import replace

from assistant.engine.base import Completion, Constraint, Request
from assistant.errors import ProposalError
from assistant.proposal.assemble import assemble
from assistant.proposal.unwritten import left_unwritten
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, unit_text
from assistant.solving.drawing import LEAST_ANSWER, ladder, room_for
from assistant.solving.events import Event, Phase
from assistant.solving.prompts import finished
from assistant.solving.registry import source
from assistant.solving.sources.rewrite import drafts
from assistant.solving.state import State
from assistant.solving.values import Candidate, Draft, TargetKind

MOST_BODIES = 8
"""Bodies that are written for one candidate."""

_BODY_TOKENS = 2 * LEAST_ANSWER
_IDLE = r'(\s|#[^\n]*\n|"""[^"]*""")*'
_BODY = Constraint(
    "lark",
    rf"""start: BODY
BODY: /(?s:.*)/ & ~/{_IDLE}(pass|\.\.\.|raise NotImplementedError)(?s:.*)/ & ~/{_IDLE}/
""",
)
"""Something other than comments, and no placeholder first. A name that begins like a placeholder is
excluded as well: a model that wants to write the placeholder would go on with such a name."""


@source
class StubBodies:
    name = "stub bodies"
    phase = Phase.COMPLETING

    def applies(self, state: State) -> bool:
        stub = state.target.kind is TargetKind.STUB
        return stub and state.job.workspace.engine.info().can_continue

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        """The best incomplete candidates with the bodies that could be written."""
        incomplete = [each for each in state.pool.ranked() if _missing(state, each)]
        for base in incomplete[:limit]:
            yield from self._completed(state, base)

    def _completed(self, state: State, base: Candidate) -> Iterator[Event | Draft]:
        path, old = state.target.path, _bytes_of(state, base)[0]
        file = text_file(path, _bytes_of(state, base)[1])
        written: list[Completion] = []
        for name in _missing(state, base)[:MOST_BODIES]:
            unit = next((each for each in units_of(file) if each.name == name), None)
            if unit is None:
                continue
            draft = yield from self._body(state, file, unit)
            if draft is None:
                continue
            try:
                new = assemble(file, unit, draft.text, state.job.intent)
            except ProposalError:
                continue
            if name not in left_unwritten(old, new):
                file = text_file(path, new)
                written += draft.written
        if written:
            target = replace(state.target, unit=None)
            yield Draft(target, file.text, tuple(written), base)

    def _body(
        self, state: State, file: TextFile, unit: Unit
    ) -> Generator[Event, None, Draft | None]:
        """The likeliest body after the unit's head, or None when it cannot be used."""
        job = state.job
        prompt = finished(
            job.context, file.path, file.text, unit_text(file.text, unit), job.intent.text
        )
        room = room_for(job.workspace, prompt.texts, prompt.opening) if prompt else 0
        if prompt is None or room < LEAST_ANSWER:
            return None
        asked = Request(
            (),
            samplings=ladder(
                1,
                seed=job.request.seed,
                max_tokens=min(room, _BODY_TOKENS),
                stop=prompt.stop,
            ),
            opening=prompt.opening,
            files=prompt.files,
            constraint=_BODY,
        )
        found: Draft | None = None
        for event in drafts(state, asked, prompt.opening, (state.target.label, self.name)):
            if isinstance(event, Draft):
                found = event
            else:
                yield event
        return found


def _bytes_of(state: State, base: Candidate) -> tuple[bytes, bytes]:
    change = next(each for each in base.changes if each.path == state.target.path)
    return change.old or b"", change.new or b""


def _missing(state: State, base: Candidate) -> tuple[str, ...]:
    """Names of the functions of a stub that still have no body."""
    return left_unwritten(*_bytes_of(state, base), state.job.intent)
