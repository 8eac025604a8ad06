"""Encodes a request's prompt: messages, or files of a repository."""

from dataclasses import dataclass, replace

from assistant.engine.base import Request
from assistant.engine.chat import ChatTemplate
from assistant.engine.codec import Codec
from assistant.engine.continuation import RepositoryTokens
from assistant.engine.thinking import Thinking
from assistant.errors import EngineError

_SHORTEST = 32
"""Less room than this is left unused by reasoning."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """An encoded prompt. The candidates continue `ids`, then reasoning, then `opening`."""

    ids: list[int]
    opening: list[int]
    """The start of the reply, which is given."""
    budget: int = 0
    """Most tokens of reasoning before the opening; 0 for none."""

    @property
    def whole(self) -> list[int]:
        """What is known of the prompt before the model reasons: all of it if it does not."""
        return self.ids if self.budget else [*self.ids, *self.opening]

    @property
    def length(self) -> int:
        """Number of ids, without reasoning."""
        return len(self.ids) + len(self.opening)


class Prompts:
    """Encodes prompts for one model."""

    def __init__(self, template: ChatTemplate, codec: Codec) -> None:
        self._codec = codec
        self.thinking = Thinking(template, codec)
        self.repository_tokens = RepositoryTokens.of(codec)

    def encode(self, request: Request, context_tokens: int) -> Prompt:
        """The prompt, in which reasoning takes no more than the rest of the context.

        Raises EngineError for an empty prompt, and where prompt and reply exceed the context.
        """
        reply = max((each.max_tokens for each in request.samplings), default=0)
        prompt = self._whole(request)
        check_context(prompt.length, reply, context_tokens)
        if not prompt.budget:
            return prompt
        closing = len(self.thinking.closing(forced=True))
        room = context_tokens - prompt.length - reply - closing
        if room >= _SHORTEST:
            return replace(prompt, budget=min(prompt.budget, room))
        prompt = self._whole(replace(request, thinking=0))
        check_context(prompt.length, reply, context_tokens)
        return prompt

    def _whole(self, request: Request) -> Prompt:
        budget = 0
        if request.files:
            ids = self._encode_files(request)
            opening = [] if request.suffix else self._codec.encode(request.opening)
            ids = ids[: len(ids) - len(opening)]
        else:
            ids, budget = self.thinking.prompt(request.messages, request.thinking)
            opening = self._codec.encode(request.opening)
        if not ids and not opening:
            raise EngineError("The prompt is empty.", hint="Add a message to the request.")
        return Prompt(ids, opening, budget)

    def _encode_files(self, request: Request) -> list[int]:
        if self.repository_tokens is None:
            raise EngineError(
                "This model has no control tokens for repository files, so it cannot continue one.",
                hint="Send messages instead.",
            )
        if request.messages:
            raise EngineError(
                "A request takes messages or files, not both.", hint="Remove one of them."
            )
        if not request.suffix:
            return self.repository_tokens.encode(self._codec, request.files, request.opening)
        return self.repository_tokens.encode_infill(
            self._codec, request.files, request.opening, request.suffix
        )


def check_context(prompt: int, reply: int, limit: int) -> None:
    """Raises EngineError where prompt and reply together exceed the context."""
    if prompt + reply > limit:
        raise EngineError(
            f"The prompt has {prompt} tokens and the reply may use {reply}: {prompt + reply}"
            f" together, more than the context of {limit} tokens.",
            hint="Select less, or raise context_tokens if the model and memory allow it.",
        )
