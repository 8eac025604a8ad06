"""Triton kernels for matrix products with few rows, which are bound by memory bandwidth.

A program is a single warp, and loads 512 bytes or more of each of its weight rows per step. So many
programs fit on a multiprocessor that enough loads are in flight without software pipelining.

A quantized weight is `scale * number`, with a number of 4 or 8 bits and a scale for each group of a
row. The input is quantized to 8 bits in the same groups, with scales called steps, so that one
instruction (dp4a) multiplies four values. Groups come in pairs: a block of GROUP bytes holds one
group of 4-bit weights in its low nibbles and the next one in its high nibbles. Scales and steps are
float16, and those of a pair share an int32.
"""

import triton
import triton.language as tl


@triton.jit
def _dot(a, b, EMULATE: tl.constexpr):
    """The sum of the products of four signed bytes of each int32."""
    if EMULATE:
        total = (a << 24 >> 24) * (b << 24 >> 24)
        total += (a << 16 >> 24) * (b << 16 >> 24)
        total += (a << 8 >> 24) * (b << 8 >> 24)
        return total + (a >> 24) * (b >> 24)
    else:  # noqa: RET505 - the compiler drops one of the branches
        return tl.inline_asm_elementwise(
            "dp4a.s32.s32 $0, $1, $2, 0;", "=r,r,r", [a, b], dtype=tl.int32, is_pure=True, pack=1
        )


@triton.jit
def _half(pair, HIGH: tl.constexpr):
    """One of the two float16 in an int32, as float32."""
    bits = (pair >> 16) if HIGH else pair
    return (bits & 0xFFFF).to(tl.uint16).to(tl.float16, bitcast=True).to(tl.float32)


@triton.jit
def _place(rows, outputs, ROWS: tl.constexpr, BLOCK_N: tl.constexpr):
    """The rows and outputs of a program; those out of range are the last ones.

    The grid has one dimension: for each tile of outputs, all tiles of rows, so that these share the
    weights in the L2 cache.
    """
    tiles = tl.cdiv(rows, ROWS)
    m = tl.program_id(0) % tiles * ROWS + tl.arange(0, ROWS)[:, None, None]
    n = tl.program_id(0) // tiles * BLOCK_N + tl.arange(0, BLOCK_N)[None, :, None]
    return tl.minimum(m, rows - 1), tl.minimum(n, outputs - 1).to(tl.int64)


@triton.jit
def _finish(sums, out, rows, outputs, ADD: tl.constexpr, ROWS: tl.constexpr, BLOCK_N: tl.constexpr):
    tiles = tl.cdiv(rows, ROWS)
    at = tl.program_id(0) % tiles * ROWS + tl.arange(0, ROWS)[:, None]
    column = tl.program_id(0) // tiles * BLOCK_N + tl.arange(0, BLOCK_N)[None, :]
    inside = (at < rows) & (column < outputs)
    target = out + at.to(tl.int64) * outputs + column
    if ADD:
        sums += tl.load(target, mask=inside, other=0).to(tl.float32)
    tl.store(target, sums, mask=inside)


@triton.jit(do_not_specialize=["rows"])
def product(
    x, weight, norm, out, rows, outputs, epsilon, INPUTS: tl.constexpr, NORM: tl.constexpr,
    ADD: tl.constexpr, GATED: tl.constexpr, ROWS: tl.constexpr, BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
):  # fmt: skip
    """out = norm(x) @ weight.T, with ADD on top of what `out` holds.

    `x` is [rows, INPUTS] and `weight` [outputs, INPUTS]. GATED: the weight has 2 * outputs rows,
    and out = silu(gate) * up. Grid: see `_place`.
    """
    m, n = _place(rows, outputs, ROWS, BLOCK_N)
    past_gate = outputs.to(tl.int64) * INPUTS
    acc = tl.zeros((ROWS, BLOCK_N, BLOCK_K), tl.float32)
    acc_up = tl.zeros((ROWS, BLOCK_N, BLOCK_K), tl.float32)
    squares = tl.zeros((ROWS, 1, BLOCK_K), tl.float32)
    for start in range(0, INPUTS, BLOCK_K):
        k = start + tl.arange(0, BLOCK_K)[None, None, :]
        known = k < INPUTS
        part = tl.load(weight + n * INPUTS + k, mask=known, other=0)
        values = tl.load(x + m * INPUTS + k, mask=known, other=0).to(tl.float32)
        if NORM:
            squares += values * values
            values *= tl.load(norm + k, mask=known, other=0).to(tl.float32)
        acc += part.to(tl.float32) * values
        if GATED:
            up = tl.load(weight + past_gate + n * INPUTS + k, mask=known, other=0)
            acc_up += up.to(tl.float32) * values
    sums = tl.sum(acc, 2)
    if NORM:
        sums *= tl.rsqrt(tl.sum(squares, 2) / INPUTS + epsilon)
    if GATED:
        up = tl.sum(acc_up, 2)
        if NORM:
            up *= tl.rsqrt(tl.sum(squares, 2) / INPUTS + epsilon)
        sums = sums / (1 + tl.exp(-sums)) * up
    _finish(sums, out, rows, outputs, ADD, ROWS, BLOCK_N)


