"""The forward pass of Llama-like models on a GPU, over bf16 or 4-bit weights.

Short passes, of a few rows, write only to preallocated buffers, so they can be captured as CUDA
graphs. A graph serves every sequence, because the addresses of the caches are part of its input.
Long passes allocate memory, and use the attention of PyTorch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import triton
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from assistant.engine.cache import DecoderConfig
from assistant.engine.gpu import kernels
from assistant.engine.gpu.matrices import Matrix, Rows, Step

LIMIT = 64
"""Maximum number of rows of a short pass, over all its sequences."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The weights of one layer. Norms are [inputs] or [head_dim]; the bias may be missing."""

    attention_norm: Tensor
    qkv: Matrix
    bias: Tensor | None
    q_norm: Tensor | None
    k_norm: Tensor | None
    output: Matrix
    mlp_norm: Tensor
    gate_up: Matrix
    down: Matrix


@dataclass(frozen=True, slots=True)
class Weights:
    """All weights of a model."""

    embedding: Tensor
    """[vocabulary, hidden]"""
    layers: Sequence[Layer]
    norm: Tensor
    head: Matrix
    inner: int
    """Width between gate and down."""


class GpuDecoder:
    """A model on the GPU. Holds no state of any sequence but the buffers of the current pass."""

    def __init__(self, config: DecoderConfig, weights: Weights, context_tokens: int) -> None:
        """`context_tokens` is the longest sequence."""
        self.config = config
        self.device, self.dtype = weights.embedding.device, weights.embedding.dtype
        self._weights = weights
        self._rotation = _rotation(config, context_tokens + LIMIT).to(self.device)
        self.buffers = Buffers.of(config, weights, context_tokens + LIMIT)
        self._graphs: dict[tuple[int, int, int], Callable[[], None]] = {}
        self._staged = torch.zeros(LIMIT, 4, dtype=torch.int64)
        self._copied: Any = None
        if self.device.type == "cuda":
            event: Any = torch.cuda.Event
            self._staged, self._copied = self._staged.pin_memory(), event()

    def fill(self, table: NDArray[np.int64]) -> None:
        """Copies the table of the next pass to the GPU."""
        if self._copied is not None:
            self._copied.synchronize()
        staged = self._staged[: len(table)]
        staged.numpy()[:] = table
        self.buffers.table[: len(table)].copy_(staged, non_blocking=True)
        if self._copied is not None:
            self._copied.record()

    def few(self, sequences: int, rows: int, chunks: int) -> Tensor:
        """Logits [sequences * rows, vocabulary] of the rows in `buffers.table`.

        Keys lie in the first `chunks` chunks. The next pass overwrites the result.
        """
        key = (sequences, rows, chunks)
        if key not in self._graphs:
            self._graphs[key] = self._record(key)
        self._graphs[key]()
        return self.buffers.logits[: sequences * rows]

    def _record(self, key: tuple[int, int, int]) -> Callable[[], None]:
        if self.device.type != "cuda":
            return lambda: self._few(*key)
        self._few(*key)  # compiles the kernels
        torch.cuda.synchronize(self.device)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._few(*key)
        return graph.replay

    def _few(self, sequences: int, rows: int, chunks: int) -> None:
        c, w, b = self.config, self._weights, self.buffers
        total = sequences * rows
        torch.index_select(w.embedding, 0, b.table[:, 0], out=b.hidden)
        shape = {"HEADS": c.heads, "WIDTH": c.head_dim, "LIMIT": LIMIT, "CHUNK": kernels.CHUNK}
        tiles = sequences * -(-rows // (kernels.TILE // (c.heads // c.kv_heads)))
        for number, layer in enumerate(w.layers):
            self._normed(layer.qkv, layer.attention_norm, b.normed, b.qkv, total)
            self._rotate(b.qkv[:total], layer, number, b.table)
            kernels.attend[(tiles, c.kv_heads, chunks)](
                b.qkv, b.table, *b.parts, number, rows, c.head_dim**-0.5,
                KV_HEADS=c.kv_heads, BLOCK=64, **shape,
            )  # fmt: skip
            y = b.attention
            kernels.combine[(total, c.heads)](
                *b.parts, b.table, y.values, y.steps, GROUP=y.group, BLOCK=32, **shape
            )
            layer.output.few(y, b.hidden, total, Step(add=True))
            if layer.gate_up.fuses(total):
                step = Step(layer.mlp_norm, gated=True, epsilon=c.epsilon)
                layer.gate_up.few(Rows(b.hidden), b.gated.values, total, step)
            else:
                self._normed(layer.gate_up, layer.mlp_norm, b.normed, b.both, total)
                _gate(b.both[:total], b.gated)
            layer.down.few(b.gated, b.hidden, total, Step(add=True))
        self._normed(w.head, w.norm, b.normed, b.logits, total)

    def _normed(self, matrix: Matrix, norm: Tensor, rows: Rows, out: Tensor, total: int) -> None:
        """Multiplies the normalized hidden rows by a matrix; `rows` is scratch space."""
        hidden, c = self.buffers.hidden, self.config
        if matrix.fuses(total):
            matrix.few(Rows(hidden), out, total, Step(norm, epsilon=c.epsilon))
            return
        kernels.normalize[(total,)](
            hidden, norm, rows.values, rows.steps, c.epsilon, INPUTS=c.hidden,
            GROUP=rows.group, BLOCK=triton.next_power_of_2(c.hidden), num_warps=8,
        )  # fmt: skip
        matrix.few(rows, out, total, Step())

    def many(self, table: Tensor, cache: Tensor, end: int, last: int) -> Tensor:
        """Logits [last, vocabulary] of the rows in `table`, all of one sequence.

        `cache` is its keys and values; the rows end at position `end`.
        """
        c, w = self.config, self._weights
        rows = len(table)
        x = functional.embedding(table[:, 0], w.embedding)
        for number, layer in enumerate(w.layers):
            qkv = layer.qkv.many(self._normalized(x, layer.attention_norm))
            self._rotate(qkv, layer, number, table)
            q = qkv.view(rows, -1, c.head_dim)[:, : c.heads]
            y = _attention(q, cache[number, :, :, :end])
            if number == len(w.layers) - 1:
                if not last:
                    break
                x, y = x[rows - last :], y[rows - last :]
            x = layer.output.many(y.reshape(len(y), -1), x)
            both = layer.gate_up.many(self._normalized(x, layer.mlp_norm))
            gated = Rows(both.new_empty(len(both), w.inner))
            _gate(both, gated)
            x = layer.down.many(gated.values, x)
        return w.head.many(self._normalized(x, w.norm)).float()

    def _normalized(self, x: Tensor, norm: Tensor) -> Tensor:
        return functional.rms_norm(x, (self.config.hidden,), norm, self.config.epsilon)

    def _rotate(self, qkv: Tensor, layer: Layer, number: int, table: Tensor) -> None:
        c = self.config
        kernels.rotate[(len(qkv), c.heads + 2 * c.kv_heads)](
            qkv, layer.bias, layer.q_norm, layer.k_norm, self._rotation, table, number, c.epsilon,
            HEADS=c.heads, KV_HEADS=c.kv_heads, WIDTH=c.head_dim, BIAS=layer.bias is not None,
            NORM=layer.q_norm is not None, num_warps=1,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Buffers:
    """The buffers of short passes: LIMIT rows each, at fixed addresses."""

    table: Tensor
    """See `kernels`."""
    hidden: Tensor
    normed: Rows
    qkv: Tensor
    attention: Rows
    both: Tensor
    gated: Rows
    logits: Tensor
    parts: tuple[Tensor, Tensor]
    """Sums and stats of `kernels.attend`."""

    @classmethod
    def of(cls, config: DecoderConfig, weights: Weights, longest: int) -> "Buffers":
        c, layer, like = config, weights.layers[0], weights.embedding

        def rows(inputs: int, matrix: Matrix) -> Rows:
            return Rows.empty(LIMIT, inputs, matrix.group, like)

        chunks = chunks_for(longest)
        return cls(
            table=like.new_zeros(LIMIT, 4, dtype=torch.int64),
            hidden=like.new_zeros(LIMIT, c.hidden),
            normed=rows(c.hidden, layer.qkv),
            qkv=like.new_zeros(LIMIT, (c.heads + 2 * c.kv_heads) * c.head_dim),
            attention=rows(c.heads * c.head_dim, layer.output),
            both=like.new_zeros(LIMIT, 2 * weights.inner),
            gated=rows(weights.inner, layer.down),
            logits=like.new_zeros(LIMIT, c.vocabulary, dtype=torch.float32),
            parts=(
                like.new_zeros(chunks, LIMIT, c.heads, c.head_dim, dtype=torch.float32),
                like.new_zeros(chunks, LIMIT, c.heads, 2, dtype=torch.float32),
            ),
        )


def _gate(both: Tensor, out: Rows) -> None:
    """silu(gate) * up of rows [gate, up]."""
    inputs = both.shape[1] // 2
    kernels.gate[(len(both), triton.cdiv(inputs, 1024))](
        both, out.values, out.steps, INPUTS=inputs, GROUP=out.group, BLOCK=1024
    )


def chunks_for(length: int) -> int:
    """Chunks of attention that a recorded pass provides for sequences of this length."""
    return 1 << (-(-length // kernels.CHUNK) - 1).bit_length()


def _rotation(config: DecoderConfig, length: int) -> Tensor:
    """Cosines and sines of each position: [length, head_dim]."""
    half = torch.arange(0, config.head_dim, 2, dtype=torch.float64) / config.head_dim
    angles = torch.arange(length, dtype=torch.float64)[:, None] * config.rope_theta**-half
    return torch.cat((angles.cos(), angles.sin()), dim=1).float()


def _attention(q: Tensor, cache: Tensor) -> Tensor:
    """Causal attention of the last tokens of a sequence.

    `q` is [rows, heads, head_dim], as is the result; `cache` [2, kv_heads, length, head_dim].
    """
    q, k, v = q.transpose(0, 1)[None], cache[:1], cache[1:]
    if q.device.type == "cuda":
        # Aligns the last row with the last key, as scaled_dot_product_attention does not.
        y = torch.ops.aten._scaled_dot_product_flash_attention(q, k, v, 0.0, True)[0]
    else:
        rows, length = q.shape[2], k.shape[2]
        seen = torch.ones(rows, length, dtype=torch.bool).tril(length - rows)
        y = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen, enable_gqa=True)
    rows_first: Tensor = y[0].transpose(0, 1)
    return rows_first
