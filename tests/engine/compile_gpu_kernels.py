"""Compiles the kernels for a GPU that need not be there; prints what the compiler made of them.

    python -m tests.engine.compile_gpu_kernels [CAPABILITY]

One JSON line per kernel: bytes of shared memory, whether values are spilled to memory, and whether
it loads 16 bytes at a time. The shapes are those of Qwen2.5-Coder 7B.
"""

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from assistant.engine.gpu import kernels, products
from assistant.engine.gpu.decoder import LIMIT
from assistant.engine.gpu.matrices import float_tile, quantized_tile

_POINTERS = {
    "x": "*bf16", "weight": "*i32", "bias": "*bf16", "norm": "*bf16", "out": "*bf16",
    "qkv": "*bf16", "q_norm": "*bf16", "k_norm": "*bf16", "both": "*bf16", "rotation": "*fp32",
    "table": "*i64", "sums": "*fp32", "stats": "*fp32", "scales": "*i32", "steps": "*i32",
    "rows": "*fp32", "parts": "*fp32", "facts": "*fp32",
}  # fmt: skip
_FLOATS = ("epsilon", "scale")
_ATTENTION = {"HEADS": 28, "WIDTH": 128}


def variants() -> Iterator[tuple[str, Any, dict[str, Any], dict[str, int]]]:
    """Name, kernel, constants, and options of each."""
    for count in (1, 4):
        for bits in (4, 8):
            tile = quantized_tile(count, 3584)
            yield f"{bits}-bit, {count}", products.product_quantized, {
                "INPUTS": 3584, "GROUP": 64, "BITS": bits, "ADD": False, "ROWS": tile.rows,
                "BLOCK_N": tile.outputs, "PAIRS": tile.width, "EMULATE": False,
            }, {"num_warps": 1}  # fmt: skip
    for gated in (False, True):
        tile = float_tile(3584)
        yield f"gated {gated}", products.product, {
            "INPUTS": 3584, "NORM": True, "ADD": False, "GATED": gated, "ROWS": tile.rows,
            "BLOCK_N": tile.outputs, "BLOCK_K": tile.width,
        }, {"num_warps": 1}  # fmt: skip
    yield "parts", kernels.score_parts, {"BLOCK": 2048}, {}
    yield "merge", kernels.score_merge, {"BLOCK": 128}, {}
    chunks = {"LIMIT": LIMIT, "CHUNK": kernels.CHUNK, **_ATTENTION}
    yield "attend", kernels.attend, {"KV_HEADS": 4, "BLOCK": 64, **chunks}, {}
    rotated = {"KV_HEADS": 4, "BIAS": True, "NORM": False, "q_norm": None, "k_norm": None}
    yield "rotate", kernels.rotate, {**rotated, **_ATTENTION}, {"num_warps": 1}
    yield "expand", products.expand_4bit, {"INPUTS": 3584, "GROUP": 64, "BLOCK_N": 16}, {}
    for group in (0, 64):
        kind = {"GROUP": group} if group else {"GROUP": group, "steps": None}
        yield f"combine {group}", kernels.combine, {"BLOCK": 32, **kind, **chunks}, {}
        yield f"gate {group}", kernels.gate, {"INPUTS": 18944, "BLOCK": 1024, **kind}, {}
        whole = {"INPUTS": 3584, "BLOCK": 4096, **kind}
        yield f"normalize {group}", kernels.normalize, whole, {"num_warps": 8}


def compiled(kernel: Any, constants: dict[str, Any], options: dict[str, int], target: int) -> Any:
    names = kernel.arg_names
    types = {name: "fp32" if name in _FLOATS else "i32" for name in names} | _POINTERS
    if kernel is not kernels.score_parts:
        types["rows"] = "i32"
    if kernel is products.product_quantized:
        types["x"] = "*i32"
    elif kernel is products.product:
        types["weight"] = "*bf16"
    elif kernel is products.expand_4bit:
        types["weight"] = "*u8"
    elif constants.get("GROUP"):
        types["out"] = "*i8"
    signature = {n: "constexpr" if n in constants else types[n] for n in names}
    aligned = {
        (at,): [["tt.divisibility", 16]]
        for at, name in enumerate(names)
        if signature[name].startswith("*") or name in ("outputs", "width")
    }
    values = {(names.index(name),): value for name, value in constants.items()}
    source = ASTSource(kernel, signature, values, aligned)
    return triton.compile(source, target=GPUTarget("cuda", target, 32), options=options)


def main() -> None:
    target = int(sys.argv[1]) if sys.argv[1:] else 80
    for name, kernel, constants, options in variants():
        found = compiled(kernel, constants, options, target)
        code = found.asm["ptx"]
        facts = {
            "name": name,
            "shared": found.metadata.shared,
            "spills": ".local" in code,
            "wide": bool(re.search(r"cp\.async\.cg[^;]*0x10|ld\.global\S*\.v4\.b32", code)),
        }
        print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
