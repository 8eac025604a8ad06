"""Writes a file that does not exist yet, whole."""

from collections.abc import Iterator

from assistant.engine.base import Request
from assistant.prompt.builder import closing_fence, create_messages, opening_fence
from assistant.solving.drawing import LEAST_ANSWER, MOST_ANSWER, answer_tokens, ladder
from assistant.solving.events import Event, Phase
from assistant.solving.registry import source
from assistant.solving.sources.rewrite import drafts
from assistant.solving.state import State
from assistant.solving.values import Draft, TargetKind


@source
class NewFile:
    name = "new file"
    phase = Phase.WRITING

    def applies(self, state: State) -> bool:
        return state.target.kind is TargetKind.NEW_FILE

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        job, path = state.job, state.target.path
        messages = create_messages(job.context, job.intent.text, path)
        opening = opening_fence(path)
        texts = [message.content for message in messages]
        most = answer_tokens(job.workspace, texts, opening, wanted=MOST_ANSWER, least=LEAST_ANSWER)
        samplings = ladder(limit, seed=job.request.seed, max_tokens=most, stop=(closing_fence(),))
        asked = Request(messages, opening=opening, samplings=samplings)
        yield from drafts(state, asked, "", (path, self.name))
