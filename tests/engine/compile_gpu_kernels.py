"""Compiles the kernels for a GPU that need not be there; prints what the compiler made of them.

    python -m tests.engine.compile_gpu_kernels [CAPABILITY]

One JSON line per kernel: bytes of shared memory, whether values are spilled to memory, and whether
it loads 16 bytes at a time into shared memory. The shapes are those of Qwen2.5-Coder 7B.
"""

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from assistant.engine.gpu import kernels
from assistant.engine.gpu.decoder import LIMIT
from assistant.engine.gpu.matrices import group_of, tile_for

_POINTERS = {
    "x": "*bf16", "weight": "*bf16", "bias": "*bf16", "norm": "*bf16", "out": "*bf16",
    "qkv": "*bf16", "q_norm": "*bf16", "k_norm": "*bf16", "both": "*bf16", "rotation": "*fp32",
    "table": "*i64", "sums": "*fp32", "stats": "*fp32", "scales": "*i32",
}  # fmt: skip
_FLOATS = ("epsilon", "scale")
_ATTENTION = {"HEADS": 28, "WIDTH": 128}
_PRODUCTS = {
    "qkv": (4608, 3584, {"NORM": True, "BIAS": True}),
    "output": (3584, 3584, {"ADD": True}),
    "gate_up": (18944, 3584, {"NORM": True, "GATED": True}),
    "down": (3584, 18944, {"ADD": True}),
}


def variants() -> Iterator[tuple[str, Any, dict[str, Any], dict[str, int]]]:
    """Name, kernel, constants, and options of each."""
    for name, (outputs, inputs, step) in _PRODUCTS.items():
        flags = {"NORM": False, "BIAS": False, "ADD": False, "GATED": False, **step}
        unused = {key: None for key in ("norm", "bias") if not flags[key.upper()]}
        tile = tile_for(outputs, inputs, gated=flags["GATED"])
        shared = {"INPUTS": inputs, "BLOCK_N": tile.outputs, **flags, **unused}
        options = {"num_warps": tile.warps, "num_stages": tile.stages}
        yield name, kernels.product, {**shared, "BLOCK_K": tile.inputs}, options
        group = group_of(inputs)
        pairs = max(1, tile.inputs // (2 * group))
        constants = {**shared, "GROUP": group, "PAIRS": pairs}
        yield f"{name}, 4-bit", kernels.product_4bit, constants, options
    chunks = {"LIMIT": LIMIT, "CHUNK": kernels.CHUNK, **_ATTENTION}
    yield "attend", kernels.attend, {"KV_HEADS": 4, "BLOCK": 64, **chunks}, {}
    yield "combine", kernels.combine, {"BLOCK": 16, **chunks}, {}
    rotated = {"KV_HEADS": 4, "NORM": False, "q_norm": None, "k_norm": None, **_ATTENTION}
    yield "rotate", kernels.rotate, rotated, {"num_warps": 1}
    yield "expand", kernels.expand_4bit, {"INPUTS": 3584, "GROUP": 64, "BLOCK_N": 16}, {}
    yield "gate", kernels.gate, {"BLOCK": 1024}, {}


def compiled(kernel: Any, constants: dict[str, Any], options: dict[str, int], target: int) -> Any:
    names = kernel.arg_names
    types = {name: "fp32" if name in _FLOATS else "i32" for name in names} | _POINTERS
    if "scales" in names or kernel is kernels.expand_4bit:
        types["weight"] = "*u8"
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
            "wide": bool(re.search(r"cp\.async\.cg[^;]*0x10", code)),
        }
        print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
