"""The forward pass of Llama-like decoders with int8 weights.

Projections that share an input are fused, and nothing is computed for rows whose logits are not
needed. `models.convert` decides which architectures qualify.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from assistant.engine.attention import Attention
from assistant.engine.cache import Cache, DecoderConfig, Part
from assistant.engine.quantization import Kernel, Linear, Matrix, packs
from assistant.models.folder import TensorReader

_PACKERS = 2


@dataclass(frozen=True, slots=True)
class Layer:
    qkv: Linear
    q_norm: Tensor | None
    k_norm: Tensor | None
    output: Linear
    gate_up: Linear
    down: Linear


class DecoderSequence:
    """One sequence over a decoder's weights."""

    def __init__(self, decoder: "Decoder", cache: Cache | None = None) -> None:
        self._decoder = decoder
        self._cache = cache or Cache(decoder.config)

    @property
    def length(self) -> int:
        return self._cache.length

    def forward(self, ids: Sequence[int], last: int) -> Tensor:
        return self._decoder.forward([Part(ids, self._cache, last)])[0]

    @classmethod
    def forward_together(
        cls, members: Sequence[tuple["DecoderSequence", Sequence[int]]]
    ) -> list[Tensor]:
        """Appends to several sequences of one decoder; returns logits of all ids for each."""
        parts = [Part(ids, sequence._cache, len(ids)) for sequence, ids in members]
        return members[0][0]._decoder.forward(parts)

    def truncate(self, length: int) -> None:
        self._cache.length = length
        if not length:
            self._cache = Cache(self._decoder.config)  # frees the memory of an empty sequence

    def copy(self) -> "DecoderSequence":
        return DecoderSequence(self._decoder, self._cache.copy())

    def export(self, length: int) -> NDArray[np.float32]:
        """Keys and values: [layers, 2, kv_heads, length, head_dim]."""
        values: NDArray[np.float32] = self._cache.part(length).numpy()
        return values

    def load(self, values: NDArray[np.float32]) -> None:
        """Raises ValueError if the values do not fit this model."""
        cache = Cache(self._decoder.config)
        cache.fill(torch.from_numpy(values))
        self._cache = cache


class Decoder:
    """The weights, ready to multiply; keeps no sequence."""

    def __init__(self, reader: TensorReader, config: DecoderConfig, kernel: Kernel) -> None:
        """Raises ModelError when the file lacks a tensor."""
        self.config = config
        self._embedding = torch.from_numpy(reader.map("embed.weight"))
        self._embedding_scale = _tensor(reader, "embed.scale")
        head = "head" if "head.weight" in reader else "embed"
        load = _Loader(reader, kernel, config.epsilon)
        # Packing a matrix occupies one core and briefly needs its memory twice: two at a time.
        with ThreadPoolExecutor(_PACKERS if packs(kernel) else 1) as pool:
            layers = [pool.submit(load.layer, f"layers.{i}.") for i in range(config.layers)]
            self._layers = [layer.result() for layer in layers]
        self._head = load.linear(head, norm="norm")
        self._attention = Attention(config)

    def forward(self, parts: Sequence[Part]) -> list[Tensor]:
        """Appends ids to each cache; returns logits of the last ids of each part: [last,
        vocabulary].

        With few rows, several parts cost little more than one: reading the weights dominates, and
        they are read once for all.
        """
        for part in parts:
            part.cache.reserve(part.end)
        index = torch.tensor([number for part in parts for number in part.ids])
        x = self._embedding[index].float() * self._embedding_scale[index, None]
        positions = self._attention.positions(parts)
        for number, layer in enumerate(self._layers):
            final = number == len(self._layers) - 1
            y = self._attention(self._heads(layer, x), number, parts, positions)
            if final and any(part.last < len(part.ids) for part in parts):
                x, y = (_last_rows(each, parts) for each in (x, y))
            if len(x):
                x = layer.output(y, x)
                x = layer.down(layer.gate_up(x), x)
        for part in parts:
            part.cache.length = part.end
        logits = self._head(x) if len(x) else torch.empty(0, self.config.vocabulary)
        return list(torch.split(logits, [part.last for part in parts]))

    def _heads(self, layer: Layer, x: Tensor) -> Tensor:
        """Queries, keys and values: [rows, heads + 2 * kv_heads, head_dim]."""
        c = self.config
        qkv = layer.qkv(x).view(len(x), c.heads + 2 * c.kv_heads, c.head_dim)
        if layer.q_norm is None or layer.k_norm is None:
            return qkv
        q, k, v = torch.split(qkv, [c.heads, c.kv_heads, c.kv_heads], dim=1)
        return torch.cat(
            (self._normalize(q, layer.q_norm), self._normalize(k, layer.k_norm), v), dim=1
        )

    def _normalize(self, x: Tensor, weight: Tensor) -> Tensor:
        return functional.rms_norm(x, (x.shape[-1],), weight, self.config.epsilon)


def _last_rows(x: Tensor, parts: Sequence[Part]) -> Tensor:
    """The rows of all parts whose logits are needed."""
    pieces = torch.split(x, [len(part.ids) for part in parts])
    needed = [piece[len(piece) - part.last :] for piece, part in zip(pieces, parts, strict=True)]
    return needed[0] if len(needed) == 1 else torch.cat(needed)


class _Loader:
    """Builds layers from the weights file."""

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
