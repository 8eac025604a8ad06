"""The decoder's key-value cache. Depends on a model's shape, not on its weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

_BLOCK = 256
"""The cache grows in blocks of this many tokens."""


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """The fields of config.json that the forward pass needs."""

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    epsilon: float
    rope_theta: float

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "DecoderConfig":
        heads = config["num_attention_heads"]
        rope = config.get("rope_parameters") or config
        return cls(
            layers=config["num_hidden_layers"],
            hidden=config["hidden_size"],
            heads=heads,
            kv_heads=config.get("num_key_value_heads") or heads,
            head_dim=config.get("head_dim") or config["hidden_size"] // heads,
            vocabulary=config["vocab_size"],
            epsilon=config["rms_norm_eps"],
            rope_theta=rope.get("rope_theta", 10_000.0),
        )


class Cache:
    """Keys and values of one sequence: per layer [2, kv_heads, capacity, head_dim]."""

    def __init__(self, config: DecoderConfig) -> None:
        self._config = config
        self.length = 0
        self.layers: list[Tensor] = [self._allocate(0) for _ in range(config.layers)]

    def reserve(self, length: int) -> None:
        """Makes room for `length` tokens; a failed allocation changes nothing."""
        if length <= self.layers[0].shape[2]:
            return
        capacity = -(-length // _BLOCK) * _BLOCK
        grown = []
        for old in self.layers:
            grown.append(self._allocate(capacity))
            grown[-1][:, :, : self.length] = old[:, :, : self.length]
        self.layers = grown

    def copy(self) -> "Cache":
        """An independent cache with the same tokens."""
        twin = Cache(self._config)
        twin.reserve(self.length)
        for mine, its in zip(self.layers, twin.layers, strict=True):
            its[:, :, : self.length] = mine[:, :, : self.length]
        twin.length = self.length
        return twin

    def part(self, length: int) -> Tensor:
        """A copy of the first `length` tokens: [layers, 2, kv_heads, length, head_dim]."""
        return torch.stack([layer[:, :, :length] for layer in self.layers])

    def fill(self, values: Tensor) -> None:
        """Replaces all tokens with the result of `part`; raises ValueError if the shape does not
        match.
        """
        c = self._config
        length = values.shape[3] if values.dim() == 5 else -1
        if tuple(values.shape) != (c.layers, 2, c.kv_heads, length, c.head_dim):
            raise ValueError(f"a cache of shape {tuple(values.shape)} does not fit this model")
        self.length = 0
        self.reserve(length)
        for layer, stored in zip(self.layers, values, strict=True):
            layer[:, :, :length] = stored
        self.length = length

    def _allocate(self, capacity: int) -> Tensor:
        return torch.empty(2, self._config.kv_heads, capacity, self._config.head_dim)


@dataclass(frozen=True, slots=True)
class Part:
    """Ids to append to one sequence, in a pass that may extend several."""

    ids: Sequence[int]
    cache: Cache
    last: int
    """Number of trailing ids whose logits are computed."""

    @property
    def rows(self) -> int:
        return len(self.ids)

    @property
    def end(self) -> int:
        """Length of the sequence after the pass."""
        return self.cache.length + len(self.ids)
