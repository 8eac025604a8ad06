"""Owns the text of the int8 product in LLVM's intermediate representation.

One function, `product`, multiplies float32 rows by int8 weights that lie as they do in the file, so
nothing is packed and nothing is copied at load. It runs on all threads of the OpenMP team: each
quantizes rows, then takes strips of the weights until none is left. What differs between
instruction sets is in `InstructionSet`. Refuses to compile anything: `compiler` does.

The language: https://llvm.org/docs/LangRef.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

FIELDS = (
    "x",  # float32 [rows, in], or [rows, 2 * in] before a gate
    "levels",  # scratch for quantized rows: one area per thread
    "area",  # bytes of one thread's area
    "steps",  # float32 [threads, rows]: scratch for the scale of each row
    "line",  # float32 [threads, in]: scratch for one row
    "weight",  # int8 [out, in]
    "scale",  # float32 [out]
    "shift",  # int32 [out]: what the offset of unsigned levels adds to each sum
    "bias",  # float32 [out]
    "residual",  # float32 [rows, out], or null
    "y",  # float32 [rows, out]
    "rows",
    "in",
    "out",
    "strip",  # weight rows taken at a time, a multiple of COLUMNS
    "next",  # the first weight row that nobody has taken; starts at 0
    "norm",  # float32 [in]: weight of the RMS norm, or null
    "epsilon",  # of the RMS norm, float32 in the low half
    "gated",  # 1: the input is silu(first half) * second half
    "tokens",  # rows of the input; row tokens + i holds what rounding takes from row i
    "threads",
)
"""The words of 8 bytes that `product` is given the address of, in order."""

COLUMNS = 4
"""Weight rows whose sums are kept in registers at a time."""

FEW_ROWS = 2
"""Up to here every thread quantizes all rows for itself: cheaper than to wait for others."""


@dataclass(frozen=True, slots=True)
class InstructionSet:
    """How one family of processors adds up products of bytes."""

    name: str
    features: tuple[str, ...]
    """LLVM's names of what the processor must have."""
    rows: int
    """Input rows whose sums are kept in registers at a time."""
    lanes: int
    """32-bit sums per register."""
    top: int
    """Inputs are quantized to -top...top, and stored without sign, counted from -top - 1 up."""
    fused: str
    """The instruction that multiplies bytes and adds to 32-bit sums; empty where there is none."""

    @property
    def step(self) -> int:
        """Bytes multiplied at a time."""
        return 4 * self.lanes

    @property
    def origin(self) -> int:
        """The level that stands for zero."""
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
    # Pairs of products are added up in 16 bits here: at full range they would overflow.
    InstructionSet(name="AVX2", features=("avx2", "fma"), rows=3, lanes=8, top=63, fused=""),
)
"""Fastest first."""


def module(isa: InstructionSet) -> str:
    """The whole module for one instruction set; exports `product`, and `sums` for `shift`."""
    blocks = "\n".join(_block(isa, rows) for rows in range(1, isa.rows + 1))
    text = Template((Path(__file__).parent / "product.ll").read_text(encoding="utf-8"))
    return text.substitute(
        blocks=blocks,
        fields="\n".join(fields_of(*FIELDS)),
        ROWS=isa.rows,
        COLUMNS=COLUMNS,
        FEW_ROWS=FEW_ROWS,
        STEP=isa.step,
        TOP=isa.top,
        TWICE=2 * isa.top,
        ORIGIN=isa.origin,
        cases=" ".join(f"i64 {n}, label %rows{n}" for n in range(1, isa.rows + 1)),
        sweeps="\n".join(_sweep(rows) for rows in range(1, isa.rows + 1)),
        declaration=_declaration(isa),
    )


_POINTERS = frozenset(
    {"x", "levels", "steps", "line", "weight", "scale", "shift", "bias", "residual", "y", "norm"}
)


def _declaration(isa: InstructionSet) -> str:
    sums, bytes_ = f"<{isa.lanes} x i32>", f"<{isa.step} x i8>"
    if isa.fused:
        return f"declare {sums} @{isa.fused}({sums}, {bytes_}, {bytes_})"
    pairs = f"<{2 * isa.lanes} x i16>"
    return (
        f"declare {pairs} @llvm.x86.avx2.pmadd.ub.sw({bytes_}, {bytes_})\n"
        f"declare {sums} @llvm.x86.avx2.pmadd.wd({pairs}, {pairs})"
    )


