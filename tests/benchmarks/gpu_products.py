"""Times the products of Qwen2.5-Coder 7B on a GPU: the library's, and ours for several tiles.

    python -m tests.benchmarks.gpu_products [SECONDS]
    python -m tests.benchmarks.gpu_products pass bf16|4bit [CHUNK]

The first prints microseconds, and the share of a copy's bandwidth that reading the weights
reaches. Weights that would fit the cache are multiplied in turns with others. The best tiles belong
into `matrices`. The second prints the time of a token, and of each kernel in it.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from assistant.engine.gpu import kernels, matrices
from assistant.engine.gpu.decoder import LIMIT
from assistant.engine.gpu.matrices import FloatMatrix, QuantizedMatrix, Rows, Step, Tile
from tests.benchmarks import gpu_models
from tests.benchmarks.gpu_models import Session, on_device, rounds

_BEYOND_CACHE = 240_000_000
_SHAPES = {
    "gate_up": (37888, 3584),
    "down": (3584, 18944),
    "qkv": (4608, 3584),
    "output": (3584, 3584),
    "head": (152064, 3584),
}
_FLOAT_TILES = (
    Tile(1, 1, 512), Tile(1, 2, 512), Tile(1, 4, 256), Tile(1, 2, 256), Tile(1, 1, 1024),
)  # fmt: skip
_QUANTIZED_TILES = (
    Tile(1, 2, 16), Tile(1, 2, 32), Tile(1, 1, 32), Tile(4, 2, 16), Tile(4, 4, 8), Tile(4, 4, 16),
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


def library(weights: Sequence[Tensor], rows: int) -> float:
    x, out = drawn(rows, weights[0].shape[1]), drawn(rows, len(weights[0]))
    return replayed([lambda w=w: torch.mm(x, w.t(), out=out) for w in weights] * 3)


def ours(weights: Sequence[Tensor], tile: Tile, step: Step) -> float:
    outputs, inputs = weights[0].shape
    x, out = drawn(LIMIT, inputs), drawn(LIMIT, outputs // 2 if step.gated else outputs)
    matrices.float_tile = lambda *_, **__: tile  # type: ignore[assignment]
    built = [FloatMatrix(each) for each in weights]
    return replayed([lambda m=m: m.few(Rows(x), out, tile.rows, step) for m in built] * 3)


def library_4bit(weights: Sequence[Tensor], rows: int) -> float:
    """torch's own product of 4-bit weights, groups of 128."""
    outputs, inputs = weights[0].shape
    numbers = torch.randint(0, 256, (outputs, inputs // 2), device="cuda", dtype=torch.uint8)
    packed = [torch._convert_weight_to_int4pack(numbers, 8) for _ in range(3 * len(weights))]
    scales = drawn(inputs // 128, outputs, 2)
    multiply = partial(torch._weight_int4pack_mm, drawn(rows, inputs))
    return replayed([partial(multiply, each, 128, scales) for each in packed])


def ours_quantized(built: Sequence[QuantizedMatrix], shape: tuple[int, int], tile: Tile) -> float:
    outputs, inputs = shape
    x, out = Rows.empty(LIMIT, inputs, built[0].group, drawn(1)), drawn(LIMIT, outputs)
    x.values.random_(-127, 128)
    matrices.quantized_tile = lambda *_: tile  # type: ignore[assignment]
    return replayed([lambda m=m: m.few(x, out, tile.rows, Step()) for m in built] * 3)


def figures(name: str, bandwidth: float) -> Iterator[tuple[str, float, float]]:
    """Label, seconds, and the seconds that reading the weights takes."""
    outputs, inputs = _SHAPES[name]
    size = outputs * inputs * 2
    weights = [drawn(outputs, inputs) for _ in range(max(1, -(-_BEYOND_CACHE // size)))]
    for rows in (1, 64):
        yield f"{name}, cuBLAS, {rows} rows", library(weights, rows), size / bandwidth
    reads = name not in ("down", "output")
    step = Step(drawn(inputs) if reads else None, add=not reads, gated=name == "gate_up")
    for tile in _FLOAT_TILES:
        yield f"{name}, {tile}", ours(weights, tile, step), size / bandwidth
    bits = 8 if name == "head" else 4
    small = size * (bits + 0.25) / 16 / bandwidth
    for rows in (1, 4) if bits == 4 else ():
        yield f"{name}, int4pack_mm, {rows} rows", library_4bit(weights, rows), small
    copies = 1 if bits == 8 else max(2, 3 * len(weights))
    packed = [QuantizedMatrix(each, bits=bits) for each in (weights * 4)[:copies]]
    del weights
    for tile in _QUANTIZED_TILES:
        yield f"{name}, {bits}-bit, {tile}", ours_quantized(packed, (outputs, inputs), tile), small


def kernels_of_a_pass(four_bit: bool) -> None:
    """Prints the GPU time of each kernel of a token at 1,000 tokens, in microseconds."""
    backend = gpu_models.ours(gpu_models.random_model("Qwen2.5-Coder 7B"), four_bit=four_bit)
    for length in (16000, 1000):
        session = Session(backend, length)
        session.read()
        spent = rounds(lambda s=session: s.write(64) / 64)
        print(f"4-bit {four_bit}, {length:,} tokens: {spent.text('.0f', 1e6)} us", flush=True)
    with profile(activities=[ProfilerActivity.CUDA, ProfilerActivity.CPU]) as seen:
        session.write(9)
    times: Counter[str] = Counter()
    for event in seen.events():
        if event.device_type == torch.autograd.DeviceType.CUDA:
            times[event.name] += event.device_time / 8
    print(f"all kernels: {sum(times.values()):.0f} us")
    for name, micros in times.most_common(12):
        print(f"| {name[:60]} | {micros:.0f} |", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["pass"]:
        kernels.CHUNK = int(sys.argv[3]) if sys.argv[3:] else kernels.CHUNK
        kernels_of_a_pass(sys.argv[2:3] == ["4bit"])
        return
    end = time.monotonic() + float(sys.argv[1]) if sys.argv[1:] else float("inf")
    source = torch.empty(1 << 31, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    bandwidth = (
        2 * source.numel() / rounds(lambda: on_device(lambda: target.copy_(source), 5)).median
    )
    print(f"{torch.cuda.get_device_name(0)}: a copy moves {bandwidth / 1e12:.2f} TB/s")
    for name in _SHAPES:
        for label, seconds, floor in figures(name, bandwidth):
            print(f"| {label} | {seconds * 1e6:.1f} us | {floor / seconds:.0%} |", flush=True)
            if time.monotonic() > end:
                return


if __name__ == "__main__":
    main()
