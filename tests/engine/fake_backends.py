"""Backends without weights: logits from a hash of the last ids, or that spell a given reply."""

import zlib
from collections.abc import Callable, Sequence
from typing import Self

import torch
from torch import Tensor

from assistant.engine.base import EngineInfo
from assistant.engine.chat import ChatTemplate
from assistant.engine.codec import Codec
from assistant.engine.constraints import Grammars
from assistant.engine.local import LocalEngine
from tests.tiny_model import TEMPLATE, tiny_tokenizer

CODEC = Codec(tiny_tokenizer().to_str())
END = tiny_tokenizer().token_to_id("<|im_end|>")
WIDTH = CODEC.size
GRAMMARS = Grammars(CODEC.source, [END])


class FakeBackend:
    """Computes each row from all ids up to its position, and records every forward."""

    def __init__(self, row: Callable[[tuple[int, ...]], Tensor], log: list[int] | None = None):
        self._row = row
        self.ids: list[int] = []
        self.forwards = [] if log is None else log
        """Number of ids in each forward, across all forks."""

    @property
    def length(self) -> int:
        return len(self.ids)

    def forward(self, ids: Sequence[int], last: int) -> Tensor:
        assert ids
        self.forwards.append(len(ids))
        self.ids += ids
        ends = range(len(self.ids) - last + 1, len(self.ids) + 1)
        return torch.stack([self._row(tuple(self.ids[:end])) for end in ends])

    def truncate(self, length: int) -> None:
        assert 0 <= length <= len(self.ids)
        del self.ids[length:]

    def fork(self) -> Self:
        other = type(self)(self._row, self.forwards)
        other.ids = list(self.ids)
        return other


def hashed(memory: int, sharpness: float = 4.0) -> FakeBackend:
    """Logits depend on the last `memory` ids: the fewer, the more repetitive the text."""

    def row(ids: tuple[int, ...]) -> Tensor:
        seed = zlib.crc32(repr(ids[-memory:]).encode())
        random = torch.Generator().manual_seed(seed)
        logits = torch.randn(WIDTH, generator=random) * sharpness
        logits[END] = -30.0
        return logits

    return FakeBackend(row)


def writing(reply: str | bytes | Sequence[int], *, end: bool = True) -> FakeBackend:
    """Generates this reply after any prompt that ends with the assistant's turn or an opening.

    Positions in the reply are counted from the last `<|im_start|>assistant` line.
    """
    if isinstance(reply, bytes):
        table = {CODEC.bytes_of(number): number for number in range(WIDTH)}
        ids = [table[bytes([byte])] for byte in reply]
    else:
        ids = CODEC.encode(reply) if isinstance(reply, str) else list(reply)
    start = tuple(CODEC.encode_prompt("<|im_start|>assistant\n", "\ue000"))

    def row(seen: tuple[int, ...]) -> Tensor:
        logits = torch.zeros(WIDTH)
        at = _after_last(seen, start)
        following = ids[at] if at < len(ids) else END if end else ids[-1]
        logits[following] = 12.0
        return logits

    return FakeBackend(row)


def _after_last(seen: tuple[int, ...], start: tuple[int, ...]) -> int:
    for end in range(len(seen), len(start) - 1, -1):
        if seen[end - len(start) : end] == start:
            return len(seen) - end
    return 0


def engine_over(
    backend: FakeBackend, *, drafts: bool = True, context_tokens: int = 4096
) -> LocalEngine:
    info = EngineInfo("fake", "cpu", "none", context_tokens, 1, 0, 0.0)
    template = ChatTemplate(TEMPLATE, {})
    clock = iter(range(10**9))
    return LocalEngine(
        backend,
        CODEC,
        GRAMMARS,
        template,
        [END],
        info,
        drafts=drafts,
        clock=lambda: next(clock) / 10,
    )
