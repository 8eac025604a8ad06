"""Calls the compiled attention: jobs, scratch memory, supported models.

Not thread-safe: all layers of a model share the scratch memory.
"""

import ctypes
import struct

import torch
from torch import Tensor

from assistant.engine.native.attention_ir import FIELDS, LANES, MOST_HEADS
from assistant.engine.native.compiler import Program

_ROWS_PER_HEAD, _ENOUGH_HEADS = 4, 4

_QKV, _ROTATION, _CACHE, _Y, _SCRATCH, _AREA, _ROWS, _PAST, _CAPACITY, _THREADS = map(
    FIELDS.index,
    ("qkv", "rotation", "cache", "y", "scratch", "area", "rows", "past", "capacity", "threads"),
)


class NativeAttention:
    """Attention for a few rows of one sequence, for all layers of a model."""

    __slots__ = (
        "_attend",
        "_dim",
        "_group",
        "_heads",
        "_job",
        "_kv_heads",
        "_scratch",
        "most_rows",
    )

    def __init__(self, program: Program, heads: int, kv_heads: int, dim: int) -> None:
        self._attend = program.attend
        self._heads, self._kv_heads, self._dim = heads, kv_heads, dim
        self._group = heads // kv_heads
        # Beyond this torch is faster: it reads the keys once for many rows.
        self.most_rows = _ROWS_PER_HEAD * min(self._group, _ENOUGH_HEADS)
        fields = {
            "heads": heads,
            "kv_heads": kv_heads,
            "group": self._group,
            "dim": dim,
            "factor": struct.unpack("<I", struct.pack("<f", dim**-0.5))[0],
        }
        self._job = (ctypes.c_int64 * len(FIELDS))(*[fields.get(name, 0) for name in FIELDS])
        self._scratch = torch.empty(0)

    def __call__(self, qkv: Tensor, rotation: Tensor, cache: Tensor, past: int, y: Tensor) -> None:
        """Appends the keys and values of `qkv` to the `past` tokens of `cache` and writes the
        output to `y`.

        All float32: qkv [rows, heads + 2 * kv_heads, dim], rotation [rows, 2, dim], cache [2,
        kv_heads, capacity, dim] with room for the rows, y [rows, heads * dim]. Raises RuntimeError
        for any other shape.
        """
        rows, capacity = len(qkv), cache.shape[2]
        # Native code checks no bounds: a wrong shape would read past the end.
        for tensor, shape in (
            (qkv, (rows, self._heads + 2 * self._kv_heads, self._dim)),
            (rotation, (rows, 2, self._dim)),
            (cache, (2, self._kv_heads, capacity, self._dim)),
            (y, (rows, self._heads * self._dim)),
        ):
            if tensor.shape != shape or tensor.dtype != torch.float32 or not tensor.is_contiguous():
                raise RuntimeError(f"{tuple(tensor.shape)} {tensor.dtype} does not fit {shape}")
        if past + rows > capacity or capacity % LANES:
            raise RuntimeError(f"{past} + {rows} tokens do not fit a cache of {capacity}")
        threads = torch.get_num_threads()
        area = self._group * (self._dim + capacity)
        if self._scratch.numel() < area * threads:
            self._scratch = torch.empty(area * threads)
        job = self._job
        job[_QKV], job[_ROTATION], job[_CACHE] = (
            qkv.data_ptr(), rotation.data_ptr(), cache.data_ptr()
        )  # fmt: skip
        job[_Y], job[_SCRATCH], job[_AREA] = y.data_ptr(), self._scratch.data_ptr(), area
        job[_ROWS], job[_PAST], job[_CAPACITY], job[_THREADS] = rows, past, capacity, threads
        self._attend(job)


def serves(heads: int, kv_heads: int, dim: int) -> bool:
    """Whether models of these shapes are supported: whole vectors, few enough heads per group."""
    return dim % (2 * LANES) == 0 and heads % kv_heads == 0 and heads // kv_heads <= MOST_HEADS
