"""Instruction sets with int8 products that native code is generated for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InstructionSet:
    """How a family of processors sums products of bytes."""

    name: str
    features: tuple[str, ...]
    """Required processor features, by LLVM's names."""
    rows: int
    """Input rows whose sums stay in registers."""
    lanes: int
    """32-bit sums per register."""
    top: int
    """Inputs are quantized to -top...top and stored unsigned, offset by top + 1."""
    fused: str
    """LLVM intrinsic that multiplies bytes and adds to 32-bit sums; empty if there is none."""

    @property
    def step(self) -> int:
        """Bytes per multiplication."""
        return 4 * self.lanes

    @property
    def origin(self) -> int:
        """The level that represents zero."""
        return self.top + 1


INSTRUCTION_SETS = (
    InstructionSet(
        name="AVX-512 VNNI",
        features=("avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vnni", "avx2", "fma"),
        rows=6,
        lanes=16,
        top=127,
        fused="llvm.x86.avx512.vpdpbusd.512",
    ),
    InstructionSet(
        name="AVX-VNNI",
        features=("avx2", "fma", "avxvnni"),
        rows=3,
        lanes=8,
        top=127,
        fused="llvm.x86.avx512.vpdpbusd.256",
    ),
    # Pairs of products are summed in 16 bits, which would overflow at full range.
    InstructionSet(name="AVX2", features=("avx2", "fma"), rows=3, lanes=8, top=63, fused=""),
)
"""Fastest first."""
