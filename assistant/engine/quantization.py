"""Multiplication with int8 weights: the available kernels, how one is chosen, and the fallback.

Everything in torch that is private, deprecated or tied to an instruction set is confined to this
module. Weights are symmetric int8 with one scale per output row. Activations are quantized
dynamically with one scale per token, as in ZeroQuant (https://arxiv.org/abs/2206.01861): a single
scale for the batch would let one outlier token degrade all others.
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
        """Maps float32 [rows, in] to float32 [rows, out] and adds `residual`, of the same shape.

        For a gated matrix the input is [rows, 2 * in]. Not thread-safe.
        """
        ...


@dataclass(frozen=True, slots=True)
class Matrix:
    """Weights, and the operations on the input that are fused with the product."""

    weight: Tensor
    """int8 [out, in]"""
    scale: Tensor
    """float32 [out]"""
    bias: Tensor | None = None
    """float32 [out]"""
    norm: Tensor | None = None
    """float32 [in]: weights of an RMS norm on the input (https://arxiv.org/abs/1910.07467)."""
    epsilon: float = 0.0
    """Epsilon of the norm."""
    gated: bool = False
    """The input is silu(first half) * second half: SwiGLU (https://arxiv.org/abs/2002.05202)."""

    def prepared(self, x: Tensor) -> Tensor:
        """The input after norm or gate: [rows, in]."""
        if self.norm is not None:
            return functional.rms_norm(x, (x.shape[1],), self.norm, self.epsilon)
        if self.gated:
            gate, up = x.chunk(2, dim=1)
            return functional.silu(gate).mul_(up)
        return x


class Kernel(Protocol):
    """Prepares a matrix for one way of multiplying."""

    def __call__(self, matrix: Matrix) -> Linear: ...


_SHIFT = torch.tensor(128.5)
_FEW_ROWS = 8
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_scratch = Scratch()


def plain(matrix: Matrix) -> Linear:
    """Correct on every device, and slow: the weights are widened on each call."""

    def multiply(x: Tensor, residual: Tensor | None = None) -> Tensor:
        x = matrix.prepared(x)
        y = x @ matrix.weight.to(x.dtype).t() * matrix.scale
        y = y if matrix.bias is None else y + matrix.bias
        return y if residual is None else y + residual

    return multiply


def native(matrix: Matrix) -> Linear:
    """Our own kernel, on the weights as mapped from the file: nothing is packed or copied."""
    program = compiler.load()
    if program is None:
        raise RuntimeError("no native code for this processor or system")
    return (
        NativeLinear(program, _scratch, matrix) if fits(program, matrix.weight) else plain(matrix)
    )


def onednn(matrix: Matrix) -> Linear:
    """oneDNN's kernel from torch's quantized graphs; weights are packed at load."""
    bias = matrix.bias
    packed = torch.ops.onednn.qlinear_prepack(_copied(matrix.weight), None)
    product = torch.ops.onednn.qlinear_pointwise.default
    zeros, step = torch.zeros(len(matrix.scale), dtype=torch.int32), matrix.scale / 127

    def multiply(x: Tensor, residual: Tensor | None = None) -> Tensor:
        x = matrix.prepared(x)
        largest = _largest(x)
        # Truncating a non-negative number plus one half rounds to nearest.
        levels = torch.addcmul(_SHIFT, x, largest.reciprocal(), value=127).to(torch.uint8)
        y: Tensor = product(
            levels, 1.0, 128, packed, step, zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        return _scaled(y, largest, bias, residual)

    return multiply


def fbgemm(matrix: Matrix) -> Linear:
    """torch's older int8 kernel: the fastest without VNNI."""
    scale, bias = matrix.scale, matrix.bias
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # deprecated; `works` decides
        zeros = torch.zeros(len(scale), dtype=torch.long)
        quantized = torch._make_per_channel_quantized_tensor(
            _copied(matrix.weight), scale.double(), zeros, 0
        )
        packed = torch.ops.quantized.linear_prepack(quantized, None)
    product = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32
    # Without VNNI the kernel sums pairs of products in 16 bits, which overflow at full range.
    top = 127 if has_vnni() else 63

    def multiply(x: Tensor, residual: Tensor | None = None) -> Tensor:
        x = matrix.prepared(x)
        step = _largest(x).div_(top)
        y: Tensor = product(x / step, 1.0, top + 1, packed)
        return _scaled(y, step, bias, residual)

    return multiply


def _largest(x: Tensor) -> Tensor:
    """Largest magnitude per row, never zero: [rows, 1].

    Each row has its own quantization step, so a token's result does not depend on the batch and
    drafted text equals undrafted text.
    """
    if x.shape[0] < _FEW_ROWS:
        largest = x.abs().amax(dim=1, keepdim=True)
    else:  # reads x twice but writes nothing of its size
        largest = torch.maximum(x.amax(dim=1, keepdim=True), x.amin(dim=1, keepdim=True).neg_())
    return largest.clamp_(min=1e-20)


def _scaled(y: Tensor, factor: Tensor, bias: Tensor | None, residual: Tensor | None) -> Tensor:
    if residual is not None:
        y = torch.addcmul(residual, y, factor)
        return y if bias is None else y.add_(bias)
    return y.mul_(factor) if bias is None else torch.addcmul(bias, y, factor)


def choose_kernel() -> Kernel:
    """The fastest kernel that computes correctly on this machine."""
    for kernel in (native, onednn, fbgemm) if has_vnni() else (fbgemm, native):
        if works(kernel):
            return kernel
    return plain


def packs(kernel: Kernel) -> bool:
    """Whether the kernel packs matrices, which takes time and memory at load."""
    return kernel in (onednn, fbgemm)


def works(kernel: Kernel) -> bool:
    """Whether the kernel runs and matches the plain product to int8 precision."""
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
        except (RuntimeError, AttributeError):
            return False
        if not bool((error < 0.03 * expected.norm(dim=1) + 1e-3).all()):
            return False
    return True


def _copied(weight: Tensor) -> Tensor:
    """A copy in memory: packing reads a mapped file row by row in scattered order."""
    return weight.clone()


def has_vnni() -> bool:
    """Whether the processor has VNNI, which sums products of bytes in 32 bits."""
    facts = torch.cpu.get_capabilities()
    return bool(facts.get("avx512_vnni") or facts.get("avx_vnni"))


def keep_freed_memory() -> None:
    """Makes glibc reuse large blocks: new pages per activation cost as much as the work."""
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, 1 << 30)
        library.mallopt(_M_TRIM_THRESHOLD, 1 << 30)
