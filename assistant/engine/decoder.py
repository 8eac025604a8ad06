"""Owns the forward pass of llama-like decoders over int8 weights, and their key-value cache.

A short path from token ids to logits: fused projections, a cache grown in blocks, nothing computed
for rows whose logits nobody asked for. Refuses architectures it does not know exactly.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from assistant.engine.quantization import Kernel, Linear, Matrix, packs
from assistant.models.folder import TensorReader

_PACKERS = 2

_BLOCK = 256
"""Tokens by which a cache grows."""


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """What of config.json the forward pass needs."""

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


@dataclass(frozen=True, slots=True)
class Layer:
    qkv: Linear
    q_norm: Tensor | None
    k_norm: Tensor | None
    output: Linear
    gate_up: Linear
    down: Linear


class Cache:
    """Keys and values of one sequence: per layer [2, kv_heads, capacity, head_dim]."""

    def __init__(self, config: DecoderConfig) -> None:
        self._config = config
        self.length = 0
        self.layers: list[Tensor] = [self._allocate(0) for _ in range(config.layers)]

    def reserve(self, length: int) -> None:
        """Makes room for `length` tokens; on failure everything is as before."""
        if length <= self.layers[0].shape[2]:
            return
        capacity = -(-length // _BLOCK) * _BLOCK
        grown = []
        for old in self.layers:
            grown.append(self._allocate(capacity))
            grown[-1][:, :, : self.length] = old[:, :, : self.length]
        self.layers = grown

    def copy(self) -> "Cache":
        """Another sequence with the same tokens so far."""
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
        """Takes what `part` gave, in place of all tokens; raises ValueError for other shapes."""
        c = self._config
        length = values.shape[3] if values.dim() == 5 else -1
        if tuple(values.shape) != (c.layers, 2, c.kv_heads, length, c.head_dim):
            raise ValueError(f"a cache of shape {tuple(values.shape)} is not this model's")
        self.length = 0
        self.reserve(length)
        for layer, stored in zip(self.layers, values, strict=True):
            layer[:, :, :length] = stored
        self.length = length

    def _allocate(self, capacity: int) -> Tensor:
        return torch.empty(2, self._config.kv_heads, capacity, self._config.head_dim)


class DecoderSequence:
    """One sequence over a decoder's weights."""

    def __init__(self, decoder: "Decoder", cache: Cache | None = None) -> None:
        self._decoder = decoder
        self._cache = cache or Cache(decoder.config)

    @property
    def length(self) -> int:
        return self._cache.length

    def forward(self, ids: Sequence[int], last: int) -> Tensor:
        return self._decoder.forward(ids, self._cache, last)

    def truncate(self, length: int) -> None:
        self._cache.length = length
        if not length:
            self._cache = Cache(self._decoder.config)  # an empty sequence gives its memory back

    def copy(self) -> "DecoderSequence":
        return DecoderSequence(self._decoder, self._cache.copy())

    def export(self, length: int) -> NDArray[np.float32]:
        """Keys and values: [layers, 2, kv_heads, length, head_dim]."""
        values: NDArray[np.float32] = self._cache.part(length).numpy()
        return values

    def load(self, values: NDArray[np.float32]) -> None:
        """Raises ValueError for values that are not this model's."""
        cache = Cache(self._decoder.config)
        cache.fill(torch.from_numpy(values))
        self._cache = cache


