"""Generates the LLVM IR of attention for a few rows.

`attend` rotates queries and keys, writes keys and values to the cache, and computes the output of
each head. Query heads that share keys (grouped-query attention, https://arxiv.org/abs/2305.13245)
are processed together, so the cache is read once for all of them. Sums are float32. For many rows
torch's matrix products are faster.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from string import Template

from assistant.engine.native.emit import horizontal_sums, load_fields
from assistant.engine.native.instruction_sets import InstructionSet

FIELDS = (
    "qkv",  # float32 [rows, heads + 2 * kv_heads, dim]: queries, keys and values, not yet rotated
    "rotation",  # float32 [rows, 2, dim]: cosines and sines, the sines of the first half negated
    "cache",  # float32 [2, kv_heads, capacity, dim]: keys and values of one layer
    "y",  # float32 [rows, heads * dim]
    "scratch",  # float32 [threads, area]
    "area",  # floats per thread of `scratch`: group * (dim + capacity)
    "rows",
    "past",  # tokens already in the cache
    "heads",
    "kv_heads",
    "group",  # heads that share keys
    "dim",
    "capacity",  # a multiple of 16
    "factor",  # factor of the scores, float32 in the low half
    "next",  # first piece of work that no thread has taken; starts at 0
    "threads",
)
"""The 8-byte words of the job that `attend` receives, in order."""

MOST_HEADS = 8
"""Most heads per group; their sums stay in registers."""

LANES = 16
"""Floats per vector operation."""

KEYS = 4
"""Keys multiplied with a query at a time; their sums are reduced together."""

_POINTERS = frozenset({"qkv", "rotation", "cache", "y", "scratch"})


def module(isa: InstructionSet) -> str:
    """Functions to append to those of `product_ir.module`; exports `attend`."""
    text = Template((Path(__file__).parent / "attention.ll").read_text(encoding="utf-8"))
    sizes = range(1, MOST_HEADS + 1)
    # With two vectors per head, AVX2 would run out of registers for the sums.
    blend = 2 if isa.lanes == LANES else 1
    return text.substitute(
        fields="\n".join(load_fields(*FIELDS, layout=FIELDS, pointers=_POINTERS)),
        groups="\n".join("\n".join((*_scores(heads), *_blend(heads, blend))) for heads in sizes),
        score_cases=_cases("weigh", sizes),
        blend_cases=_cases("blend", sizes),
        scoring="\n".join(
            f"weigh{n}:\n  call void @scores{n}(ptr %keys, ptr %own, ptr %scores,"
            " i64 %n, i64 %dim, i64 %capacity)\n  br label %weigh.end"
            for n in sizes
        ),
        blending="\n".join(
            f"blend{n}:\n  call void @blend{n}(ptr %values, ptr %scores, ptr %y.row,"
            " i64 %n, i64 %dim, i64 %capacity)\n  br label %done"
            for n in sizes
        ),
    )


def _cases(label: str, sizes: range) -> str:
    return " ".join(f"i64 {n}, label %{label}{n}" for n in sizes)


def _scores(heads: int) -> Iterator[str]:
    """Products of `heads` queries with all keys, KEYS at a time, so keys are read once.

    Reads up to KEYS - 1 keys beyond the last, and writes as many extra scores.
    """
    yield (
        f"define internal void @scores{heads}(ptr noalias %keys, ptr noalias %queries,"
        " ptr noalias %into, i64 %n, i64 %dim, i64 %capacity) {"
    )
    yield "entry:"
    yield from _offsets("queries", "dim", heads)
    yield from _offsets("into", "capacity", heads)
    yield "  br label %key"
    yield "key:"
    yield "  %k = phi i64 [0, %entry], [%k.next, %scored]"
    yield "  %start = mul i64 %k, %dim"
    yield "  %key0 = getelementptr float, ptr %keys, i64 %start"
    for k in range(1, KEYS):
        yield f"  %key{k} = getelementptr float, ptr %key{k - 1}, i64 %dim"
    yield "  br label %loop"
    yield from _score_loop(heads)
    yield "scored:"
    for h in range(heads):
        sums = [f"%t{h}.{k}" for k in range(KEYS)]
        yield from horizontal_sums(
            sums, LANES, kind="float", add="fadd", name=f"u{h}", result=f"%r{h}"
        )
        yield f"  %r{h}.at = getelementptr float, ptr %into{h}, i64 %k"
        yield f"  store <4 x float> %r{h}, ptr %r{h}.at, align 4"
    yield f"  %k.next = add i64 %k, {KEYS}"
    yield "  %k.more = icmp slt i64 %k.next, %n"
    yield "  br i1 %k.more, label %key, label %done"
    yield "done:"
    yield "  ret void"
    yield "}"


def _score_loop(heads: int) -> Iterator[str]:
    """Sums of products of KEYS keys with each query, over the head dimension."""
    cells = list(product(range(heads), range(KEYS)))
    yield "loop:"
    yield "  %i = phi i64 [0, %key], [%i.next, %loop]"
    for h, k in cells:
        yield f"  %s{h}.{k} = phi <16 x float> [zeroinitializer, %key], [%t{h}.{k}, %loop]"
    for k in range(KEYS):
        yield f"  %x{k}.at = getelementptr float, ptr %key{k}, i64 %i"
        yield f"  %x{k} = load <16 x float>, ptr %x{k}.at, align 4"
    for h in range(heads):
        yield f"  %q{h}.at = getelementptr float, ptr %queries{h}, i64 %i"
        yield f"  %q{h} = load <16 x float>, ptr %q{h}.at, align 4"
        for k in range(KEYS):
            yield (
                f"  %t{h}.{k} = call <16 x float> @llvm.fma.v16f32"
                f"(<16 x float> %x{k}, <16 x float> %q{h}, <16 x float> %s{h}.{k})"
            )
    yield f"  %i.next = add i64 %i, {LANES}"
    yield "  %more = icmp slt i64 %i.next, %dim"
    yield "  br i1 %more, label %loop, label %scored"


def _blend(heads: int, vectors: int) -> Iterator[str]:
    """Sums of all values weighted by the attention shares of `heads` heads, `vectors` vectors at a
    time.
    """
    yield (
        f"define internal void @blend{heads}(ptr noalias %values, ptr noalias %shares,"
        " ptr noalias %into, i64 %n, i64 %dim, i64 %capacity) {"
    )
    yield "entry:"
    yield from _offsets("shares", "capacity", heads)
    yield from _offsets("into", "dim", heads)
    yield "  br label %piece"
    yield "piece:"
    yield "  %i = phi i64 [0, %entry], [%i.next, %blended]"
    yield "  %column = getelementptr float, ptr %values, i64 %i"
    yield "  br label %loop"
    yield from _blend_loop(heads, vectors)
    yield "blended:"
    for h, v in product(range(heads), range(vectors)):
        yield f"  %y{h}.{v}.at = getelementptr float, ptr %into{h}, i64 %i"
        yield f"  %y{h}.{v}.far = getelementptr float, ptr %y{h}.{v}.at, i64 {LANES * v}"
        yield f"  store <16 x float> %t{h}.{v}, ptr %y{h}.{v}.far, align 4"
    yield f"  %i.next = add i64 %i, {LANES * vectors}"
    yield "  %more = icmp slt i64 %i.next, %dim"
    yield "  br i1 %more, label %piece, label %done"
    yield "done:"
    yield "  ret void"
    yield "}"


def _blend_loop(heads: int, vectors: int) -> Iterator[str]:
    """Weighted sums of `vectors` vectors of each value, over all keys."""
    cells = list(product(range(heads), range(vectors)))
    yield "loop:"
    yield "  %k = phi i64 [0, %piece], [%k.next, %loop]"
    for h, v in cells:
        yield f"  %s{h}.{v} = phi <16 x float> [zeroinitializer, %piece], [%t{h}.{v}, %loop]"
    yield "  %start = mul i64 %k, %dim"
    yield "  %v.at = getelementptr float, ptr %column, i64 %start"
    for v in range(vectors):
        yield f"  %v{v}.at = getelementptr float, ptr %v.at, i64 {LANES * v}"
        yield f"  %v{v} = load <16 x float>, ptr %v{v}.at, align 4"
    for h in range(heads):
        yield f"  %p{h}.at = getelementptr float, ptr %shares{h}, i64 %k"
        yield f"  %p{h} = load float, ptr %p{h}.at, align 4"
        yield f"  %p{h}.16 = call <16 x float> @splat(float %p{h})"
    for h, v in cells:
        yield (
            f"  %t{h}.{v} = call <16 x float> @llvm.fma.v16f32"
            f"(<16 x float> %v{v}, <16 x float> %p{h}.16, <16 x float> %s{h}.{v})"
        )
    yield "  %k.next = add i64 %k, 1"
    yield "  %k.more = icmp slt i64 %k.next, %n"
    yield "  br i1 %k.more, label %loop, label %blended"


def _offsets(name: str, width: str, heads: int) -> Iterator[str]:
    """Where each head's part begins: %name0 to %name{heads - 1}."""
    for h in range(heads):
        yield f"  %{name}{h}.far = mul i64 %{width}, {h}"
        yield f"  %{name}{h} = getelementptr float, ptr %{name}, i64 %{name}{h}.far"
