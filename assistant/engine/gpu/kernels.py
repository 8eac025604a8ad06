"""Triton kernels for passes of a few rows, and the small steps of longer ones.

A pass of a few rows is bound by reading weights and cache. So every step that needs no weights is
fused into the products beside it, which leaves seven kernels per layer. Rows are computed in tiles
of ROWS, and the order of every sum depends on neither the number of rows nor the graph. So a
token's logits are the same, bit for bit, alone, in a draft or in a batch.

4-bit weights are `scale * number + low`. A number is placed in the mantissa of the bfloat16 128,
which is 128 + number without a conversion (Kim et al. 2022, https://arxiv.org/abs/2211.10017).
Attention runs in chunks whose results are combined (Flash-Decoding,
https://crfm.stanford.edu/2023/10/12/flashdecoding.html).

The `table` of a pass has a row of four int64 for each token: its id, the address of its sequence's
cache, that cache's capacity, and its position. A cache is [layers, 2, kv_heads, capacity, WIDTH].
"""

import triton
import triton.language as tl

ROWS = 16
"""Rows of a tile: the fewest that matrix units multiply."""

CHUNK = 256
"""Keys of a chunk of attention."""


@triton.jit
def _input(x, norm, m, at, rows, squares, INPUTS: tl.constexpr, NORM: tl.constexpr):
    """Part of the rows of a product's input, times the norm's weights; and the sums of squares."""
    part = tl.load(x + m[:, None] * INPUTS + at[None, :], mask=m[:, None] < rows, other=0)
    if NORM:
        wide = part.to(tl.float32)
        squares += tl.sum(wide * wide, 1)
        part = (wide * tl.load(norm + at).to(tl.float32)[None, :]).to(x.dtype.element_ty)
    return part, squares


@triton.jit
def _store(
    acc, acc_up, squares, bias, out, m, n, rows, outputs, epsilon,
    INPUTS: tl.constexpr, NORM: tl.constexpr, BIAS: tl.constexpr, ADD: tl.constexpr,
    GATED: tl.constexpr,
):  # fmt: skip
    """Ends a product: norm, bias, gate, residual."""
    if NORM:
        factor = tl.rsqrt(squares / INPUTS + epsilon)[:, None]
        acc *= factor
        acc_up *= factor
    if BIAS:
        acc += tl.load(bias + n, mask=n < outputs, other=0).to(tl.float32)[None, :]
    if GATED:
        acc = acc / (1 + tl.exp(-acc)) * acc_up
    inside = (m[:, None] < rows) & (n[None, :] < outputs)
    target = out + m[:, None].to(tl.int64) * outputs + n[None, :]
    if ADD:
        acc += tl.load(target, mask=inside, other=0).to(tl.float32)
    tl.store(target, acc, mask=inside)


