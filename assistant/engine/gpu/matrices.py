"""Weight matrices on the GPU, in bf16 or quantized, and their products with few or many rows."""

import math
import os
from dataclasses import dataclass
from typing import Protocol

import torch
import triton
from torch import Tensor
from torch.nn import functional

from assistant.engine.gpu import products

_GROUPS = (64, 32, 16)
"""Sizes of groups that share a scale; the first one is used whose pairs fill a row."""

_SLICE = 4096
"""Rows that are quantized at a time: it takes several times their memory."""

_LONG = 8192
"""Row length from which one output is enough work for a program."""

_EMULATE = os.environ.get("TRITON_INTERPRET") == "1"
"""Triton's interpreter does not support inline assembly."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The input of a product with few rows: bf16, or 8 bits as `products` describes."""

    values: Tensor
    """[rows, inputs], int8 where there are groups."""
    steps: Tensor | None = None
    """[rows, inputs / (2 * group)], int32."""
    group: int = 0

    @classmethod
    def empty(cls, count: int, inputs: int, group: int, like: Tensor) -> "Rows":
        """Zeros on the device of `like`, and of its type if `group` is 0."""
        if not group:
            return cls(like.new_zeros(count, inputs))
        return cls(
            like.new_zeros(count, inputs, dtype=torch.int8),
            like.new_zeros(count, inputs // (2 * group), dtype=torch.int32),
            group,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What is fused into a product with few rows."""

    norm: Tensor | None = None
    """Weights of an RMS norm that is applied to unquantized input first: [inputs]."""
    add: bool = False
    """Add the result to `out` instead of overwriting it."""
    gated: bool = False
    """The matrix holds the gate and up projections, and the result is silu(gate) * up."""
    epsilon: float = 1e-6


class Matrix(Protocol):
    """A matrix [outputs, inputs]."""

    group: int
    """Group size of the input that `few` expects; 0 for unquantized input."""

    def fuses(self, count: int) -> bool:
        """Whether `few` applies the norm and the gate of a step for this number of rows."""
        ...

    def few(self, x: Rows, out: Tensor, count: int, step: Step) -> None:
        """Writes the product with the first `count` rows to `out`.

        Allocates nothing, so that CUDA can record it. Rows of `out` beyond `count` are undefined.
        """
        ...

    def many(self, x: Tensor, out: Tensor | None = None) -> Tensor:
        """The product with many rows; adds to `out` if given."""
        ...


class FloatMatrix:
    """Unquantized weights.

    A single row is multiplied by our own kernel, with the norm and the gate fused. More rows go to
    cuBLAS, which always gets the whole buffer: it chooses a kernel by the number of rows, and the
    order of the sums depends on the kernel.
    """

    group = 0

    def __init__(self, weight: Tensor, run: int = 0) -> None:
        self._weight = weight

    def fuses(self, count: int) -> bool:
        return count == 1

    def few(self, x: Rows, out: Tensor, count: int, step: Step) -> None:
        if self.fuses(count):
            self._own(x.values, out, count, step)
        elif step.add:
            out.addmm_(x.values, self._weight.t())
        elif out.dtype == x.values.dtype:
            torch.mm(x.values, self._weight.t(), out=out)
        else:
            torch.mm(x.values, self._weight.t(), out_dtype=out.dtype, out=out)

    def _own(self, x: Tensor, out: Tensor, count: int, step: Step) -> None:
        inputs, outputs = self._weight.shape[1], out.shape[1]
        tile = float_tile(inputs)
        grid = (triton.cdiv(count, tile.rows) * triton.cdiv(outputs, tile.outputs),)
        products.product[grid](
            x, self._weight, step.norm, out, count, outputs, step.epsilon, INPUTS=inputs,
            NORM=step.norm is not None, ADD=step.add, GATED=step.gated, ROWS=tile.rows,
            BLOCK_N=tile.outputs, BLOCK_K=tile.width, num_warps=1,
        )  # fmt: skip

    def many(self, x: Tensor, out: Tensor | None = None) -> Tensor:
        return (
            functional.linear(x, self._weight) if out is None else out.addmm_(x, self._weight.t())
        )


class QuantizedMatrix:
    """Weights as 4-bit or 8-bit numbers with a scale for each group of a row."""

    def __init__(self, weight: Tensor, run: int = 0, bits: int = 4) -> None:
        """Quantizes weights on their device. Pairs of groups do not cross runs of inputs."""
        self._dtype = weight.dtype
        self._outputs, self._inputs = weight.shape
        self._bits = bits
        self.group = group_of(math.gcd(run or self._inputs, self._inputs))
        self._packed, self._scales = pack(weight, self.group, bits)

    def fuses(self, count: int) -> bool:
        return False

    def few(self, x: Rows, out: Tensor, count: int, step: Step) -> None:
        tile = quantized_tile(count, self._inputs)
        grid = (triton.cdiv(count, tile.rows) * triton.cdiv(self._outputs, tile.outputs),)
        products.product_quantized[grid](
            x.values.view(torch.int32), x.steps, self._packed.view(torch.int32), self._scales, out,
            count, self._outputs, INPUTS=self._inputs, BITS=self._bits, GROUP=self.group,
            ADD=step.add, ROWS=tile.rows, BLOCK_N=tile.outputs,
            PAIRS=tile.width, EMULATE=_EMULATE, num_warps=1,
        )  # fmt: skip

    def many(self, x: Tensor, out: Tensor | None = None) -> Tensor:
        weight = self.expanded()
        return functional.linear(x, weight) if out is None else out.addmm_(x, weight.t())

    def expanded(self) -> Tensor:
        """The weights as they are multiplied: [outputs, inputs]."""
        if self._bits == 8:
            groups = self._packed.view(torch.int8).view(self._outputs, -1, self.group)
            scales = self._scales.view(torch.float16).view(self._outputs, -1, 1)
            return (groups * scales.float()).to(self._dtype).view(self._outputs, self._inputs)
        weight = torch.empty(
            self._outputs, self._inputs, dtype=self._dtype, device=self._packed.device
        )
        grid = (triton.cdiv(self._outputs, 16), self._inputs // (2 * self.group))
        products.expand_4bit[grid](
            self._packed, self._scales, weight, self._outputs,
            INPUTS=self._inputs, GROUP=self.group, BLOCK_N=16,
        )  # fmt: skip
        return weight


def group_of(inputs: int) -> int:
    """Weights of a row of `inputs` that share a scale; 0 if rows cannot be divided."""
    return next((size for size in _GROUPS if inputs % (2 * size) == 0), 0)


def pack(weight: Tensor, group: int, bits: int) -> tuple[Tensor, Tensor]:
    """Bytes [outputs, inputs * bits / 8], and pairs of scales [outputs, inputs / (2 * group)]."""
    parts = [_pack_rows(rows, group, bits) for rows in torch.split(weight, _SLICE)]
    packed, scales = (torch.cat(each) for each in zip(*parts, strict=True))
    return packed, scales


def _pack_rows(weight: Tensor, group: int, bits: int) -> tuple[Tensor, Tensor]:
    rows, inputs = weight.shape
    lowest = -(1 << (bits - 1))
    values = weight.float().view(rows, inputs // group, group)
    # The farthest value gets the lowest number: with a scale of either sign, none is left unused.
    farthest = values.gather(2, values.abs().argmax(2, keepdim=True))
    scales = (farthest / lowest).half()
    divisor = scales.float().where(scales != 0, torch.ones_like(farthest))
    numbers = (values / divisor).round().clamp(lowest, -lowest - 1).to(torch.int8)
    packed = numbers.view(torch.uint8)
    if bits == 4:
        packed = packed[:, ::2] & 15 | packed[:, 1::2] << 4
    pairs = scales.view(rows, inputs // (2 * group), 2).contiguous().view(torch.int32)
    return packed.reshape(rows, inputs * bits // 8), pairs.squeeze(2)


@dataclass(frozen=True, slots=True)
class Tile:
    """The part of a product that one program computes."""

    rows: int
    outputs: int
    width: int
    """Inputs, or pairs of groups, that are loaded per step."""


def float_tile(inputs: int) -> Tile:
    """The fastest of a few on an H200."""
    return Tile(1, 2 if inputs < _LONG else 1, 512)


def quantized_tile(count: int, inputs: int) -> Tile:
    """The fastest of a few on an H200."""
    if count == 1:
        return Tile(1, 2, 16) if inputs < _LONG else Tile(1, 1, 32)
    return Tile(4, 4, 8) if inputs < _LONG else Tile(4, 2, 16)
