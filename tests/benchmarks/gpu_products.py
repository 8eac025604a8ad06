"""Times the products of Qwen2.5-Coder 7B on a GPU for several tiles, beside the libraries'.

    python -m tests.benchmarks.gpu_products [SECONDS]

Prints microseconds for 1 and 8 rows, and the share of a copy's bandwidth that reading the weights
reaches. Weights that would fit the cache are multiplied in turns with others. The best tiles belong
into `matrices.tile_for`.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from assistant.engine.gpu import matrices
from assistant.engine.gpu.matrices import FloatMatrix, FourBitMatrix, Matrix, Step, Tile
from tests.benchmarks.gpu_models import on_device, rounds

_BEYOND_CACHE = 240_000_000
_SHAPES: dict[str, tuple[int, int, dict[str, Any]]] = {
    "qkv": (4608, 3584, {"norm": True, "bias": True}),
    "output": (3584, 3584, {"add": True}),
    "gate_up": (37888, 3584, {"norm": True, "gated": True}),
    "down": (3584, 18944, {"add": True}),
    "head": (152064, 3584, {"norm": True}),
}
_TILES = (
    Tile(16, 256, 4, 5), Tile(16, 128, 4, 6), Tile(16, 512, 4, 3), Tile(16, 256, 2, 5),
    Tile(32, 128, 4, 4), Tile(32, 128, 4, 3), Tile(32, 256, 4, 4), Tile(32, 256, 8, 4),
    Tile(64, 128, 4, 4), Tile(64, 128, 8, 4), Tile(64, 64, 4, 5),
)  # fmt: skip


def replayed(calls: Sequence[Callable[[], object]]) -> float:
    """Seconds per call in a CUDA graph."""
    for call in calls:
        call()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for call in calls:
            call()
    return rounds(lambda: on_device(graph.replay, 2), 7).median / len(calls)


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, device="cuda", dtype=torch.bfloat16) * 0.02


def ours(built: Sequence[Matrix], inputs: int, outputs: int, step: Step) -> list[float]:
    """Seconds for 1 and for 8 rows."""
    found = []
    for rows in (1, 8):
        x, out = drawn(rows, inputs), drawn(rows, outputs)
        calls = [lambda each=each, x=x, out=out: each.few(x, out, step) for each in built]
        found.append(replayed(calls * 3))
    return found


def library(weights: Sequence[Tensor]) -> list[float]:
    found = []
    for rows in (1, 8):
        x = drawn(rows, weights[0].shape[1])
        found.append(replayed([lambda w=w, x=x: torch.mm(x, w.t()) for w in weights] * 3))
    return found


def library_4bit(weights: Sequence[Tensor]) -> list[float]:
    """torch's own product of 4-bit weights, groups of 128."""
    outputs, inputs = weights[0].shape
    numbers = torch.randint(0, 256, (outputs, inputs // 2), device="cuda", dtype=torch.uint8)
    packed = [torch._convert_weight_to_int4pack(numbers, 8) for _ in range(3 * len(weights))]
    scales, found = drawn(inputs // 128, outputs, 2), []
    for rows in (1, 8):
        multiply = partial(torch._weight_int4pack_mm, drawn(rows, inputs))
        found.append(replayed([partial(multiply, each, 128, scales) for each in packed]))
    return found


def figures(name: str, bandwidth: float) -> Iterator[tuple[str, list[float], float]]:
    """Label, seconds, and the seconds that reading the weights takes."""
    outputs, inputs, fused = _SHAPES[name]
    size = outputs * inputs * 2
    weights = [drawn(outputs, inputs) for _ in range(max(1, -(-_BEYOND_CACHE // size)))]
    norm, bias = drawn(inputs), drawn(outputs)
    step = Step(
        norm=norm if fused.get("norm") else None,
        bias=bias if fused.get("bias") else None,
        add=fused.get("add", False),
        gated=fused.get("gated", False),
    )
    results = outputs // 2 if step.gated else outputs
    floor, small = size / bandwidth, size * 4.5 / 16 / bandwidth
    yield f"{name}, cuBLAS", library(weights), floor
    if name != "head":
        yield f"{name}, int4pack_mm", library_4bit(weights), size * 4.25 / 16 / bandwidth
    plain = [FloatMatrix(each) for each in weights]
    packed = [FourBitMatrix(each) for each in weights * 3] if name != "head" else []
    usual = matrices.tile_for
    try:
        for tile in _TILES:
            matrices.tile_for = lambda *_, tile=tile, **__: tile  # type: ignore[assignment]
            if inputs % tile.inputs:
                continue
            label = f"{name}, {tile}"
            yield label, ours(plain, inputs, results, step), floor
            if packed:
                yield f"{label}, 4-bit", ours(packed, inputs, results, step), small
    finally:
        matrices.tile_for = usual


def main() -> None:
    end = time.monotonic() + float(sys.argv[1]) if sys.argv[1:] else float("inf")
    source = torch.empty(1 << 31, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    bandwidth = (
        2 * source.numel() / rounds(lambda: on_device(lambda: target.copy_(source), 5)).median
    )
    print(f"{torch.cuda.get_device_name(0)}: a copy moves {bandwidth / 1e12:.2f} TB/s")
    for name in _SHAPES:
        for label, seconds, floor in figures(name, bandwidth):
            times = ", ".join(f"{each * 1e6:.1f}" for each in seconds)
            print(f"| {label} | {times} us | {floor / seconds[0]:.0%} |", flush=True)
            if time.monotonic() > end:
                return


if __name__ == "__main__":
    main()
