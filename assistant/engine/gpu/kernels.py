"""Triton kernels for everything but matrix products: norms, rotary embedding, attention, gating and
scoring.

The order of a row's sums does not depend on the other rows of the pass.

The `table` of a pass has a row of four int64 for each token: its id, the address of its sequence's
cache, that cache's capacity, and its position. A cache is [layers, 2, kv_heads, capacity, WIDTH].
Attention runs in chunks whose results are combined (Flash-Decoding,
https://crfm.stanford.edu/2023/10/12/flashdecoding.html).
"""

import triton
import triton.language as tl

CHUNK = 256
"""Keys of a chunk of attention."""

TILE = 16
"""Queries of an attention tile: the smallest size that tensor cores multiply. All queries that
share a key must fit one tile."""


@triton.jit
def _put(values, out, steps, row, start, inside, LENGTH: tl.constexpr, GROUP: tl.constexpr,
         BLOCK: tl.constexpr):  # fmt: skip
    """Stores BLOCK values of a row of LENGTH: unchanged if GROUP is 0, else quantized to 8 bits.

    Each group has a float16 scale; the scales of two neighbouring groups share an int32.
    """
    at = start + tl.arange(0, BLOCK)
    place = out + row * LENGTH + at
    if GROUP == 0:
        tl.store(place, values, mask=inside)
    else:
        PAIRS: tl.constexpr = BLOCK // (2 * GROUP)
        parts = tl.reshape(values, (PAIRS, 2, GROUP))
        step = tl.maximum(tl.max(tl.abs(parts), 2) / 127, 1e-6).to(tl.float16)
        numbers = tl.floor(parts / step.to(tl.float32)[:, :, None] + 0.5)
        numbers = tl.minimum(tl.maximum(numbers, -127), 127)
        tl.store(place, tl.reshape(numbers, (BLOCK,)).to(tl.int8), mask=inside)
        bits = step.to(tl.uint16, bitcast=True).to(tl.int32)
        pairs = tl.sum(bits << (16 * tl.arange(0, 2))[None, :], 1)
        pair = start // (2 * GROUP) + tl.arange(0, PAIRS)
        known = pair < LENGTH // (2 * GROUP)
        tl.store(steps + row * (LENGTH // (2 * GROUP)) + pair, pairs, mask=known)


@triton.jit
def normalize(
    x, norm, out, steps, epsilon, INPUTS: tl.constexpr, GROUP: tl.constexpr, BLOCK: tl.constexpr
):
    """RMS norm of rows of INPUTS, in a BLOCK at least as long. Grid: rows."""
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    inside = at < INPUTS
    values = tl.load(x + row * INPUTS + at, mask=inside, other=0).to(tl.float32)
    factor = tl.rsqrt(tl.sum(values * values, 0) / INPUTS + epsilon)
    values = values * factor * tl.load(norm + at, mask=inside, other=0).to(tl.float32)
    _put(values, out, steps, row, 0, inside, INPUTS, GROUP, BLOCK)


@triton.jit
def _cache(table, row, dtype: tl.constexpr):
    """Address and capacity of the cache of a row."""
    pointer = tl.load(table + 4 * row + 1).to(tl.pointer_type(dtype))
    # Allocations are aligned; told so, the compiler loads 16 bytes at a time.
    return tl.multiple_of(pointer, 16), tl.load(table + 4 * row + 2)


@triton.jit(do_not_specialize=["layer"])
def rotate(
    qkv, bias, q_norm, k_norm, rotation, table, layer, epsilon,
    HEADS: tl.constexpr, KV_HEADS: tl.constexpr, WIDTH: tl.constexpr, BIAS: tl.constexpr,
    NORM: tl.constexpr,
):  # fmt: skip
    """Adds the bias; rotates queries in place; writes rotated keys, and values, to the caches.

    Grid: rows, heads of queries, keys and values.
    """
    row, head = tl.program_id(0), tl.program_id(1)
    half = tl.arange(0, WIDTH // 2)
    source = qkv + (row.to(tl.int64) * (HEADS + 2 * KV_HEADS) + head) * WIDTH
    first = tl.load(source + half).to(tl.float32)
    second = tl.load(source + WIDTH // 2 + half).to(tl.float32)
    if BIAS:
        first += tl.load(bias + head * WIDTH + half).to(tl.float32)
        second += tl.load(bias + head * WIDTH + WIDTH // 2 + half).to(tl.float32)
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
    sums, stats, table, out, steps, HEADS: tl.constexpr, WIDTH: tl.constexpr,
    LIMIT: tl.constexpr, CHUNK: tl.constexpr, GROUP: tl.constexpr, BLOCK: tl.constexpr,
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
    _put(acc / weight, out, steps, row.to(tl.int64), head * WIDTH, d < WIDTH, HEADS * WIDTH,
         GROUP, WIDTH)  # fmt: skip


@triton.jit
def gate(both, out, steps, INPUTS: tl.constexpr, GROUP: tl.constexpr, BLOCK: tl.constexpr):
    """silu(gate) * up of rows [gate, up], INPUTS each. Grid: rows, blocks."""
    row = tl.program_id(0).to(tl.int64)
    start = tl.program_id(1) * BLOCK
    at = start + tl.arange(0, BLOCK)
    inside = at < INPUTS
    g = tl.load(both + row * 2 * INPUTS + at, mask=inside, other=0).to(tl.float32)
    u = tl.load(both + row * 2 * INPUTS + INPUTS + at, mask=inside, other=0).to(tl.float32)
    _put(g / (1 + tl.exp(-g)) * u, out, steps, row, start, inside, INPUTS, GROUP, BLOCK)


@triton.jit
def score_parts(rows, parts, width, stride, BLOCK: tl.constexpr):
    """Of each block: its highest logit and where it is, the sum of weights, and of weighted logits.

    Weights are relative to that of the highest logit. Ids are below 2**24, so a float32 holds them.
    """
    row, block = tl.program_id(0).to(tl.int64), tl.program_id(1)
    at = block * BLOCK + tl.arange(0, BLOCK)
    values = tl.load(rows + row * stride + at, mask=at < width, other=float("-inf"))
    highest, where = tl.max(values, 0, return_indices=True)
    highest = tl.maximum(highest, -1e30)
    weights = tl.exp(values - highest)
    weighted = weights * tl.where(values == float("-inf"), 0.0, values)
    target = parts + (row * tl.num_programs(1) + block) * 4
    tl.store(target, highest)
    tl.store(target + 1, (block * BLOCK + where).to(tl.float32))
    tl.store(target + 2, tl.sum(weights, 0))
    tl.store(target + 3, tl.sum(weighted, 0))


@triton.jit
def score_merge(parts, facts, blocks, BLOCK: tl.constexpr):
    """Of each row: entropy, likeliest id, its log-probability, log of the sum of exponents."""
    row = tl.program_id(0)
    block = tl.arange(0, BLOCK)
    source = parts + (row * blocks + block) * 4
    highest = tl.load(source, mask=block < blocks, other=-1e30)
    peak, first = tl.max(highest, 0, return_indices=True)
    share = tl.exp(highest - peak)
    total = tl.sum(share * tl.load(source + 2, mask=block < blocks, other=0), 0)
    weighted = tl.sum(share * tl.load(source + 3, mask=block < blocks, other=0), 0)
    normalizer = peak + tl.log(total)
    target = facts + row * 4
    tl.store(target, normalizer - weighted / total)
    tl.store(target + 1, tl.load(parts + (row * blocks + first) * 4 + 1))
    tl.store(target + 2, peak - normalizer)
    tl.store(target + 3, normalizer)