class Decoder:
    """The weights, ready to multiply; holds no sequence."""

    def __init__(self, reader: TensorReader, config: DecoderConfig, kernel: Kernel) -> None:
        """Raises ModelError when the file lacks a tensor."""
        self.config = config
        self._embedding = torch.from_numpy(reader.map("embed.weight"))
        self._embedding_scale = _tensor(reader, "embed.scale")
        head = "head" if "head.weight" in reader else "embed"
        load = _Loader(reader, kernel, config.epsilon)
        # Where weights are packed, each takes one core; two at a time hold little twice.
        with ThreadPoolExecutor(_PACKERS if packs(kernel) else 1) as pool:
            layers = [pool.submit(load.layer, f"layers.{i}.") for i in range(config.layers)]
            self._layers = [layer.result() for layer in layers]
        self._head = load.linear(head, norm="norm")
        half = torch.arange(0, config.head_dim, 2, dtype=torch.float64) / config.head_dim
        self._frequencies = config.rope_theta**-half
        self._rotation = torch.empty(0, 2, config.head_dim)

    def forward(self, ids: Sequence[int], cache: Cache, last: int) -> Tensor:
        """Appends `ids` to the cache; logits of the last `last` of them: [last, vocabulary]."""
        count = len(ids)
        cache.reserve(cache.length + count)
        index = torch.tensor(ids)
        x = self._embedding[index].float() * self._embedding_scale[index, None]
        rotation = self._rotations(cache.length + count)[cache.length :]
        mask = _causal_mask(count, cache.length, self.config.heads // self.config.kv_heads)
        for number, layer in enumerate(self._layers):
            x = self._attend(x, layer, cache, number, rotation, mask)
            if number == len(self._layers) - 1:
                x = x[count - last :]
            if len(x):
                x = self._transform(x, layer)
        cache.length += count
        if not last:
            return torch.empty(0, self.config.vocabulary)
        return self._head(x)

    def _attend(
        self,
        x: Tensor,
        layer: Layer,
        cache: Cache,
        number: int,
        rotation: Tensor,
        mask: Tensor | None,
    ) -> Tensor:
        c = self.config
        qkv = layer.qkv(x)
        qkv = qkv.view(len(x), c.heads + 2 * c.kv_heads, c.head_dim)
        if layer.q_norm is not None and layer.k_norm is not None:
            q, k, v = torch.split(qkv, [c.heads, c.kv_heads, c.kv_heads], dim=1)
            q, k = self._normalize(q, layer.q_norm), self._normalize(k, layer.k_norm)
            qkv = torch.cat((q, k, v), dim=1)
        rotated = _rotate(qkv[:, : c.heads + c.kv_heads], rotation).transpose(0, 1)
        store, end = cache.layers[number], cache.length + len(x)
        store[0, :, cache.length : end] = rotated[c.heads :]
        store[1, :, cache.length : end] = qkv[:, c.heads + c.kv_heads :].transpose(0, 1)
        keys, values = store[:, None, :, :end].unbind(0)
        # Heads that share keys are stacked as rows of one product.
        q = rotated[: c.heads].reshape(1, c.kv_heads, -1, c.head_dim)
        y = functional.scaled_dot_product_attention(q, keys, values, attn_mask=mask)
        y = y.view(c.heads, len(x), c.head_dim).transpose(0, 1).reshape(len(x), -1)
        return layer.output(y, x)

    def _transform(self, x: Tensor, layer: Layer) -> Tensor:
        return layer.down(layer.gate_up(x), x)

    def _normalize(self, x: Tensor, weight: Tensor) -> Tensor:
        return functional.rms_norm(x, (x.shape[-1],), weight, self.config.epsilon)

    def _rotations(self, length: int) -> Tensor:
        """Cosines and sines of all positions below `length`: [length, 2, head_dim]."""
        if length > len(self._rotation):
            size = max(length, 2 * len(self._rotation))
            angles = torch.outer(torch.arange(size, dtype=torch.float64), self._frequencies)
            angles = torch.cat((angles, angles), dim=1)
            self._rotation = torch.stack((angles.cos(), angles.sin()), dim=1).float()
        return self._rotation[:length]


def _rotate(x: Tensor, rotation: Tensor) -> Tensor:
    """Rotary position embedding of [tokens, heads, head_dim], halves paired as in transformers."""
    cosine, sine = rotation.unsqueeze(2).unbind(1)
    first, second = x.chunk(2, dim=2)
    return x * cosine + torch.cat((-second, first), dim=2) * sine


def _causal_mask(count: int, past: int, group: int) -> Tensor | None:
    """Zero where a token may look, else minus infinity: [group * count, past + count].

    None when all may look everywhere.
    """
    if count == 1:
        return None
    hidden = torch.full((count, past + count), float("-inf")).triu_(past + 1)
    return hidden.repeat(group, 1)


class _Loader:
    """Makes layers of what the weights file holds."""

    def __init__(self, reader: TensorReader, kernel: Kernel, epsilon: float) -> None:
        self._reader, self._kernel, self._epsilon = reader, kernel, epsilon

    def layer(self, prefix: str) -> Layer:
        return Layer(
            qkv=self.linear(prefix + "qkv", norm=prefix + "attention_norm"),
            q_norm=self._optional(prefix + "q_norm"),
            k_norm=self._optional(prefix + "k_norm"),
            output=self.linear(prefix + "output"),
            gate_up=self.linear(prefix + "gate_up", norm=prefix + "mlp_norm"),
            down=self.linear(prefix + "down", gated=True),
        )

    def linear(self, name: str, norm: str = "", gated: bool = False) -> Linear:
        return self._kernel(
            Matrix(
                weight=torch.from_numpy(self._reader.map(f"{name}.weight")),
                scale=_tensor(self._reader, f"{name}.scale"),
                bias=self._optional(f"{name}.bias"),
                norm=_tensor(self._reader, norm) if norm else None,
                epsilon=self._epsilon,
                gated=gated,
            )
        )

    def _optional(self, name: str) -> Tensor | None:
        return _tensor(self._reader, name) if name in self._reader else None


def _tensor(reader: TensorReader, name: str) -> Tensor:
    return torch.from_numpy(reader.read(name))