@triton.jit(do_not_specialize=["rows"])
def product(
    x, weight, bias, norm, out, rows, outputs, epsilon,
    INPUTS: tl.constexpr, NORM: tl.constexpr, BIAS: tl.constexpr, ADD: tl.constexpr,
    GATED: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """out = norm(x) @ weight.T + bias, with ADD on top of what `out` holds.

    GATED: the weight has 2 * outputs rows, and out = silu(gate) * up. Grid: row tiles, then strips
    of outputs, so that the tiles of a strip share its weights in the L2 cache.
    """
    m = tl.program_id(0) * 16 + tl.arange(0, 16)
    n = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    k = tl.arange(0, BLOCK_K)
    strip = weight + tl.minimum(n, outputs - 1)[None, :].to(tl.int64) * INPUTS + k[:, None]
    past_gate = outputs.to(tl.int64) * INPUTS
    acc = tl.zeros((16, BLOCK_N), tl.float32)
    acc_up = tl.zeros((16, BLOCK_N), tl.float32)
    squares = tl.zeros((16,), tl.float32)
    for start in range(0, INPUTS, BLOCK_K):
        part, squares = _input(x, norm, m, start + k, rows, squares, INPUTS, NORM)
        acc = tl.dot(part, tl.load(strip + start), acc)
        if GATED:
            acc_up = tl.dot(part, tl.load(strip + past_gate + start), acc_up)
    _store(
        acc, acc_up, squares, bias, out, m, n, rows, outputs, epsilon,
        INPUTS, NORM, BIAS, ADD, GATED,
    )  # fmt: skip


@triton.jit
def _half(pair, HIGH: tl.constexpr):
    """One of the two float16 in 32 bits, as float32."""
    bits = (pair >> 16) if HIGH else (pair & 0xFFFF)
    return bits.to(tl.uint16).to(tl.float16, bitcast=True).to(tl.float32)


@triton.jit
def _weights(packed, pair, HIGH: tl.constexpr):
    """Weights in the low or high half of each byte; `pair` has the scale and offset of each."""
    half = (packed >> 4) if HIGH else (packed & 15)
    raised = (half.to(tl.uint16) | 0x4300).to(tl.bfloat16, bitcast=True).to(tl.float32)
    scale = _half(pair, False)
    return raised * scale + (_half(pair, True) - 128 * scale)


@triton.jit(do_not_specialize=["rows"])
def product_4bit(
    x, weight, scales, bias, norm, out, rows, outputs, epsilon,
    INPUTS: tl.constexpr, GROUP: tl.constexpr, NORM: tl.constexpr, BIAS: tl.constexpr,
    ADD: tl.constexpr, GATED: tl.constexpr, BLOCK_N: tl.constexpr, PAIRS: tl.constexpr,
):  # fmt: skip
    """As `product`, with the weights of `matrices.pack`. A step takes PAIRS pairs of groups."""
    m = tl.program_id(0) * 16 + tl.arange(0, 16)
    n = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    j = tl.arange(0, GROUP)
    safe = tl.minimum(n, outputs - 1)[None, :]
    strip = weight + safe.to(tl.int64) * (INPUTS // 2) + j[:, None]
    past_gate = outputs.to(tl.int64) * (INPUTS // 2)
    acc = tl.zeros((16, BLOCK_N), tl.float32)
    acc_up = tl.zeros((16, BLOCK_N), tl.float32)
    squares = tl.zeros((16,), tl.float32)
    for step in range(0, INPUTS // (2 * GROUP * PAIRS)):
        for each in tl.static_range(PAIRS):
            block = step * PAIRS + each
            packed = tl.load(strip + block * GROUP)
            packed_up = tl.load(strip + past_gate + block * GROUP) if GATED else packed
            for high in tl.static_range(2):
                group = 2 * block + high
                at = group * GROUP + j
                part, squares = _input(x, norm, m, at, rows, squares, INPUTS, NORM)
                spot = scales + group * outputs * (2 if GATED else 1) + safe
                acc = tl.dot(part, _weights(packed, tl.load(spot), high).to(part.dtype), acc)
                if GATED:
                    up = _weights(packed_up, tl.load(spot + outputs), high)
                    acc_up = tl.dot(part, up.to(part.dtype), acc_up)
    _store(
        acc, acc_up, squares, bias, out, m, n, rows, outputs, epsilon,
        INPUTS, NORM, BIAS, ADD, GATED,
    )  # fmt: skip


@triton.jit
def expand_4bit(
    weight, scales, out, outputs, INPUTS: tl.constexpr, GROUP: tl.constexpr, BLOCK_N: tl.constexpr
):
    """The weights [outputs, INPUTS] of packed ones, for products of many rows."""
    n = tl.program_id(0) * BLOCK_N + tl.arange(0, BLOCK_N)[:, None]
    block = tl.program_id(1)
    j = tl.arange(0, GROUP)[None, :]
    inside = n < outputs
    row = n.to(tl.int64)
    packed = tl.load(weight + row * (INPUTS // 2) + block * GROUP + j, mask=inside, other=0)
    for high in tl.static_range(2):
        group = 2 * block + high
        pair = tl.load(scales + group * outputs + n, mask=inside, other=0)
        target = out + row * INPUTS + group * GROUP + j
        tl.store(target, _weights(packed, pair, high), mask=inside)


@triton.jit
def _cache(table, row, dtype: tl.constexpr):
    """Address and capacity of the cache of a row."""
    pointer = tl.load(table + 4 * row + 1).to(tl.pointer_type(dtype))
    # Allocations are aligned; told so, the compiler loads 16 bytes at a time.
    return tl.multiple_of(pointer, 16), tl.load(table + 4 * row + 2)


@triton.jit(do_not_specialize=["layer"])
def rotate(
    qkv, q_norm, k_norm, rotation, table, layer, epsilon,
    HEADS: tl.constexpr, KV_HEADS: tl.constexpr, WIDTH: tl.constexpr, NORM: tl.constexpr,
):  # fmt: skip
    """Rotates queries in place; writes rotated keys, and values, to the caches.

    Grid: rows, heads of queries, keys and values.
    """
    row, head = tl.program_id(0), tl.program_id(1)
    half = tl.arange(0, WIDTH // 2)
    source = qkv + (row.to(tl.int64) * (HEADS + 2 * KV_HEADS) + head) * WIDTH
    first = tl.load(source + half).to(tl.float32)
    second = tl.load(source + WIDTH // 2 + half).to(tl.float32)
    position = tl.load(table + 4 * row + 3)
    is_value = head >= HEADS + KV_HEADS
    if not is_value:
        if NORM:
            weight = q_norm if head < HEADS else k_norm
            squares = tl.sum(first * first, 0) + tl.sum(second * second, 0)
            factor = tl.rsqrt(squares / WIDTH + epsilon)
            first = first * factor * tl.load(weight + half).to(tl.float32)
            second = second * factor * tl.load(weight + WIDTH // 2 + half).to(tl.float32)
        cosine = tl.load(rotation + position * WIDTH + half)
        sine = tl.load(rotation + position * WIDTH + WIDTH // 2 + half)
        first, second = first * cosine - second * sine, second * cosine + first * sine
    if head < HEADS:
        target = source
    else:
        cache, capacity = _cache(table, row, qkv.dtype.element_ty)
        at = layer.to(tl.int64) * 2 * KV_HEADS + (head - HEADS)
        target = cache + (at * capacity + position) * WIDTH
    tl.store(target + half, first)
    tl.store(target + WIDTH // 2 + half, second)


@triton.jit(do_not_specialize=["layer", "rows"])
def attend(
    qkv, table, sums, stats, layer, rows, scale,
    HEADS: tl.constexpr, KV_HEADS: tl.constexpr, WIDTH: tl.constexpr, LIMIT: tl.constexpr,
    CHUNK: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Attention of a tile of queries to one chunk of keys.

    `rows` belong to each sequence. A tile holds the queries of as many rows of a sequence as fit,
    for one head of keys. Writes `sums` [chunks, LIMIT, HEADS, WIDTH], weighted but not divided, and
    `stats` [chunks, LIMIT, HEADS, 2]: the maximum and the sum of weights. Grid: tiles, heads of
    keys, chunks.
    """
    GROUP: tl.constexpr = HEADS // KV_HEADS
    PER_TILE: tl.constexpr = 16 // GROUP
    tiles = tl.cdiv(rows, PER_TILE)
    kv, chunk = tl.program_id(1), tl.program_id(2)
    start_row = tl.program_id(0) % tiles * PER_TILE
    first = tl.program_id(0) // tiles * rows + start_row
    i = tl.arange(0, 16)
    row = first + i // GROUP
    valid = (i < PER_TILE * GROUP) & (start_row + i // GROUP < rows)
    position = tl.load(table + 4 * row + 3, mask=valid, other=-1)
    last = tl.max(position, 0)
    if chunk * CHUNK > last:
        return
    cache, capacity = _cache(table, first, qkv.dtype.element_ty)
    keys = cache + (layer.to(tl.int64) * 2 * KV_HEADS + kv) * capacity * WIDTH
    values = keys + KV_HEADS * capacity * WIDTH
    d = tl.arange(0, WIDTH)
    head = kv * GROUP + i % GROUP
    source = qkv + (row * (HEADS + 2 * KV_HEADS) + head)[:, None] * WIDTH + d[None, :]
    q = tl.load(source, mask=valid[:, None], other=0)
    highest = tl.full((16,), -1e30, tl.float32)
    weight = tl.zeros((16,), tl.float32)
    acc = tl.zeros((16, WIDTH), tl.float32)
    for step in range(0, CHUNK // BLOCK):
        n = chunk * CHUNK + step * BLOCK + tl.arange(0, BLOCK)
        known = n <= last
        k = tl.load(keys + n[None, :] * WIDTH + d[:, None], mask=known[None, :], other=0)
        v = tl.load(values + n[:, None] * WIDTH + d[None, :], mask=known[:, None], other=0)
        s = tl.dot(q, k) * scale
        s = tl.where(n[None, :] <= position[:, None], s, float("-inf"))
        peak = tl.maximum(highest, tl.max(s, 1))
        p = tl.exp(s - peak[:, None])
        fade = tl.exp(highest - peak)
        weight = weight * fade + tl.sum(p, 1)
        acc = tl.dot(p.to(v.dtype), v, acc * fade[:, None])
        highest = peak
    spot = (chunk * LIMIT + row).to(tl.int64) * HEADS + head
    tl.store(sums + spot[:, None] * WIDTH + d[None, :], acc, mask=valid[:, None])
    tl.store(stats + 2 * spot, highest, mask=valid)
    tl.store(stats + 2 * spot + 1, weight, mask=valid)


@triton.jit
def combine(
    sums, stats, table, out, HEADS: tl.constexpr, WIDTH: tl.constexpr, LIMIT: tl.constexpr,
    CHUNK: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Attention from its chunks: [rows, HEADS * WIDTH]. Grid: rows, heads."""
    row, head = tl.program_id(0), tl.program_id(1)
    chunks = tl.load(table + 4 * row + 3) // CHUNK + 1
    d = tl.arange(0, WIDTH)
    highest = tl.full((), -1e30, tl.float32)
    weight = tl.zeros((), tl.float32)
    acc = tl.zeros((WIDTH,), tl.float32)
    chunk = tl.arange(0, BLOCK)
    while tl.min(chunk, 0) < chunks:
        known = chunk < chunks
        spot = (chunk.to(tl.int64) * LIMIT + row) * HEADS + head
        each = tl.load(stats + 2 * spot, mask=known, other=-1e30)
        mass = tl.load(stats + 2 * spot + 1, mask=known, other=0)
        part = tl.load(sums + spot[:, None] * WIDTH + d[None, :], mask=known[:, None], other=0)
        peak = tl.maximum(highest, tl.max(each, 0))
        share = tl.exp(each - peak)
        fade = tl.exp(highest - peak)
        weight = weight * fade + tl.sum(mass * share, 0)
        acc = acc * fade + tl.sum(part * share[:, None], 0)
        highest = peak
        chunk += BLOCK
    tl.store(out + (row * HEADS + head) * WIDTH + d, acc / weight)


@triton.jit
def gate(both, out, width, BLOCK: tl.constexpr):
    """silu(gate) * up of rows [gate, up]. Grid: rows, blocks."""
    row = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < width
    g = tl.load(both + row * 2 * width + at, mask=inside, other=0).to(tl.float32)
    u = tl.load(both + row * 2 * width + width + at, mask=inside, other=0).to(tl.float32)
    tl.store(out + row * width + at, g / (1 + tl.exp(-g)) * u, mask=inside)
