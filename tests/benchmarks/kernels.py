"""Times one weight matrix times some rows with every kernel that works here, in turns.

    python -m tests.benchmarks.kernels [--threads 1] [--rounds 9]

Prints milliseconds of processor time per thread, median over the rounds, of whole calls including
the quantization of the input and the scaling of the result. Matrices rotate through 90 MB, so that
weights come from memory, as in a model.
"""

import argparse
import statistics
import time
from collections.abc import Sequence

import torch

from assistant.engine.native import compiler
from assistant.engine.native.kernel import NativeLinear, Scratch
from assistant.engine.quantization import Kernel, Linear, Matrix, fbgemm, onednn, works

SHAPES = ((17920, 1536), (1536, 8960), (9728, 896))
"""[out, in] of gate_up and down in the 1.5B model, and of gate_up in the 0.5B model."""
ROWS = (1, 4, 16, 64, 256)
_ROTATION_BYTES = 90_000_000


def kernels() -> dict[str, Kernel]:
    """The kernels that run here, by name; ours once per instruction set."""
    found: dict[str, Kernel] = {}
    for isa in compiler.INSTRUCTION_SETS:
        program = compiler.load(isa.name)
        if program is not None:
            scratch = Scratch()
            found[f"ours, {isa.name}"] = lambda matrix, p=program, s=scratch: NativeLinear(
                p, s, matrix
            )
    return found | {k.__name__: k for k in (onednn, fbgemm) if works(k)}


def prepare(kernel: Kernel, out: int, width: int) -> list[Linear]:
    generator = torch.Generator().manual_seed(0)
    return [
        kernel(
            Matrix(
                torch.randint(-127, 128, (out, width), dtype=torch.int8, generator=generator),
                torch.rand(out, generator=generator),
                torch.zeros(out),
            )
        )
        for _ in range(max(1, _ROTATION_BYTES // (out * width)))
    ]


@torch.inference_mode()
def time_of(linears: Sequence[Linear], x: torch.Tensor) -> float:
    """Milliseconds of processor time per thread for one call."""
    for linear in linears:
        linear(x)  # warm up
    start = time.process_time()
    for linear in linears:
        linear(x)
    return 1000 * (time.process_time() - start) / len(linears) / torch.get_num_threads()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    names = kernels()
    print("out x in, rows".ljust(20), *(name.rjust(18) for name in names))
    for out, width in SHAPES:
        ready = {name: prepare(kernel, out, width) for name, kernel in names.items()}
        for rows in ROWS:
            x = torch.randn(rows, width)
            times: dict[str, list[float]] = {name: [] for name in names}
            for _ in range(options.rounds):
                for name, linears in ready.items():
                    times[name].append(time_of(linears, x))
            figures = (f"{statistics.median(each):18.2f}" for each in times.values())
            print(f"{out} x {width}, {rows}".ljust(20), *figures, flush=True)


if __name__ == "__main__":
    main()
