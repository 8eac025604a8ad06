"""Owns multiplication by int8 weights: which kernels work here, and the fallback.

Everything of torch that is private, deprecated or bound to an instruction set is touched here and
nowhere else. Weights are symmetric int8 with one scale per output row; activations are quantized on
the fly, with one scale per token, because one scale for a whole batch lets a single outlier token
cost all others their precision.
"""

import warnings
from collections.abc import Callable
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

Linear: TypeAlias = Callable[[Tensor], Tensor]
"""Maps float32 [rows, in] to float32 [rows, out]."""


class Kernel(Protocol):
    """Prepares one weight matrix for one way of multiplying."""

    def __call__(self, weight: Tensor, scale: Tensor, bias: Tensor | None) -> Linear:
        """`weight` int8 [out, in], `scale` float32 [out], `bias` float32 [out]."""
        ...


def plain(weight: Tensor, scale: Tensor, bias: Tensor | None) -> Linear:
    """Correct everywhere and on every device, and slow: the weight is widened at each call."""

    def multiply(x: Tensor) -> Tensor:
        y = x @ weight.to(x.dtype).t() * scale
        return y if bias is None else y + bias

    return multiply


def fbgemm(weight: Tensor, scale: Tensor, bias: Tensor | None) -> Linear:
    """torch's int8 product over packed weights, which keep no reference to `weight`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        zeros = torch.zeros(len(scale), dtype=torch.long)
        quantized = torch._make_per_channel_quantized_tensor(weight, scale.double(), zeros, 0)
        packed = torch.ops.quantized.linear_prepack(quantized, None)
    product = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32
    # Without VNNI the kernel adds pairs of products in 16 bits, which overflow at full range.
    top = 127 if _has_vnni() else 63

    def multiply(x: Tensor) -> Tensor:
        # The rows are stretched to whole steps here, so that a token's numbers never depend on
        # which others it is computed with: drafted and undrafted text stay the same.
        step = x.abs().amax(dim=1, keepdim=True).clamp_(min=1e-20).div_(top)
        y: Tensor = product(x / step, 1.0, top + 1, packed).mul_(step)
        return y if bias is None else y.add_(bias)

    return multiply


def choose_kernel() -> Kernel:
    """The fastest kernel that gives right answers on this machine."""
    for kernel in (fbgemm,):
        if _works(kernel):
            return kernel
    return plain


def _works(kernel: Kernel) -> bool:
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


def _has_vnni() -> bool:
    return bool(torch.cpu.get_capabilities().get("avx512_vnni"))
