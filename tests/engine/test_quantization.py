"""int8 products: every kernel agrees with the plain one, whatever it is batched with."""

import pytest
import torch
from torch import Tensor

from assistant.engine import quantization
from assistant.engine.quantization import Kernel, fbgemm, onednn, plain

KERNELS = [
    pytest.param(kernel, id=kernel.__name__)
    for kernel in (plain, fbgemm, onednn)
    if quantization.works(kernel)
]


@pytest.fixture
def weights() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    weight = torch.randint(-127, 128, (160, 192), dtype=torch.int8, generator=generator)
    return weight, torch.rand(160, generator=generator) + 0.1, torch.randn(160, generator=generator)


def test_this_machine_has_a_fast_kernel() -> None:
    assert quantization.choose_kernel() is not plain


@pytest.mark.parametrize("rows", [1, 2, 7, 8, 40])
@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels_agree(kernel: Kernel, rows: int, weights: tuple[Tensor, Tensor, Tensor]) -> None:
    x, residual = torch.randn(rows, 192), torch.randn(rows, 160)
    weight, scale, bias = weights
    expected = x.double() @ (weight.double() * scale[:, None].double()).t() + bias + residual
    product = kernel(weight, scale, bias)(x, residual)
    error = (product - expected).norm(dim=1) / expected.norm(dim=1)
    assert error.max() < 0.02


@pytest.mark.parametrize("kernel", KERNELS)
def test_an_outlier_costs_only_its_own_row(
    kernel: Kernel, weights: tuple[Tensor, Tensor, Tensor]
) -> None:
    linear = kernel(*weights)
    x = torch.randn(4, 192)
    alone = linear(x)
    x[2] *= 10_000
    together = linear(x)
    torch.testing.assert_close(together[[0, 1, 3]], alone[[0, 1, 3]])


@pytest.mark.parametrize("kernel", KERNELS)
def test_rows_do_not_depend_on_their_batch(
    kernel: Kernel, weights: tuple[Tensor, Tensor, Tensor]
) -> None:
    linear = kernel(*weights)
    x = torch.randn(40, 192)
    single = torch.cat([linear(row[None]) for row in x])
    torch.testing.assert_close(linear(x), single, rtol=1e-4, atol=2e-3)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_row_of_zeros_gives_the_bias(
    kernel: Kernel, weights: tuple[Tensor, Tensor, Tensor]
) -> None:
    torch.testing.assert_close(kernel(*weights)(torch.zeros(2, 192))[1], weights[2])


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_residual_is_left_as_it_was(
    kernel: Kernel, weights: tuple[Tensor, Tensor, Tensor]
) -> None:
    residual = torch.randn(3, 160)
    before = residual.clone()
    kernel(*weights)(torch.randn(3, 192), residual)
    assert torch.equal(residual, before)


def test_a_kernel_that_is_wrong_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(weight: Tensor, scale: Tensor, bias: Tensor | None) -> quantization.Linear:
        return plain(weight, scale * 1.1, bias)

    monkeypatch.setattr(quantization, "fbgemm", wrong)
    monkeypatch.setattr(quantization, "onednn", wrong)
    assert quantization.choose_kernel() is plain


def test_a_kernel_that_is_gone_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(weight: Tensor, scale: Tensor, bias: Tensor | None) -> quantization.Linear:
        raise AttributeError("this torch has no such operator")

    monkeypatch.setattr(quantization, "fbgemm", gone)
    monkeypatch.setattr(quantization, "onednn", gone)
    assert quantization.choose_kernel() is plain


def test_without_vnni_activations_keep_a_bit_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    """At full range, sums of two products overflow the 16 bits that AVX2 has for them."""
    monkeypatch.setattr(quantization, "has_vnni", lambda: False)
    assert quantization.choose_kernel() is fbgemm
    weight = torch.full((16, 64), 127, dtype=torch.int8)
    product = fbgemm(weight, torch.ones(16), None)(torch.ones(1, 64))
    torch.testing.assert_close(product, torch.full((1, 16), 127.0 * 64))
