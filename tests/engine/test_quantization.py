"""int8 products: every kernel matches the plain one, in any batch."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from assistant.engine import quantization
from assistant.engine.quantization import Kernel, Matrix, fbgemm, native, onednn, plain

KERNELS = [
    pytest.param(kernel, id=kernel.__name__)
    for kernel in (plain, native, fbgemm, onednn)
    if quantization.works(kernel)
]


@pytest.fixture
def weights() -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(6)  # the inputs of the tests
    generator = torch.Generator().manual_seed(1)
    weight = torch.randint(-127, 128, (160, 192), dtype=torch.int8, generator=generator)
    return weight, torch.rand(160, generator=generator) + 0.1, torch.randn(160, generator=generator)


def test_this_machine_has_a_fast_kernel() -> None:
    assert quantization.choose_kernel() is not plain


@pytest.mark.parametrize("rows", [1, 2, 7, 8, 40])
@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels_match_the_reference(
    kernel: Kernel, rows: int, weights: tuple[Tensor, Tensor, Tensor]
) -> None:
    x, residual = torch.randn(rows, 192), torch.randn(rows, 160)
    weight, scale, bias = weights
    expected = x.double() @ (weight.double() * scale[:, None].double()).t() + bias + residual
    product = kernel(Matrix(weight, scale, bias))(x, residual)
    error = (product - expected).norm(dim=1) / expected.norm(dim=1)
    assert error.max() < 0.03


@pytest.mark.parametrize("rows", [1, 3, 9])
@pytest.mark.parametrize("kernel", KERNELS)
def test_the_norm_is_applied_before_the_product(
    kernel: Kernel, rows: int, weights: tuple[Tensor, Tensor, Tensor]
) -> None:
    matrix = Matrix(*weights, norm=torch.rand(192) + 0.5, epsilon=1e-3)
    x = torch.randn(rows, 192) * 0.01  # small enough for epsilon to matter
    expected = plain(matrix)(x)
    assert (kernel(matrix)(x) - expected).norm() < 0.03 * expected.norm()


@pytest.mark.parametrize("rows", [1, 3, 9])
@pytest.mark.parametrize("kernel", KERNELS)
def test_the_gate_is_applied_before_the_product(
    kernel: Kernel, rows: int, weights: tuple[Tensor, Tensor, Tensor]
) -> None:
    matrix = Matrix(*weights, gated=True)
    x = torch.randn(rows, 384) * torch.tensor([0.5, 20.0, 200.0]).repeat(
        128
    )  # up to the range of exp
    expected = plain(matrix)(x)
    assert (kernel(matrix)(x) - expected).norm() < 0.03 * expected.norm()


@pytest.mark.parametrize("kernel", KERNELS)
def test_nan_stays_visible_in_its_row(
    kernel: Kernel, weights: tuple[Tensor, Tensor, Tensor]
) -> None:
    x = torch.randn(3, 192)
    x[1, 7] = float("nan")
    sums = kernel(Matrix(*weights))(x).sum(dim=1)
    assert [bool(torch.isfinite(value)) for value in sums] == [True, False, True]


@pytest.mark.parametrize("kernel", KERNELS)
def test_an_outlier_affects_only_its_own_row(
    kernel: Kernel, weights: tuple[Tensor, Tensor, Tensor]
) -> None:
    linear = kernel(Matrix(*weights))
    x = torch.randn(4, 192)
    alone = linear(x)
    x[2] *= 10_000
    together = linear(x)
    torch.testing.assert_close(together[[0, 1, 3]], alone[[0, 1, 3]])


@pytest.mark.parametrize("kernel", KERNELS)
def test_rows_do_not_depend_on_their_batch(
    kernel: Kernel, weights: tuple[Tensor, Tensor, Tensor]
) -> None:
    linear = kernel(Matrix(*weights))
    x = torch.randn(40, 192)
    single = torch.cat([linear(row[None]) for row in x])
    torch.testing.assert_close(linear(x), single, rtol=1e-4, atol=2e-3)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_row_of_zeros_gives_the_bias(
    kernel: Kernel, weights: tuple[Tensor, Tensor, Tensor]
) -> None:
    torch.testing.assert_close(kernel(Matrix(*weights))(torch.zeros(2, 192))[1], weights[2])


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_residual_is_not_modified(
    kernel: Kernel, weights: tuple[Tensor, Tensor, Tensor]
) -> None:
    residual = torch.randn(3, 160)
    before = residual.clone()
    kernel(Matrix(*weights))(torch.randn(3, 192), residual)
    assert torch.equal(residual, before)


def test_a_wrong_kernel_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(matrix: Matrix) -> quantization.Linear:
        return plain(replace(matrix, scale=matrix.scale * 1.1))

    for name in ("native", "fbgemm", "onednn"):
        monkeypatch.setattr(quantization, name, wrong)
    assert quantization.choose_kernel() is plain


def test_a_missing_kernel_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(matrix: Matrix) -> quantization.Linear:
        raise AttributeError("this torch has no such operator")

    for name in ("native", "fbgemm", "onednn"):
        monkeypatch.setattr(quantization, name, missing)
    assert quantization.choose_kernel() is plain


def test_without_vnni_activations_leave_a_bit_unused(monkeypatch: pytest.MonkeyPatch) -> None:
    """At full range, sums of two products overflow AVX2's 16 bits."""
    monkeypatch.setattr(quantization, "has_vnni", lambda: False)
    assert quantization.choose_kernel() is fbgemm
    weight = torch.full((16, 64), 127, dtype=torch.int8)
    product = fbgemm(Matrix(weight, torch.ones(16)))(torch.ones(1, 64))
    torch.testing.assert_close(product, torch.full((1, 16), 127.0 * 64))
