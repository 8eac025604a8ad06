"""Generates the LLVM IR of the int8 product.

`product` multiplies float32 rows by int8 weights as they are mapped from the file: nothing is
packed or copied at load. It runs on all threads of the OpenMP team. Each thread quantizes rows,
then takes strips of the weights until none is left. `InstructionSet` holds what differs between
processors; `compiler` compiles the result.

IR reference: https://llvm.org/docs/LangRef.html
"""

from collections.abc import Iterator
from pathlib import Path
from string import Template

from assistant.engine.native.emit import horizontal_sums, load_fields
from assistant.engine.native.instruction_sets import InstructionSet

FIELDS = (
    "x",  # float32 [rows, in]; [rows, 2 * in] before a gate
    "levels",  # scratch for quantized rows, one area per thread
    "area",  # bytes per thread of `levels`
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
    "strip",  # weight rows per strip, a multiple of COLUMNS
    "next",  # first weight row that no thread has taken; starts at 0
    "norm",  # float32 [in]: weights of the RMS norm, or null
    "epsilon",  # epsilon of the RMS norm, float32 in the low half
    "gated",  # 1: the input is silu(first half) * second half
    "tokens",  # input rows; row tokens + i holds the rounding error of row i
    "threads",
)
"""The 8-byte words of the job that `product` receives, in order."""

COLUMNS = 4
"""Weight rows whose sums stay in registers."""

FEW_ROWS = 2
"""Up to this many rows, every thread quantizes all of them: cheaper than waiting for the others."""


def module(isa: InstructionSet) -> str:
    """The module for one instruction set. Exports `product`, and `sums`, which fills `shift`."""
    blocks = "\n".join(_block(isa, rows) for rows in range(1, isa.rows + 1))
    text = Template((Path(__file__).parent / "product.ll").read_text(encoding="utf-8"))
    return text.substitute(
        blocks=blocks,
        fields="\n".join(load_fields(*FIELDS, layout=FIELDS, pointers=_POINTERS)),
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
_BLOCK_FIELDS = ("weight", "in", "scale", "shift", "bias", "residual", "y", "out")


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
    """Products of `rows` input rows with COLUMNS weight rows: the hot loop.

    Input levels are interleaved, one step of each row after the other, so a single address walks
    them.
    """
    sums = f"<{isa.lanes} x i32>"
    cells = [(row, column) for row in range(rows) for column in range(COLUMNS)]
    lines = [
        f"define internal void @block{rows}(ptr noalias %job, ptr noalias %levels,"
        " ptr noalias %steps, ptr noalias %ahead, i64 %row, i64 %column) alwaysinline {",
        "entry:",
        *load_fields(*_BLOCK_FIELDS, layout=FIELDS, pointers=_POINTERS),
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
    lines += [
        *_prefetch(),
        *_step(isa, rows),
        f"  %i.next = add i64 %i, {isa.step}",
        "  %more = icmp slt i64 %i.next, %in",
        "  br i1 %more, label %loop, label %done",
        "done:",
        *_epilogue(isa, rows),
        "  ret void",
        "}",
    ]
    return "\n".join(lines)


def _step(isa: InstructionSet, rows: int) -> Iterator[str]:
    """Multiplies one step of bytes of each input row with that of each weight row."""
    for c in range(COLUMNS):
        yield f"  %w{c}.at = getelementptr i8, ptr %w{c}, i64 %i"
        yield f"  %v{c} = load <{isa.step} x i8>, ptr %w{c}.at, align 1"
    for r in range(rows):
        yield f"  %q{r}.at = getelementptr i8, ptr %level, i64 {r * isa.step}"
        yield f"  %q{r} = load <{isa.step} x i8>, ptr %q{r}.at, align 1"
        for c in range(COLUMNS):
            yield from _multiply(isa, r, c)


def _prefetch() -> list[str]:
    """Prefetches two cache lines of the next strip into the second-level cache."""
    return [
        "  %ahead.offset = shl i64 %i, 1",
        "  %ahead.0 = getelementptr i8, ptr %ahead, i64 %ahead.offset",
        "  %ahead.1 = getelementptr i8, ptr %ahead.0, i64 64",
        *(f"  call void @llvm.prefetch.p0(ptr %ahead.{n}, i32 0, i32 2, i32 1)" for n in (0, 1)),
    ]


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
    """Converts sums to float32 and applies scales, bias and residual, four columns at a time."""
    for name in ("scale", "shift", "bias"):
        kind = "i32" if name == "shift" else "float"
        yield f"  %{name}.here = getelementptr {kind}, ptr %{name}, i64 %column"
        yield f"  %{name}.4 = load <4 x {kind}>, ptr %{name}.here, align 4"
    yield "  %adds = icmp ne ptr %residual, null"
    for r in range(rows):
        columns = [f"%t{r}.{c}" for c in range(COLUMNS)]
        yield from horizontal_sums(
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
