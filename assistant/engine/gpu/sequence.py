"""Sequences over a `GpuDecoder`: caches that grow, and the plan of each pass."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from assistant.engine.gpu.decoder import LIMIT, GpuDecoder, chunks_for

_BLOCK = 1024
"""Granularity of a cache's capacity in tokens."""

_SIZES = (1, 4, 8, 16, 32)
"""Rows per sequence of a recorded pass. Surplus rows are written where the next pass overwrites
them."""

FEW = _SIZES[-1]


class GpuSequence:
    """One sequence. Its cache is [layers, 2, kv_heads, capacity, head_dim]."""

    def __init__(self, decoder: GpuDecoder) -> None:
        self._decoder = decoder
        self._cache = self._allocate(0)
        self.length = 0

    def forward(self, ids: Sequence[int], last: int) -> Tensor:
        """As `Backend.forward`; the logits stay on the GPU."""
        if len(ids) <= FEW:
            rows = self.forward_together([(self, ids)])[0]
            return rows[len(rows) - last :]
        end = self.length + len(ids)
        self._reserve(end)
        table = torch.from_numpy(self._table(ids, len(ids))).to(self._decoder.device)
        logits = self._decoder.many(table, self._cache, end, last)
        self.length = end
        return logits

    @classmethod
    def forward_together(
        cls, members: Sequence[tuple["GpuSequence", Sequence[int]]]
    ) -> list[Tensor]:
        """Appends to several sequences of one decoder; returns logits of all ids for each."""
        longest = max(len(ids) for _, ids in members)
        rows = next((size for size in _SIZES if longest <= size), 0)
        if not rows or len(members) * rows > LIMIT:
            return [sequence.forward(ids, len(ids)) for sequence, ids in members]
        for sequence, _ in members:
            sequence._reserve(sequence.length + rows)
        decoder = members[0][0]._decoder
        table = np.concatenate([sequence._table(ids, rows) for sequence, ids in members])
        decoder.fill(table)
        end = max(sequence.length for sequence, _ in members) + rows
        logits = decoder.few(len(members), rows, chunks_for(end)).clone()
        for sequence, ids in members:
            sequence.length += len(ids)
        return [
            each[: len(ids)]
            for each, (_, ids) in zip(torch.split(logits, rows), members, strict=True)
        ]

    def truncate(self, length: int) -> None:
        self.length = length
        if not length:
            self._cache = self._allocate(0)  # frees the memory of an empty sequence

    def copy(self) -> "GpuSequence":
        twin = GpuSequence(self._decoder)
        twin._cache = self._allocate(self.length)
        twin._cache[:, :, :, : self.length] = self._cache[:, :, :, : self.length]
        twin.length = self.length
        return twin

    def export(self, length: int) -> NDArray[np.float32]:
        """Keys and values: [layers, 2, kv_heads, length, head_dim]."""
        values: NDArray[np.float32] = self._cache[:, :, :, :length].float().cpu().numpy()
        return values

    def load(self, values: NDArray[np.float32]) -> None:
        """Raises ValueError if the values do not fit this model."""
        length = values.shape[3] if values.ndim == 5 else -1
        shape = self._cache.shape
        if values.shape != (*shape[:3], length, shape[4]):
            raise ValueError(f"a cache of shape {values.shape} does not fit this model")
        cache = self._allocate(length)
        cache[:, :, :, :length] = torch.from_numpy(values).to(cache)
        self._cache, self.length = cache, length

    def _reserve(self, length: int) -> None:
        """Makes room for `length` tokens; a failed allocation changes nothing."""
        if length <= self._cache.shape[3]:
            return
        grown = self._allocate(max(length, self._cache.shape[3] * 5 // 4))
        grown[:, :, :, : self.length] = self._cache[:, :, :, : self.length]
        self._cache = grown

    def _allocate(self, length: int) -> Tensor:
        c = self._decoder.config
        capacity = -(-length // _BLOCK) * _BLOCK
        shape = (c.layers, 2, c.kv_heads, capacity, c.head_dim)
        return torch.empty(shape, dtype=self._decoder.dtype, device=self._decoder.device)

    def _table(self, ids: Sequence[int], rows: int) -> NDArray[np.int64]:
        """Rows of a pass that appends `ids`, padded to `rows`; see `kernels`."""
        table = np.zeros((rows, 4), np.int64)
        table[: len(ids), 0] = ids
        table[:, 1] = self._cache.data_ptr()
        table[:, 2] = self._cache.shape[3]
        table[:, 3] = np.arange(self.length, self.length + rows)
        return table
