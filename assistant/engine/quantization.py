"""Owns multiplication by int8 weights: which kernels work here, and the fallback.

Everything of torch that is private, deprecated or bound to an instruction set is touched here and
nowhere else. Weights are symmetric int8 with one scale per output row; activations are quantized on
the fly, with one scale per token, because one scale for a whole batch lets a single outlier token
cost all others their precision.
"""

import contextlib
import ctypes
import warnings
from typing import Protocol

import torch
from torch import Tensor


class Linear(Protocol):
    """One weight matrix, ready to multiply."""

    def __call__(self, x: Tensor, residual: Tensor | None = None) -> Tensor:
        """Maps float32 [rows, in] to float32 [rows, out], and adds `residual` of that shape."""
        ...


_SHIFT = torch.tensor(128.5)
_FEW_ROWS = 8
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


class Kernel(Protocol):
    """Prepares one weight matrix for one way of multiplying."""

    def __call__(self, weight: Tensor, scale: Tensor, bias: Tensor | None) -> Linear:
        """`weight` int8 [out, in], `scale` float32 [out], `bias` float32 [out]."""
        ...


def plain(weight: Tensor, scale: Tensor, bias: Tensor | None) -> Linear:
    """Correct everywhere and on every device, and slow: the weight is widened at each call."""

    def multiply(x: Tensor, residual: Tensor | None = None) -> Tensor:
        y = x @ weight.to(x.dtype).t() * scale
        y = y if bias is None else y + bias
        return y if residual is None else y + residual

    return multiply


def onednn(weight: Tensor, scale: Tensor, bias: Tensor | None) -> Linear:
    """The product of the compiler's quantized graphs: the fastest from a dozen rows on."""
    packed = torch.ops.onednn.qlinear_prepack(weight, None)
    product = torch.ops.onednn.qlinear_pointwise.default
    zeros, step = torch.zeros(len(scale), dtype=torch.int32), scale / 127

    def multiply(x: Tensor, residual: Tensor | None = None) -> Tensor:
        largest = _largest(x)
        # Truncation of what is never negative, plus a half, rounds to nearest.
        levels = torch.addcmul(_SHIFT, x, largest.reciprocal(), value=127).to(torch.uint8)
        y: Tensor = product(
            levels, 1.0, 128, packed, step, zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        return _scaled(y, largest, bias, residual)

    return multiply


def fbgemm(weight: Tensor, scale: Tensor, bias: Tensor | None) -> Linear:
    """torch's older int8 product: the fastest without VNNI."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of its deprecation; `works` decides
        zeros = torch.zeros(len(scale), dtype=torch.long)
        quantized = torch._make_per_channel_quantized_tensor(weight, scale.double(), zeros, 0)
        packed = torch.ops.quantized.linear_prepack(quantized, None)
    product = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32
    # Without VNNI the kernel adds pairs of products in 16 bits, which overflow at full range.
    top = 127 if has_vnni() else 63

    def multiply(x: Tensor, residual: Tensor | None = None) -> Tensor:
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
    for kernel in (onednn, fbgemm) if has_vnni() else (fbgemm,):
        if works(kernel):
            return kernel
    return plain


def works(kernel: Kernel) -> bool:
    """Whether it runs, and agrees with the plain product to the precision of int8."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randint(-127, 128, (96, 256), dtype=torch.int8, generator=generator)
    scale = torch.rand(96, generator=generator) + 0.5
    bias = torch.randn(96, generator=generator)
    for rows in (1, 3, 20):
        x = torch.randn(rows, 256, generator=generator) * torch.logspace(-2, 2, rows)[:, None]
        expected = plain(weight, scale, bias)(x)
        try:
            error = (kernel(weight, scale, bias)(x) - expected).norm(dim=1)
        except (RuntimeError, AttributeError, NotImplementedError):
            return False
        if not bool((error < 0.03 * expected.norm(dim=1) + 1e-3).all()):
            return False
    return True


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
