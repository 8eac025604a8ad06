"""The compiled product: every instruction set of this processor, odd shapes, shape checks."""

import ctypes

import pytest
import torch

from assistant.engine import quantization
from assistant.engine.native import attention_ir, compiler, product_ir
from assistant.engine.native.instruction_sets import INSTRUCTION_SETS
from assistant.engine.native.kernel import NativeLinear, Scratch, fits
from assistant.engine.quantization import Matrix, plain

PROGRAMS = [
    pytest.param(isa.name, id=isa.name) for isa in INSTRUCTION_SETS if compiler.load(isa.name)
]


def matrix(out: int, width: int) -> Matrix:
    generator = torch.Generator().manual_seed(out)
    return Matrix(
        weight=torch.randint(-127, 128, (out, width), dtype=torch.int8, generator=generator),
        scale=torch.rand(out, generator=generator) + 0.1,
        bias=torch.randn(out, generator=generator),
    )


def quantized(x: torch.Tensor, top: int) -> torch.Tensor:
    """The input after quantization, rounded as the program rounds."""
    largest = x.abs().amax(dim=1, keepdim=True)
    levels = torch.floor(x * (top / largest) + top + 1.5) - (top + 1)
    return levels * (largest / top)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("shape", [(4, 64), (7, 128), (270, 64), (1030, 192)])
@pytest.mark.parametrize("name", PROGRAMS)
def test_sums_are_exact(name: str, shape: tuple[int, int], threads: int) -> None:
    """With everything that does not divide evenly: rows by blocks, columns by four, strips by
    threads.
    """
    program = compiler.load(name)
    assert program is not None
    weights = matrix(*shape)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        linear = NativeLinear(program, Scratch(), weights)
        for rows in (1, 2, 3, 5, 6, 7, 13):
            torch.manual_seed(rows)  # ties may round either way
            x, residual = torch.randn(rows, shape[1]), torch.randn(rows, shape[0])
            expected = plain(weights)(quantized(x, program.isa.top).double(), residual.double())
            torch.testing.assert_close(
                linear(x, residual).double(), expected, rtol=1e-4, atol=1e-3 * shape[1]
            )
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("isa", INSTRUCTION_SETS, ids=lambda isa: isa.name)
def test_every_module_is_valid_ir(isa: compiler.InstructionSet) -> None:
    """Including modules for other processors."""
    llvm = pytest.importorskip("llvmlite.binding")
    llvm.parse_assembly(product_ir.module(isa) + attention_ir.module(isa)).verify()


@pytest.mark.parametrize("name", PROGRAMS)
def test_small_values_survive_next_to_an_outlier(name: str) -> None:
    """Next to an outlier of a thousand, numbers around one would be rounded to zero."""
    program = compiler.load(name)
    assert program is not None
    weights = Matrix(matrix(40, 192).weight, torch.rand(40) + 0.1, gated=True)
    for rows in (1, 2, 7):
        x = torch.randn(rows, 384)
        x[:, 5], x[:, 197] = 100.0, 10.0
        outlier = Matrix(weights.weight.clone(), weights.scale, gated=True)
        outlier.weight[:, 5] = 0  # only the small values contribute
        expected = plain(outlier)(x)
        error = NativeLinear(program, Scratch(), outlier)(x) - expected
        assert error.norm() < 0.1 * expected.norm()  # a single term would lose all of it


def test_wrong_shapes_are_refused() -> None:
    """Native code checks no bounds: it would read past the end."""
    program = compiler.load()
    if program is None:
        pytest.skip("no native code for this processor or system")
    linear = NativeLinear(program, Scratch(), matrix(8, 64))
    for x in (torch.randn(2, 63), torch.randn(2, 128), torch.randn(2, 64).double()):
        with pytest.raises(RuntimeError, match="does not fit"):
            linear(x)
    with pytest.raises(RuntimeError, match="does not fit"):
        linear(torch.randn(2, 64), torch.randn(2, 9))


def test_a_matrix_of_odd_width_uses_the_plain_product() -> None:
    program = compiler.load()
    if program is None:
        pytest.skip("no native code for this processor or system")
    odd = matrix(8, 50)
    assert not fits(program, odd.weight)
    x = torch.randn(3, 50)
    torch.testing.assert_close(quantization.native(odd)(x), plain(odd)(x))


def test_weights_are_used_in_place() -> None:
    program = compiler.load()
    if program is None:
        pytest.skip("no native code for this processor or system")
    weights = matrix(8, 64)
    linear = NativeLinear(program, Scratch(), weights)
    x = torch.ones(1, 64)
    before = linear(x)
    weights.weight.mul_(-1)
    assert not torch.allclose(linear(x), before)
    weights.weight.mul_(-1)
    assert torch.equal(linear(x), before)


@pytest.mark.parametrize("missing", ["libgomp", "instructions"])
def test_there_is_no_program_without_its_requirements(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "libgomp":
        monkeypatch.setattr(compiler, "_openmp", lambda: None)
    else:
        monkeypatch.setattr(compiler, "supported", lambda features: ())
    compiler.load.cache_clear()
    try:
        assert compiler.load() is None
        assert quantization.choose_kernel() is not quantization.native
    finally:
        compiler.load.cache_clear()


def test_the_fastest_instruction_set_is_chosen() -> None:
    everything = {feature: True for isa in INSTRUCTION_SETS for feature in isa.features}
    assert compiler.supported(everything)[0].name == "AVX-512 VNNI"
    assert [isa.name for isa in compiler.supported({"avx2": True, "fma": True})] == ["AVX2"]
    assert compiler.supported({}) == ()


def test_native_code_runs_on_torchs_threads() -> None:
    library = compiler._openmp()
    if library is None:
        pytest.skip("torch uses no libgomp here")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert ctypes.CDLL(library._name).omp_get_max_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_code_compiled_ahead_is_reused(monkeypatch: pytest.MonkeyPatch) -> None:
    if compiler.load() is None:
        pytest.skip("no native code for this processor or system")
    compiler._compile.cache_clear()
    compiler.load.cache_clear()
    compiler.begin()
    assert compiler._compile.cache_info().misses == 1
    assert compiler.load() is not None
    assert compiler._compile.cache_info().misses == 1


def test_compiling_ahead_ignores_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(isa: compiler.InstructionSet) -> bytes:
        raise RuntimeError("no such target")

    monkeypatch.setattr(compiler, "_machine_code", fail)
    compiler.begin()
    monkeypatch.setattr(compiler, "_llvm", lambda: None)
    compiler.begin()
    compiler.load.cache_clear()
    try:
        assert compiler.load() is None
    finally:
        compiler.load.cache_clear()
