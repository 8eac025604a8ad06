"""LLVM IR that both native kernels need: loading job fields, horizontal sums."""

from collections.abc import Iterator, Sequence


def load_fields(*names: str, layout: Sequence[str], pointers: frozenset[str]) -> Iterator[str]:
    """Loads fields of the job, which is an array of 8-byte words in the order of `layout`.

    Of `next`, which all threads update, only the address.
    """
    for name in names:
        yield f"  %{name}.at = getelementptr i64, ptr %job, i64 {layout.index(name)}"
        if name != "next":
            yield f"  %{name} = load {'ptr' if name in pointers else 'i64'}, ptr %{name}.at"


def horizontal_sums(
    sums: Sequence[str], lanes: int, *, kind: str, add: str, name: str, result: str
) -> Iterator[str]:
    """Sums the lanes of four vectors together, in a quarter of the instructions.

    `result` becomes a vector of four; `name` prefixes the names of intermediate values.
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
