"""Weight matrices on the GPU, bf16 or 4-bit, and their products with few and with many rows."""

from dataclasses import dataclass
from typing import Protocol

import torch
import triton
from torch import Tensor
from torch.nn import functional

from assistant.engine.gpu import kernels

_GROUPS = (64, 32)
"""Weights that share a scale: the first size of which pairs fill a row."""

_LEVELS = 15

_SLICE = 4096
"""Rows that are quantized at a time: it takes several times their memory."""

_MANY = 8192
"""Outputs from which tiles of 32 are enough for a large GPU."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is fused into a product."""

    norm: Tensor | None = None
    """Weights of an RMS norm of the input: [inputs]."""
    bias: Tensor | None = None
    """[outputs]"""
    add: bool = False
    """Whether the result is added to what the target holds."""
    gated: bool = False
    """Whether the rows are those of gate and up, and the result is silu(gate) * up."""
    epsilon: float = 1e-6


class Matrix(Protocol):
    """A matrix [outputs, inputs]."""

    def few(self, x: Tensor, out: Tensor, step: Step) -> None:
        """Writes the product with a few rows to `out`. Allocates nothing, so it can be recorded."""
        ...

    def many(self, x: Tensor, step: Step, out: Tensor | None = None) -> Tensor:
        """The product with many rows, normalized before and gated after; adds to `out` if given."""
        ...


class FloatMatrix:
    """Weights as they were trained."""

    def __init__(self, weight: Tensor) -> None:
        self.weight = weight

    def few(self, x: Tensor, out: Tensor, step: Step) -> None:
        inputs = self.weight.shape[1]
        outputs = out.shape[1]
        tile = tile_for(outputs, inputs, gated=step.gated)
        kernels.product[_grid(out, tile.outputs)](
            x, self.weight, step.bias, step.norm, out, len(x), outputs, step.epsilon,
            INPUTS=inputs, NORM=step.norm is not None, BIAS=step.bias is not None, ADD=step.add,
            GATED=step.gated, BLOCK_N=tile.outputs, BLOCK_K=tile.inputs, num_warps=tile.warps,
            num_stages=tile.stages,
        )  # fmt: skip

    def many(self, x: Tensor, step: Step, out: Tensor | None = None) -> Tensor:
        return _many(x, self.weight, step, out)


class FourBitMatrix:
    """Weights as 4-bit numbers with a scale and an offset for each group of a row."""

    def __init__(self, weight: Tensor) -> None:
        """Quantizes weights on their device."""
        self._dtype = weight.dtype
        self._outputs, self._inputs = weight.shape
        self._group = group_of(self._inputs)
        self._packed, self._scales = pack(weight, self._group)

    def few(self, x: Tensor, out: Tensor, step: Step) -> None:
        tile = tile_for(out.shape[1], self._inputs, gated=step.gated)
        kernels.product_4bit[_grid(out, tile.outputs)](
            x, self._packed, self._scales, step.bias, step.norm, out, len(x), out.shape[1],
            step.epsilon, INPUTS=self._inputs, GROUP=self._group, NORM=step.norm is not None,
            BIAS=step.bias is not None, ADD=step.add, GATED=step.gated, BLOCK_N=tile.outputs,
            PAIRS=max(1, tile.inputs // (2 * self._group)), num_warps=tile.warps,
            num_stages=tile.stages,
        )  # fmt: skip

    def many(self, x: Tensor, step: Step, out: Tensor | None = None) -> Tensor:
        return _many(x, self.expanded(), step, out)

    def expanded(self) -> Tensor:
        """The weights as they are multiplied: [outputs, inputs]."""
        weight = torch.empty(
            self._outputs, self._inputs, dtype=self._dtype, device=self._packed.device
        )
        grid = (triton.cdiv(self._outputs, 16), self._inputs // (2 * self._group))
        kernels.expand_4bit[grid](
            self._packed, self._scales, weight, self._outputs,
            INPUTS=self._inputs, GROUP=self._group, BLOCK_N=16,
        )  # fmt: skip
        return weight


def group_of(inputs: int) -> int:
    """Weights of a row of `inputs` that share a scale; 0 if rows cannot be divided."""
    return next((size for size in _GROUPS if inputs % (2 * size) == 0), 0)


def pack(weight: Tensor, group: int) -> tuple[Tensor, Tensor]:
    """Bytes [outputs, inputs / 2], and scales with offsets [inputs / group, outputs].

    A block of `group` bytes holds two groups: one in the low halves, one in the high ones. A scale
    and an offset are two float16 in an int32, the scale in its low half.
    """
    parts = [_pack_rows(rows, group) for rows in torch.split(weight, _SLICE)]
    packed, scales = (torch.cat(each) for each in zip(*parts, strict=True))
    return packed, scales.t().contiguous()


def _pack_rows(weight: Tensor, group: int) -> tuple[Tensor, Tensor]:
    rows, inputs = weight.shape
    values = weight.float().view(rows, inputs // group, group)
    low, high = values.amin(2), values.amax(2)
    pairs = torch.stack((((high - low) / _LEVELS).clamp(min=1e-7), low), dim=2).half()
    scale, low = pairs.float().unbind(2)
    numbers = (values - low[:, :, None]) / scale[:, :, None]
    numbers = numbers.round().clamp(0, _LEVELS).to(torch.uint8)
    packed = numbers[:, ::2] | numbers[:, 1::2] << 4
    return packed.reshape(rows, inputs // 2), pairs.view(torch.int32).squeeze(2)


def _many(x: Tensor, weight: Tensor, step: Step, out: Tensor | None) -> Tensor:
    if step.norm is not None:
        x = functional.rms_norm(x, (x.shape[-1],), step.norm, step.epsilon)
    if out is not None:
        return out.addmm_(x, weight.t())
    both = functional.linear(x, weight, step.bias)
    if not step.gated:
        return both
    rows, width = len(both), both.shape[1] // 2
    gated = both.new_empty(rows, width)
    kernels.gate[(rows, triton.cdiv(width, 1024))](both, gated, width, BLOCK=1024)
    return gated


def _grid(out: Tensor, block: int) -> tuple[int, int]:
    return triton.cdiv(len(out), kernels.ROWS), triton.cdiv(out.shape[1], block)


@dataclass(frozen=True, slots=True)
class Tile:
    """What one program of a product works on, and how."""

    outputs: int
    inputs: int
    """Of one step; 4-bit products take a pair of groups instead."""
    warps: int
    stages: int
    """Steps whose weights are on their way, and the one being multiplied."""


def tile_for(outputs: int, inputs: int, *, gated: bool) -> Tile:
    """Small enough that there is work for every multiprocessor, with enough of it on its way."""
    narrow = outputs < _MANY
    step = next(size for size in (256, 128, 64, 32)[not narrow :] if inputs % size == 0)
    stages = 5 if narrow else 3 if gated else 4
    return Tile(16 if narrow else 32, step, warps=4, stages=stages)


def divides(inputs: int) -> bool:
    """Whether rows of this length fit the tiles of a bf16 product."""
    return inputs % 32 == 0