@triton.jit(do_not_specialize=["rows"])
def product_quantized(
    x, steps, weight, scales, out, rows, outputs, INPUTS: tl.constexpr, BITS: tl.constexpr,
    GROUP: tl.constexpr, ADD: tl.constexpr, ROWS: tl.constexpr, BLOCK_N: tl.constexpr,
    PAIRS: tl.constexpr, EMULATE: tl.constexpr,
):  # fmt: skip
    """out = x @ weight.T, with ADD on top of what `out` holds.

    `x` is [rows, INPUTS / 4] and `weight` [outputs, INPUTS * BITS / 32], in int32; `steps` and
    `scales` have INPUTS / (2 * GROUP) per row. Grid: see `_place`.
    """
    WORDS: tl.constexpr = GROUP // 4
    BLOCKS: tl.constexpr = INPUTS // (2 * GROUP)
    m, n = _place(rows, outputs, ROWS, BLOCK_N)
    acc = tl.zeros((ROWS, BLOCK_N, PAIRS), tl.float32)
    for start in range(0, BLOCKS, PAIRS):
        k = start * WORDS + tl.arange(0, PAIRS * WORDS)[None, None, :]
        known = k < BLOCKS * WORDS
        pair = k // WORDS * WORDS + k
        if BITS == 8:
            spot = weight + n * (2 * BLOCKS * WORDS) + pair
            low = tl.load(spot, mask=known, other=0)
            high = tl.load(spot + WORDS, mask=known, other=0)
        else:
            # Four bits are the high half of a signed byte, so the numbers are 16 times as large.
            word = tl.load(weight + n * (BLOCKS * WORDS) + k, mask=known, other=0)
            low, high = (word << 4) & -0x0F0F0F10, word & -0x0F0F0F10
        spot = x + m * (2 * BLOCKS * WORDS) + pair
        low = _dot(low, tl.load(spot, mask=known, other=0), EMULATE)
        high = _dot(high, tl.load(spot + WORDS, mask=known, other=0), EMULATE)
        low = tl.sum(tl.reshape(low, (ROWS, BLOCK_N, PAIRS, WORDS)), 3).to(tl.float32)
        high = tl.sum(tl.reshape(high, (ROWS, BLOCK_N, PAIRS, WORDS)), 3).to(tl.float32)
        block = start + tl.arange(0, PAIRS)[None, None, :]
        scale = tl.load(scales + n * BLOCKS + block, mask=block < BLOCKS, other=0)
        step = tl.load(steps + m * BLOCKS + block, mask=block < BLOCKS, other=0)
        acc += low * (_half(scale, False) * _half(step, False))
        acc += high * (_half(scale, True) * _half(step, True))
    sums = tl.sum(acc, 2) / (16 if BITS == 4 else 1)
    _finish(sums, out, rows, outputs, ADD, ROWS, BLOCK_N)


@triton.jit
def expand_4bit(
    weight, scales, out, outputs, INPUTS: tl.constexpr, GROUP: tl.constexpr, BLOCK_N: tl.constexpr
):
    """The weights [outputs, INPUTS], for products of many rows; `weight` is in bytes."""
    n = tl.program_id(0).to(tl.int64) * BLOCK_N + tl.arange(0, BLOCK_N)[:, None]
    block = tl.program_id(1)
    j = tl.arange(0, GROUP)[None, :]
    inside = n < outputs
    packed = tl.load(weight + n * (INPUTS // 2) + block * GROUP + j, mask=inside, other=0)
    pair = tl.load(scales + n * (INPUTS // (2 * GROUP)) + block, mask=inside, other=0)
    target = out + n * INPUTS + 2 * block * GROUP + j
    for high in tl.static_range(2):
        half = ((packed >> 4) if high else (packed & 15)).to(tl.int32)
        number = (half ^ 8) - 8
        tl.store(target + high * GROUP, number.to(tl.float32) * _half(pair, high), mask=inside)