def _block(isa: InstructionSet, rows: int) -> str:
    """Products of `rows` input rows with COLUMNS weight rows: the loop where the time goes.

    Input levels lie interleaved, a step of each row after the other, so one address walks them.
    """
    sums = f"<{isa.lanes} x i32>"
    cells = [(row, column) for row in range(rows) for column in range(COLUMNS)]
    lines = [
        f"define internal void @block{rows}(ptr noalias %job, ptr noalias %levels,"
        " ptr noalias %steps, ptr noalias %ahead, i64 %row, i64 %column) alwaysinline {",
        "entry:",
        *fields_of("weight", "in", "scale", "shift", "bias", "residual", "y", "out"),
        "  %first = mul i64 %column, %in",
        "  %w0 = getelementptr i8, ptr %weight, i64 %first",
        *(f"  %w{c} = getelementptr i8, ptr %w{c - 1}, i64 %in" for c in range(1, COLUMNS)),
        "  br label %loop",
        "loop:",
        "  %i = phi i64 [0, %entry], [%i.next, %loop]",
        *(
            f"  %s{r}.{c} = phi {sums} [zeroinitializer, %entry], [%t{r}.{c}, %loop]"
            for r, c in cells
        ),
        f"  %offset = mul i64 %i, {rows}",
        "  %level = getelementptr i8, ptr %levels, i64 %offset",
    ]
    lines += _fetch()
    for c in range(COLUMNS):
        lines += [
            f"  %w{c}.at = getelementptr i8, ptr %w{c}, i64 %i",
            f"  %v{c} = load <{isa.step} x i8>, ptr %w{c}.at, align 1",
        ]
    for r in range(rows):
        lines += [
            f"  %q{r}.at = getelementptr i8, ptr %level, i64 {r * isa.step}",
            f"  %q{r} = load <{isa.step} x i8>, ptr %q{r}.at, align 1",
        ]
        for c in range(COLUMNS):
            lines += _multiply(isa, r, c)
    lines += [
        f"  %i.next = add i64 %i, {isa.step}",
        "  %more = icmp slt i64 %i.next, %in",
        "  br i1 %more, label %loop, label %done",
        "done:",
        *_epilogue(isa, rows),
        "  ret void",
        "}",
    ]
    return "\n".join(lines)


def _fetch() -> list[str]:
    """Begins to bring two lines of what comes next into the second-level cache."""
    return [
        "  %ahead.offset = shl i64 %i, 1",
        "  %ahead.0 = getelementptr i8, ptr %ahead, i64 %ahead.offset",
        "  %ahead.1 = getelementptr i8, ptr %ahead.0, i64 64",
        *(f"  call void @llvm.prefetch.p0(ptr %ahead.{n}, i32 0, i32 2, i32 1)" for n in (0, 1)),
    ]


def fields_of(
    *names: str, words: tuple[str, ...] = FIELDS, pointers: frozenset[str] = _POINTERS
) -> Iterator[str]:
    """Loads words of the job; of `next`, which all threads change, only the address."""
    for name in names:
        yield f"  %{name}.at = getelementptr i64, ptr %job, i64 {words.index(name)}"
        if name != "next":
            yield f"  %{name} = load {'ptr' if name in pointers else 'i64'}, ptr %{name}.at"


def _multiply(isa: InstructionSet, row: int, column: int) -> list[str]:
    r, c, sums, bytes_ = row, column, f"<{isa.lanes} x i32>", f"<{isa.step} x i8>"
    if isa.fused:
        return [
            f"  %t{r}.{c} = call {sums} @{isa.fused}"
            f"({sums} %s{r}.{c}, {bytes_} %q{r}, {bytes_} %v{c})"
        ]
    pairs = f"<{2 * isa.lanes} x i16>"
    ones = f"<{', '.join(['i16 1'] * 2 * isa.lanes)}>"
    return [
        f"  %h{r}.{c} = call {pairs} @llvm.x86.avx2.pmadd.ub.sw({bytes_} %q{r}, {bytes_} %v{c})",
        f"  %p{r}.{c} = call {sums} @llvm.x86.avx2.pmadd.wd({pairs} %h{r}.{c}, {pairs} {ones})",
        f"  %t{r}.{c} = add {sums} %s{r}.{c}, %p{r}.{c}",
    ]


