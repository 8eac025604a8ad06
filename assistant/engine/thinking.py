"""Reasoning before the answer: where it begins and ends, and what a prompt needs for it.

Depending on the chat template, the prompt opens the reasoning block, leaves that to the model, or
contains an empty block that disables reasoning. Each request generates reasoning once, up to its
own token limit; at the limit the block is closed, and all candidates continue from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.engine.base import Message
from assistant.engine.chat import ChatTemplate
from assistant.engine.codec import Codec, unused_mark

THINKING_TOKENS = 1024
"""Budget of models that always think, where neither a request nor the settings name one."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The control tokens around reasoning, in one format."""

    begin: str
    end: str
    """The token that ends it."""
    answer: str
    """What leads from the reasoning to the answer, the end token included."""
    skip: str
    """Takes the place of the whole block where no reasoning is wanted."""

    @property
    def either(self) -> tuple[str, str]:
        return self.begin, self.skip


_KNOWN = (
    Marks("<think>\n", "</think>", "</think>\n\n", "<think>\n\n</think>\n\n"),
    Marks("[THINK]", "[/THINK]", "[/THINK]", "[THINK][/THINK]"),
    Marks("<|channel>thought\n", "<channel|>", "<channel|>", "<|channel>thought\n<channel|>"),
    Marks(
        "<|channel|>analysis<|message|>",
        "<|end|>",
        "<|end|><|start|>assistant<|channel|>final<|message|>",
        "<|channel|>final<|message|>",
    ),
)
"""Qwen, DeepSeek, GLM and others; Mistral; Gemma; the harmony format of gpt-oss
(https://github.com/openai/harmony)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where reasoning belongs in an encoded prompt."""

    ids: list[int]
    """The messages. Inside a block of reasoning if there is a budget and no choice."""
    budget: int = 0
    """Most tokens of reasoning."""
    begin: tuple[int, ...] = ()
    """If the model's own choice is the first of these, it thinks; else it has no wish to."""
    skip: tuple[int, ...] = ()
    """What replaces `begin` where it must not think."""


class Thinking:
    """How one model reasons."""

    def __init__(self, template: ChatTemplate, codec: Codec, budget: int = THINKING_TOKENS) -> None:
        """`budget` is that of requests without one, where the model cannot be told not to think."""
        self._budget = budget
        self._template = template
        self._codec = codec
        self._marks = next((each for each in _KNOWN if self._has(each)), None)
        self._switch = "enable_thinking" in template.source

    @property
    def end(self) -> frozenset[int]:
        """The id that ends reasoning; empty for models that do not reason."""
        number = self._codec.number_of(self._marks.end) if self._marks else None
        return frozenset() if number is None else frozenset({number})

    def place(self, messages: Sequence[Message], budget: int | None) -> Place:
        """The rendered messages. Without a budget, only models think that cannot be told not to."""
        mark = unused_mark([message.content for message in messages])
        defused = [Message(each.role, self._codec.defuse(each.content, mark)) for each in messages]
        text, marks = self._template.render(defused), self._marks
        if marks is None:
            return Place(self._codec.encode_prompt(text, mark))
        closed = text.rstrip().endswith(marks.end)
        switch = closed or self._switch
        if budget is None:
            budget = 0 if switch else self._budget
        if budget and switch:
            text = self._template.render(defused, thinking=True)
            closed = text.rstrip().endswith(marks.end)
            budget = 0 if closed else budget
        inside = text.rstrip().endswith(marks.begin.rstrip())
        if not inside and not switch:
            begin, skip = (tuple(self._codec.encode_prompt(each, "")) for each in marks.either)
            return Place(self._codec.encode_prompt(text, mark), budget, begin, skip)
        if budget:
            text += "" if inside else marks.begin
        elif inside:
            text += marks.answer
        return Place(self._codec.encode_prompt(text, mark), budget)

    def closing(self, *, forced: bool) -> list[int]:
        """Ids that lead from reasoning to the answer; `forced` where it did not end by itself."""
        assert self._marks is not None  # noqa: S101 - without marks there is no budget
        text = self._marks.answer
        return self._codec.encode_prompt(f"\n\n{text}" if forced else text, "")

    def _has(self, marks: Marks) -> bool:
        spelled = marks.begin.rstrip() in self._template.source
        return spelled and self._codec.number_of(marks.end) is not None
