"""Attention over each sequence's own past: rotary embedding, key-value cache, attention.

A few rows go through native code where it is available, more rows through torch. Both compute in
float32.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from assistant.engine.cache import Cache, DecoderConfig, Part
from assistant.engine.native import compiler
from assistant.engine.native.attention import NativeAttention, serves


@dataclass(frozen=True, slots=True)
class Positions:
    """Positions of the rows of a pass; the same for all layers."""

    rotation: Tensor
    """Cosines and sines: [rows, 2, head_dim]."""
    masks: tuple[Tensor | None, ...]
    """One per part. None where every row may attend to everything, and where native code runs."""


class Attention:
    """Attention for all layers of one model."""

    def __init__(self, config: DecoderConfig) -> None:
        self._config = config
        half = torch.arange(0, config.head_dim, 2, dtype=torch.float64) / config.head_dim
        self._frequencies = config.rope_theta**-half
        self._rotation = torch.empty(0, 2, config.head_dim)
        self._native = choose(config)

    def positions(self, parts: Sequence[Part]) -> Positions:
        """What all layers need to know about a pass."""
        group = self._config.heads // self._config.kv_heads
        table = self._rotations(max(part.end for part in parts))
        return Positions(
            torch.cat([table[part.cache.length : part.end] for part in parts]),
            tuple(
                None
                if self._runs_natively(part)
                else _causal_mask(part.rows, part.cache.length, group)
                for part in parts
            ),
        )

    def __call__(
        self, qkv: Tensor, layer: int, parts: Sequence[Part], positions: Positions
    ) -> Tensor:
        """The attention output of each row over its own sequence: [rows, heads * head_dim].

        `qkv` is [rows, heads + 2 * kv_heads, head_dim], not yet rotated. Keys and values are
        written to the caches, which must have room for them.
        """
        y = torch.empty(len(qkv), self._config.heads * self._config.head_dim)
        start = 0
        for part, mask in zip(parts, positions.masks, strict=True):
            rows = slice(start, start := start + part.rows)
            store, past = part.cache.layers[layer], part.cache.length
            if self._native is not None and self._runs_natively(part):
                self._native(qkv[rows], positions.rotation[rows], store, past, y[rows])
            else:
                y[rows] = attend(qkv[rows], positions.rotation[rows], store, past, mask)
        return y

    def _runs_natively(self, part: Part) -> bool:
        return self._native is not None and part.rows <= self._native.most_rows

    def _rotations(self, length: int) -> Tensor:
        """Cosines and sines of all positions below `length`: [length, 2, head_dim].

        Rotary position embedding (Su et al., https://arxiv.org/abs/2104.09864). The sines of the
        first half are negated, because that half is combined with the second.
        """
        if length > len(self._rotation):
            size = max(length, 2 * len(self._rotation))
            angles = torch.outer(torch.arange(size, dtype=torch.float64), self._frequencies)
            sines = torch.cat((-angles.sin(), angles.sin()), dim=1)
            angles = torch.cat((angles, angles), dim=1)
            self._rotation = torch.stack((angles.cos(), sines), dim=1).float()
        return self._rotation[:length]


def attend(qkv: Tensor, rotation: Tensor, cache: Tensor, past: int, mask: Tensor | None) -> Tensor:
    """Attention with torch; shapes as in `NativeAttention`, `mask` as in `Positions`."""
    _, kv_heads, _, dim = cache.shape
    heads, end = qkv.shape[1] - 2 * kv_heads, past + len(qkv)
    rotated = _rotate(qkv[:, : heads + kv_heads], rotation)
    cache[0, :, past:end] = rotated[:, heads:].transpose(0, 1)
    cache[1, :, past:end] = qkv[:, heads + kv_heads :].transpose(0, 1)
    keys, values = cache[:, None, :, :end].unbind(0)
    # Query heads that share keys are stacked as rows of one product.
    q = rotated[:, :heads].transpose(0, 1).reshape(1, kv_heads, -1, dim)
    y = functional.scaled_dot_product_attention(q, keys, values, attn_mask=mask)
    return y.view(heads, -1, dim).transpose(0, 1).flatten(1)


def choose(config: DecoderConfig) -> NativeAttention | None:
    """Native code for these shapes, if it runs here and matches torch."""
    shape = config.heads, config.kv_heads, config.head_dim
    program = compiler.load()
    if program is None or not serves(*shape):
        return None
    native = NativeAttention(program, *shape)
    return native if _matches_torch(native, config) else None


def _matches_torch(native: NativeAttention, config: DecoderConfig) -> bool:
    """Whether native code matches torch for a few rows over a short past."""
    past, rows = 20, 3
    random = torch.linspace(0, 1000, 4096).sin()  # the worker cannot use torch's generator

    def filled(*shape: int) -> Tensor:
        count = torch.Size(shape).numel()
        return random.repeat(-(-count // len(random)))[:count].view(shape)

    qkv = filled(rows, config.heads + 2 * config.kv_heads, config.head_dim)
    rotation = filled(rows, 2, config.head_dim)
    cache = Cache(config)
    cache.reserve(past + rows)
    native_cache = filled(*cache.layers[0].shape)
    torch_cache = native_cache.clone()
    y = torch.empty(rows, config.heads * config.head_dim)
    native(qkv, rotation, native_cache, past, y)
    mask = _causal_mask(rows, past, config.heads // config.kv_heads)
    expected = attend(qkv, rotation, torch_cache, past, mask)
    end = past + rows
    return torch.allclose(y, expected, atol=1e-4) and torch.allclose(
        native_cache[:, :, :end], torch_cache[:, :, :end], atol=1e-5
    )


def _rotate(x: Tensor, rotation: Tensor) -> Tensor:
    """Rotary position embedding of [rows, heads, head_dim], halves paired as in transformers."""
    cosine, sine = rotation.unsqueeze(2).unbind(1)
    return torch.addcmul(x * cosine, x.roll(x.shape[2] // 2, 2), sine)


def _causal_mask(count: int, past: int, group: int) -> Tensor | None:
    """0 where a row may attend, else minus infinity: [group * count, past + count].

    None when there is nothing to mask.
    """
    if count == 1:
        return None
    hidden = torch.full((count, past + count), float("-inf")).triu_(past + 1)
    return hidden.repeat(group, 1)