def _epilogue(isa: InstructionSet, rows: int) -> Iterator[str]:
    """Sums to float32: scales, bias and residual of four columns at a time."""
    for name in ("scale", "shift", "bias"):
        kind = "i32" if name == "shift" else "float"
        yield f"  %{name}.here = getelementptr {kind}, ptr %{name}, i64 %column"
        yield f"  %{name}.4 = load <4 x {kind}>, ptr %{name}.here, align 4"
    yield "  %adds = icmp ne ptr %residual, null"
    for r in range(rows):
        columns = [f"%t{r}.{c}" for c in range(COLUMNS)]
        yield from totals(
            columns, isa.lanes, kind="i32", add="add", name=f"c{r}", result=f"%total{r}"
        )
        yield f"  %whole{r} = sub <4 x i32> %total{r}, %shift.4"
        yield f"  %real{r} = sitofp <4 x i32> %whole{r} to <4 x float>"
        yield f"  %step{r}.at = getelementptr float, ptr %steps, i64 {r}"
        yield f"  %step{r} = load float, ptr %step{r}.at"
        yield f"  %step{r}.1 = insertelement <4 x float> poison, float %step{r}, i64 0"
        yield (
            f"  %step{r}.4 = shufflevector <4 x float> %step{r}.1, <4 x float> poison,"
            " <4 x i32> zeroinitializer"
        )
        yield f"  %factor{r} = fmul <4 x float> %scale.4, %step{r}.4"
        yield f"  %scaled{r} = fmul <4 x float> %real{r}, %factor{r}"
        yield f"  %biased{r} = fadd <4 x float> %scaled{r}, %bias.4"
        yield f"  %row{r} = add i64 %row, {r}"
        yield f"  %start{r} = mul i64 %row{r}, %out"
        yield f"  %index{r} = add i64 %start{r}, %column"
        yield f"  %y{r}.at = getelementptr float, ptr %y, i64 %index{r}"
        yield f"  br i1 %adds, label %add{r}, label %plain{r}"
        yield f"add{r}:"
        yield f"  %old{r}.at = getelementptr float, ptr %residual, i64 %index{r}"
        yield f"  %old{r} = load <4 x float>, ptr %old{r}.at, align 4"
        yield f"  %sum{r} = fadd <4 x float> %biased{r}, %old{r}"
        yield f"  store <4 x float> %sum{r}, ptr %y{r}.at, align 4"
        yield f"  br label %stored{r}"
        yield f"plain{r}:"
        yield f"  store <4 x float> %biased{r}, ptr %y{r}.at, align 4"
        yield f"  br label %stored{r}"
        yield f"stored{r}:"


def totals(
    sums: Sequence[str], lanes: int, *, kind: str, add: str, name: str, result: str
) -> Iterator[str]:
    """Adds up the lanes of four sums together: a quarter of the work of one after the other.

    `result` becomes a vector of four; `name` begins the names of what comes between.
    """
    n, wide = lanes, f"<{lanes} x {kind}>"
    low = _mask([4 * (i // 4) + i % 4 // 2 + (n if i % 2 else 0) for i in range(n)])
    high = _mask([4 * (i // 4) + 2 + i % 4 // 2 + (n if i % 2 else 0) for i in range(n)])
    for letter, (left, right) in (("a", sums[:2]), ("b", sums[2:])):
        each = f"%{name}.{letter}"
        yield f"  {each}.e = shufflevector {wide} {left}, {wide} {right}, {low}"
        yield f"  {each}.o = shufflevector {wide} {left}, {wide} {right}, {high}"
        yield f"  {each} = {add} {wide} {each}.e, {each}.o"
    near = _mask([4 * (i // 4) + (i % 2) + (n if i % 4 > 1 else 0) for i in range(n)])
    far = _mask([4 * (i // 4) + 2 + (i % 2) + (n if i % 4 > 1 else 0) for i in range(n)])
    yield f"  %{name}.e = shufflevector {wide} %{name}.a, {wide} %{name}.b, {near}"
    yield f"  %{name}.o = shufflevector {wide} %{name}.a, {wide} %{name}.b, {far}"
    yield f"  %{name}.{n} = {add} {wide} %{name}.e, %{name}.o"
    while n > 4:
        half = n // 2
        wide, narrow = f"<{n} x {kind}>", f"<{half} x {kind}>"
        for letter, start in (("l", 0), ("h", half)):
            mask = _mask(list(range(start, start + half)))
            yield (
                f"  %{name}.{n}{letter} = shufflevector {wide} %{name}.{n}, {wide} poison, {mask}"
            )
        sum_ = result if half == 4 else f"%{name}.{half}"
        yield f"  {sum_} = {add} {narrow} %{name}.{n}l, %{name}.{n}h"
        n = half


def _mask(indices: list[int]) -> str:
    return f"<{len(indices)} x i32> <{', '.join(f'i32 {i}' for i in indices)}>"


def _sweep(rows: int) -> str:
    """One block of input rows over all weight rows of the strip; the last columns may overlap."""
    n = rows
    return f"""
rows{n}:
  %c{n} = phi i64 [%from, %walk], [%c{n}.next, %rows{n}]
  %c{n}.start = call i64 @llvm.smin.i64(i64 %c{n}, i64 %last)
  %c{n}.done = sub i64 %c{n}, %from
  %c{n}.bytes = mul i64 %c{n}.done, %in
  %c{n}.half = lshr i64 %c{n}.bytes, 1
  %c{n}.ahead = getelementptr i8, ptr %ahead, i64 %c{n}.half
  call void @block{n}(ptr %job, ptr %block.levels, ptr %block.steps, ptr %c{n}.ahead,
    i64 %row, i64 %c{n}.start)
  %c{n}.next = add i64 %c{n}, {COLUMNS}
  %c{n}.more = icmp slt i64 %c{n}.next, %to
  br i1 %c{n}.more, label %rows{n}, label %walked"""
