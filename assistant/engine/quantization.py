"""Owns multiplication by int8 weights: which kernels work here, and the fallback.

Everything of torch that is private, deprecated or bound to an instruction set is touched here and
nowhere else. Weights are symmetric int8 with one scale per output row; activations are quantized on
the fly, with one scale per token, because one scale for a whole batch lets a single outlier token
cost all others their precision.
"""

import contextlib
import ctypes
import warnings
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from assistant.engine.native import compiler
from assistant.engine.native.kernel import NativeLinear, Scratch, fits


class Linear(Protocol):
    """One weight matrix, ready to multiply."""

    def __call__(self, x: Tensor, residual: Tensor | None = None) -> Tensor:
        """Maps float32 [rows, in] to float32 [rows, out], and adds `residual` of that shape.

        The input is [rows, 2 * in] where the matrix is gated. One call at a time.
        """
        ...


@dataclass(frozen=True, slots=True)
class Matrix:
    """Weights, and what happens to the input before they are multiplied by it."""

    weight: Tensor
    """int8 [out, in]"""
    scale: Tensor
    """float32 [out]"""
    bias: Tensor | None = None
    """float32 [out]"""
    norm: Tensor | None = None
    """float32 [in]: the input goes through an RMS norm with these weights first."""
    epsilon: float = 0.0
    """Of the norm."""
    gated: bool = False
    """The input is silu(first half) * second half."""

    def prepared(self, x: Tensor) -> Tensor:
        """The input as the product sees it: [rows, in]."""
        if self.norm is not None:
            return functional.rms_norm(x, (x.shape[1],), self.norm, self.epsilon)
        if self.gated:
            gate, up = x.chunk(2, dim=1)
            return functional.silu(gate).mul_(up)
        return x


class Kernel(Protocol):
    """Prepares one matrix for one way of multiplying."""

    def __call__(self, matrix: Matrix) -> Linear: ...


_SHIFT = torch.tensor(128.5)
_FEW_ROWS = 8
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_scratch = Scratch()


def plain(matrix: Matrix) -> Linear:
    """Correct everywhere and on every device, and slow: the weight is widened at each call."""

    def multiply(x: Tensor, residual: Tensor | None = None) -> Tensor:
        x = matrix.prepared(x)
        y = x @ matrix.weight.to(x.dtype).t() * matrix.scale
        y = y if matrix.bias is None else y + matrix.bias
        return y if residual is None else y + residual

    return multiply


def native(matrix: Matrix) -> Linear:
    """Our own product on the weights as they lie in the file: nothing is packed or copied."""
    program = compiler.load()
    if program is None:
        raise NotImplementedError("no machine code for this processor or system")
    return (
        NativeLinear(program, _scratch, matrix) if fits(program, matrix.weight) else plain(matrix)
    )


def onednn(matrix: Matrix) -> Linear:
    """The product of the compiler's quantized graphs, on weights that are packed at load."""
    bias = matrix.bias
    packed = torch.ops.onednn.qlinear_prepack(_own(matrix.weight), None)
    product = torch.ops.onednn.qlinear_pointwise.default
    zeros, step = torch.zeros(len(matrix.scale), dtype=torch.int32), matrix.scale / 127

    def multiply(x: Tensor, residual: Tensor | None = None) -> Tensor:
        x = matrix.prepared(x)
        largest = _largest(x)
        # Truncation of what is never negative, plus a half, rounds to nearest.
        levels = torch.addcmul(_SHIFT, x, largest.reciprocal(), value=127).to(torch.uint8)
        y: Tensor = product(
            levels, 1.0, 128, packed, step, zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        return _scaled(y, largest, bias, residual)

    return multiply


def fbgemm(matrix: Matrix) -> Linear:
    """torch's older int8 product: the fastest without VNNI."""
    scale, bias = matrix.scale, matrix.bias
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of its deprecation; `works` decides
        zeros = torch.zeros(len(scale), dtype=torch.long)
        quantized = torch._make_per_channel_quantized_tensor(
            _own(matrix.weight), scale.double(), zeros, 0
        )
        packed = torch.ops.quantized.linear_prepack(quantized, None)
    product = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32
    # Without VNNI the kernel adds pairs of products in 16 bits, which overflow at full range.
    top = 127 if has_vnni() else 63

    def multiply(x: Tensor, residual: Tensor | None = None) -> Tensor:
        x = matrix.prepared(x)
        step = _largest(x).div_(top)
        y: Tensor = product(x / step, 1.0, top + 1, packed)
        return _scaled(y, step, bias, residual)

    return multiply


def _largest(x: Tensor) -> Tensor:
    """Largest magnitude per row, never zero: [rows, 1].

    The rows are quantized here, on a grid of their own, so that a token's numbers never depend on
    which others it is computed with: drafted and undrafted text stay the same.
    """
    if x.shape[0] < _FEW_ROWS:
        largest = x.abs().amax(dim=1, keepdim=True)
    else:  # reads more, but writes nothing of the size of x
        largest = torch.maximum(x.amax(dim=1, keepdim=True), x.amin(dim=1, keepdim=True).neg_())
    return largest.clamp_(min=1e-20)


def _scaled(y: Tensor, factor: Tensor, bias: Tensor | None, residual: Tensor | None) -> Tensor:
    if residual is not None:
        y = torch.addcmul(residual, y, factor)
        return y if bias is None else y.add_(bias)
    return y.mul_(factor) if bias is None else torch.addcmul(bias, y, factor)


def choose_kernel() -> Kernel:
    """The fastest kernel that gives right answers on this machine."""
    for kernel in (native, onednn, fbgemm) if has_vnni() else (fbgemm, native):
        if works(kernel):
            return kernel
    return plain


def packs(kernel: Kernel) -> bool:
    """Whether preparing a matrix with it takes long, and memory of its own."""
    return kernel in (onednn, fbgemm)


def works(kernel: Kernel) -> bool:
    """Whether it runs, and agrees with the plain product to the precision of int8."""
    random = np.random.RandomState(0)
    weight = torch.from_numpy(random.randint(-127, 128, (96, 256), dtype=np.int8))
    scale = torch.from_numpy(random.uniform(0.5, 1.5, 96)).float()
    bias = torch.from_numpy(random.standard_normal(96)).float()
    for rows in (1, 3, 20):
        x = torch.from_numpy(random.standard_normal((rows, 256))).float()
        x *= torch.logspace(-2, 2, rows)[:, None]
        matrix = Matrix(weight, scale, bias)
        expected = plain(matrix)(x)
        try:
            error = (kernel(matrix)(x) - expected).norm(dim=1)
        except (RuntimeError, AttributeError, NotImplementedError):
            return False
        if not bool((error < 0.03 * expected.norm(dim=1) + 1e-3).all()):
            return False
    return True


def _own(weight: Tensor) -> Tensor:
    """Pages of a file as memory of our own: a packer reads a row at a time, all over the place."""
    return weight.clone()


def has_vnni() -> bool:
    """Whether products of bytes are added up in 32 bits by one instruction."""
    facts = torch.cpu.get_capabilities()
    return bool(facts.get("avx512_vnni") or facts.get("avx_vnni"))


def keep_freed_memory() -> None:
    """Lets glibc reuse large blocks: fresh pages for every activation cost as much as the work."""
    with contextlib.suppress(OSError, AttributeError):  # another C library
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, 1 << 30)
        library.mallopt(_M_TRIM_THRESHOLD, 1 << 30)
