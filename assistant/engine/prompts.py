"""Encodes a request's prompt: messages, or files of a repository."""

from dataclasses import dataclass, replace

from assistant.engine.base import Request
from assistant.engine.chat import ChatTemplate
from assistant.engine.codec import Codec
from assistant.engine.continuation import RepositoryTokens
from assistant.engine.thinking import THINKING_TOKENS, Place, Thinking
from assistant.errors import EngineError

_SHORTEST = 32
"""Less room than this is left unused by reasoning."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """An encoded prompt. Candidates continue its ids, then reasoning if any, then the opening."""

    place: Place
    opening: list[int]
    """The start of the reply, which is given."""

    @property
    def known(self) -> list[int]:
        """What precedes the model's first own choice: all of it if it does not reason."""
        if self.place.budget or self.place.begin:
            return self.place.ids
        return [*self.place.ids, *self.opening]

    @property
    def length(self) -> int:
        """Number of ids, without reasoning."""
        return len(self.place.ids) + len(self.place.skip) + len(self.opening)


class Prompts:
    """Encodes prompts for one model."""

    def __init__(
        self, template: ChatTemplate, codec: Codec, thinking_tokens: int = THINKING_TOKENS
    ) -> None:
        """`thinking_tokens` is as `budget` of Thinking."""
        self._codec = codec
        self.thinking = Thinking(template, codec, thinking_tokens)
        self.repository_tokens = RepositoryTokens.of(codec)

    def encode(self, request: Request, context_tokens: int) -> Prompt:
        """The prompt, in which reasoning takes no more than the rest of the context.

        Raises EngineError for an empty prompt, and where prompt and reply exceed the context.
        """
        reply = max((each.max_tokens for each in request.samplings), default=0)
        prompt = self._whole(request)
        check_context(prompt.length, reply, context_tokens)
        if not prompt.place.budget:
            return prompt
        around = len(prompt.place.begin) + len(self.thinking.closing(forced=True))
        room = context_tokens - prompt.length - reply - around
        if room >= _SHORTEST:
            place = replace(prompt.place, budget=min(prompt.place.budget, room))
            return replace(prompt, place=place)
        prompt = self._whole(replace(request, thinking=0))
        check_context(prompt.length, reply, context_tokens)
        return prompt

    def _whole(self, request: Request) -> Prompt:
        opening = self._codec.encode(request.opening)
        if request.files:
            ids = self._encode_files(request)
            opening = [] if request.suffix else opening
            place = Place(ids[: len(ids) - len(opening)])
        else:
            place = self.thinking.place(request.messages, request.thinking)
        if not place.ids and not opening:
            raise EngineError("The prompt is empty.", hint="Add a message to the request.")
        return Prompt(place, opening)

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
