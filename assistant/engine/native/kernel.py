"""Calls the compiled product: jobs, scratch memory, supported matrices.

Not thread-safe: all weights of a model share the scratch memory.
"""

import ctypes
import struct
from typing import Any

import torch
from torch import Tensor

from assistant.engine.native.compiler import Program
from assistant.engine.native.product_ir import COLUMNS, FEW_ROWS, FIELDS

_STRIP_BYTES = 200_000
"""Weights per strip, which stay in a core's second-level cache for all input rows."""

_X, _Y, _ROWS, _TOKENS, _RESIDUAL, _LEVELS, _STEPS, _LINE, _STRIP, _THREADS = map(
    FIELDS.index,
    ("x", "y", "rows", "tokens", "residual", "levels", "steps", "line", "strip", "threads"),
)
_STRIPS = 4
"""Minimum strips per thread, so that a delayed thread leaves its work to the others."""


class Scratch:
    """Memory for quantized inputs, grown on demand."""

    def __init__(self) -> None:
        self._levels = torch.empty(0, dtype=torch.uint8)
        self._steps, self._line = torch.empty(0), torch.empty(0)

    def reserve(self, rows: int, width: int, threads: int) -> tuple[int, int, int]:
        """Addresses of the levels, steps and lines for a product of this size."""
        levels = max(rows, FEW_ROWS * threads) * width
        if self._levels.numel() < levels:
            self._levels = torch.empty(levels, dtype=torch.uint8)
        if self._steps.numel() < rows * threads:
            self._steps = torch.empty(rows * threads)
        if self._line.numel() < width * threads:
            self._line = torch.empty(width * threads)
        return self._levels.data_ptr(), self._steps.data_ptr(), self._line.data_ptr()


class NativeLinear:
    """One weight matrix, used in place; see `quantization.Linear`."""

    __slots__ = (
        "_gated", "_job", "_keep", "_product", "_scratch", "_terms", "_threads", "_width", "out",
    )  # fmt: skip

    def __init__(self, program: Program, scratch: Scratch, matrix: Any) -> None:
        self.out, self._width = matrix.weight.shape
        self._product, self._scratch, self._gated = program.product, scratch, matrix.gated
        # The output of a gate has outliers, whose step size erases small values unless the rounding
        # error is multiplied as well. For few rows that is nearly free.
        self._terms = 2 if matrix.gated and matrix.bias is None else 1
        bias = torch.zeros(self.out) if matrix.bias is None else matrix.bias
        shift = torch.empty(self.out, dtype=torch.int32)
        self._keep = (matrix.weight, matrix.scale, bias, shift, matrix.norm)
        fields = {
            "weight": matrix.weight.data_ptr(),
            "scale": matrix.scale.data_ptr(),
            "shift": shift.data_ptr(),
            "bias": bias.data_ptr(),
            "in": self._width,
            "out": self.out,
            "norm": 0 if matrix.norm is None else matrix.norm.data_ptr(),
            "epsilon": struct.unpack("<I", struct.pack("<f", matrix.epsilon))[0],
            "gated": int(matrix.gated),
            "area": FEW_ROWS * self._width,
        }
        self._job = (ctypes.c_int64 * len(FIELDS))(*[fields.get(name, 0) for name in FIELDS])
        self._threads = 0
        self._divide()
        program.sums(self._job)

    def __call__(self, x: Tensor, residual: Tensor | None = None) -> Tensor:
        tokens, rows = len(x), len(x) * self._terms
        # Native code checks no bounds: a wrong shape would read past the end.
        x = _checked(x, (tokens, self._width << self._gated))
        residual = None if residual is None else _checked(residual, (tokens, self.out))
        y = torch.empty(rows, self.out)
        self._divide()
        job = self._job
        job[_X], job[_Y], job[_ROWS], job[_TOKENS] = x.data_ptr(), y.data_ptr(), rows, tokens
        job[_LEVELS], job[_STEPS], job[_LINE] = self._scratch.reserve(
            rows, self._width, self._threads
        )
        if self._terms == 2:
            self._product(job)
            y = y[:tokens].add_(y[tokens:])
            return y if residual is None else y.add_(residual)
        job[_RESIDUAL] = 0 if residual is None else residual.data_ptr()
        self._product(job)
        return y

    def _divide(self) -> None:
        """Divides the weights into strips for torch's current number of threads."""
        threads = torch.get_num_threads()
        if threads != self._threads:
            strip = min(_STRIP_BYTES // self._width, self.out // (_STRIPS * threads))
            self._job[_STRIP] = max(strip // COLUMNS, 1) * COLUMNS
            self._job[_THREADS] = self._threads = threads


def _checked(x: Tensor, shape: tuple[int, int]) -> Tensor:
    if x.dtype != torch.float32 or x.shape != shape:
        raise RuntimeError(f"{tuple(x.shape)} {x.dtype} does not fit {shape} float32")
    return x.contiguous()


def fits(program: Program, weight: Tensor) -> bool:
    """Whether the program supports this matrix: whole steps, and enough columns."""
    out, width = weight.shape
    return width % program.isa.step == 0 and out >= COLUMNS and weight.is_contiguous()
