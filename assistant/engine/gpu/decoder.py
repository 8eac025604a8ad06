"""The forward pass of Llama-like models on a GPU, over bf16 or 4-bit weights.

Passes of a few rows run on our own kernels and only write to buffers that are kept, so that CUDA
can record them. A recorded pass serves every sequence: the addresses of the caches are part of its
input. Longer passes use the libraries' products and attention.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from assistant.engine.cache import DecoderConfig
from assistant.engine.gpu import kernels
from assistant.engine.gpu.matrices import Matrix, Step

LIMIT = 64
"""Most rows of a pass of a few rows, all sequences together."""


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
    """A model, ready to run; keeps no sequence."""

    def __init__(self, config: DecoderConfig, weights: Weights, context_tokens: int) -> None:
        """`context_tokens` is the longest sequence."""
        self.config = config
        self.device, self.dtype = weights.embedding.device, weights.embedding.dtype
        self._weights = weights
        self._rotation = _rotation(config, context_tokens + LIMIT).to(self.device)
        self.buffers = Buffers.of(config, weights, context_tokens + LIMIT)
        self._graphs: dict[tuple[int, int, int], Callable[[], None]] = {}

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
        x, qkv, y, gated = (each[:total] for each in (b.hidden, b.qkv, b.attention, b.gated))
        torch.index_select(w.embedding, 0, b.table[:total, 0], out=x)
        shape = {"HEADS": c.heads, "WIDTH": c.head_dim, "LIMIT": LIMIT}
        tiles = sequences * -(-rows // (kernels.ROWS // (c.heads // c.kv_heads)))
        for number, layer in enumerate(w.layers):
            layer.qkv.few(x, qkv, self._step(layer.attention_norm, layer.bias))
            self._rotate(qkv, layer, number, b.table)
            kernels.attend[(tiles, c.kv_heads, chunks)](
                qkv, b.table, b.sums, b.stats, number, rows, c.head_dim**-0.5,
                KV_HEADS=c.kv_heads, CHUNK=kernels.CHUNK, BLOCK=64, **shape,
            )  # fmt: skip
            kernels.combine[(total, c.heads)](
                b.sums, b.stats, b.table, y, CHUNK=kernels.CHUNK, BLOCK=16, **shape
            )
            layer.output.few(y, x, Step(add=True))
            layer.gate_up.few(x, gated, self._step(layer.mlp_norm, gated=True))
            layer.down.few(gated, x, Step(add=True))
        w.head.few(x, b.logits[:total], self._step(w.norm))

    def many(self, table: Tensor, cache: Tensor, end: int, last: int) -> Tensor:
        """Logits [last, vocabulary] of the rows in `table`, all of one sequence.

        `cache` is its keys and values; the rows end at position `end`.
        """
        c, w = self.config, self._weights
        rows = len(table)
        x = functional.embedding(table[:, 0], w.embedding)
        for number, layer in enumerate(w.layers):
            qkv = layer.qkv.many(x, self._step(layer.attention_norm, layer.bias))
            self._rotate(qkv, layer, number, table)
            q = qkv.view(rows, -1, c.head_dim)[:, : c.heads]
            y = _attention(q, cache[number, :, :, :end])
            if number == len(w.layers) - 1:
                if not last:
                    break
                x, y = x[rows - last :], y[rows - last :]
            x = layer.output.many(y.reshape(len(y), -1), Step(), x)
            gated = layer.gate_up.many(x, self._step(layer.mlp_norm, gated=True))
            x = layer.down.many(gated, Step(), x)
        return w.head.many(x, self._step(w.norm)).float()

    def _rotate(self, qkv: Tensor, layer: Layer, number: int, table: Tensor) -> None:
        c = self.config
        kernels.rotate[(len(qkv), c.heads + 2 * c.kv_heads)](
            qkv, layer.q_norm, layer.k_norm, self._rotation, table, number, c.epsilon,
            HEADS=c.heads, KV_HEADS=c.kv_heads, WIDTH=c.head_dim, NORM=layer.q_norm is not None,
            num_warps=1,
        )  # fmt: skip

    def _step(self, norm: Tensor, bias: Tensor | None = None, gated: bool = False) -> Step:
        return Step(norm=norm, bias=bias, gated=gated, epsilon=self.config.epsilon)


@dataclass(frozen=True, slots=True)
class Buffers:
    """What a pass of a few rows reads and writes: LIMIT rows each, at fixed addresses."""

    table: Tensor
    """See `kernels`."""
    hidden: Tensor
    qkv: Tensor
    attention: Tensor
    gated: Tensor
    logits: Tensor
    sums: Tensor
    stats: Tensor

    @classmethod
    def of(cls, config: DecoderConfig, weights: Weights, longest: int) -> "Buffers":
        def empty(*shape: int, dtype: torch.dtype = weights.embedding.dtype) -> Tensor:
            return torch.zeros(shape, dtype=dtype, device=weights.embedding.device)

        c, chunks = config, chunks_for(longest)
        width = c.head_dim
        return cls(
            table=empty(LIMIT, 4, dtype=torch.int64),
            hidden=empty(LIMIT, c.hidden),
            qkv=empty(LIMIT, (c.heads + 2 * c.kv_heads) * width),
            attention=empty(LIMIT, c.heads * width),
            gated=empty(LIMIT, weights.inner),
            logits=empty(LIMIT, c.vocabulary, dtype=torch.float32),
            sums=empty(chunks, LIMIT, c.heads, width, dtype=torch.float32),
            stats=empty(chunks, LIMIT, c.heads, 2, dtype=torch.float32),
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
