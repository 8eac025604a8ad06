"""Writes only the lines of a target that change, as search and replace blocks."""

from collections.abc import Iterator

from assistant.engine.base import Constraint, Request
from assistant.errors import ProposalError
from assistant.prompt.builder import edit_messages, opening_fence
from assistant.proposal.hunk_form import OPENING, can_be_edited, edit_grammar, edited
from assistant.solving.drawing import LEAST_ANSWER, Drawn, answer_tokens, draw, ladder, why_unusable
from assistant.solving.events import CandidateDiscarded, Event, Phase
from assistant.solving.registry import source
from assistant.solving.sources.rewrite import notes_of
from assistant.solving.state import State
from assistant.solving.values import Draft, TargetKind


@source
class Hunks:
    name = "hunks"
    phase = Phase.WRITING

    def applies(self, state: State) -> bool:
        target = state.target
        whole = target.kind is TargetKind.REWRITE and target.unit is not None
        return whole and can_be_edited(state.code())

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        """Greedy first, then sampled."""
        job, target, code = state.job, state.target, state.code()
        name = target.unit.name if target.unit else ""
        messages = edit_messages(
            job.context, job.intent.text, target.path, name, code, notes_of(state)
        )
        opening = opening_fence(target.path, code) + OPENING
        size = job.workspace.counter.count(code)
        texts = tuple(message.content for message in messages)
        most = answer_tokens(
            job.workspace,
            texts,
            opening,
            wanted=2 * size + LEAST_ANSWER,
            least=LEAST_ANSWER,
        )
        key = (target.label, self.name)
        asked = Request(
            messages,
            opening=opening,
            samplings=ladder(
                limit,
                seed=job.request.seed,
                max_tokens=most,
                stop=(),
                rung=state.memory.drawn[key],
            ),
            constraint=Constraint("lark", edit_grammar(code)),
            draft=code,
        )
        for event in draw(job.workspace.engine, asked, state.drawing, state.pool.new_id):
            if not isinstance(event, Drawn):
                yield event
                continue
            state.memory.drawn[key] += 1
            reason = why_unusable(event.completion)
            try:
                text = "" if reason else edited(code, event.completion.text)
            except ProposalError as error:
                reason = error.message
            if reason:
                yield CandidateDiscarded(event.id, reason)
            else:
                yield Draft(target, text, (event.completion,), id=event.id)
