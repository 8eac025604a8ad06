"""Measures the engine on a GPU with random weights in the shapes of real models.

    python -m tests.benchmarks.gpu [SECTION ...] [--out FOLDER]

Each section is a process with a time limit, and each measurement in it stands alone: a failure is
printed, and the rest goes on. Figures are medians of rounds, with the lowest and highest value.
Decoding is the engine's own loop, greedy, without drafts and text. Its share of the bandwidth is
the weights and cache that a token reads, over the bandwidth of a copy on this card (read plus
written bytes). Prefill counts the operations of products and causal attention, against a product of
8192 x 8192 x 8192 in bf16.
"""

import argparse
import copy
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch

from tests.benchmarks import gpu_models
from tests.benchmarks.gpu_models import Session, Spread, on_device, rounds

_TOKENS = 64
_LIMITS = {"7b": 90, "14b": 90, "8b": 80, "generate": 170, "static": 60, "moe": 120, "small": 60}
"""Sections and their limits in seconds."""

_STEP = 60
"""Limit of one measurement in seconds."""


class Report:
    """Rows of a Markdown table, written as they come."""

    def __init__(self, folder: Path | None) -> None:
        self._file = (folder / "gpu.md").open("a", encoding="utf-8") if folder else None

    def row(self, *cells: str) -> None:
        line = f"| {' | '.join(cells)} |"
        print(line, flush=True)
        if self._file:
            print(line, file=self._file, flush=True)

    @contextmanager
    def guarded(self, name: str, seconds: int = _STEP) -> Iterator[None]:
        """A measurement; its failure becomes a row."""

        def stop(*_: object) -> None:
            raise TimeoutError(f"more than {seconds} s")

        signal.signal(signal.SIGALRM, stop)
        signal.alarm(seconds)
        start = time.perf_counter()
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever fails, the others go on
            traceback.print_exc()
            self.row(name, "failed", " ".join(repr(error).split())[:200])
        finally:
            signal.alarm(0)
            print(f"({name}: {time.perf_counter() - start:.0f} s)", flush=True)


class Ceilings:
    """What the card can do: bytes per second of a copy, operations per second of a product."""

    def __init__(self, report: Report) -> None:
        source = torch.empty(1 << 32, dtype=torch.uint8, device="cuda")
        target = torch.empty_like(source)
        copy = rounds(lambda: on_device(partial(target.copy_, source), 3))
        self.bandwidth = 2 * source.numel() / copy.median
        a = torch.randn(8192, 8192, dtype=torch.bfloat16, device="cuda")
        b = torch.randn_like(a)
        product = rounds(lambda: on_device(lambda: a @ b, 5))
        self.peak = 2 * 8192**3 / product.median
        report.row(
            torch.cuda.get_device_name(0),
            f"copy {self.bandwidth / 1e12:.2f} TB/s",
            f"bf16 product {self.peak / 1e12:.0f} TFLOP/s",
        )


def decode(
    report: Report, name: str, backend: Any, ceilings: Ceilings, weights: int, cache: Callable
) -> None:
    """Decoding at 1,000 and 16,000 tokens; reading 8,000; three candidates against one."""
    for length in (1000, 16000):
        with report.guarded(f"{name}, decode at {length}"):
            session = Session(backend, length)
            session.read()
            spent = rounds(lambda s=session: s.write(_TOKENS) / _TOKENS)
            needed = (weights + cache(length + _TOKENS // 2)) / ceilings.bandwidth
            report.row(
                name,
                f"decode at {length:,}",
                f"{_rate(spent)} tokens/s",
                f"{needed / spent.median:.0%} of bandwidth",
            )
            if length == 1000:
                together = rounds(lambda s=session: s.write(_TOKENS, 3) / _TOKENS)
                ratio = together.median / spent.median
                report.row(name, "3 candidates at 1,000", f"{ratio:.2f} times one", "")


def prefill(report: Report, name: str, backend: Any, ceilings: Ceilings, model: Any) -> None:
    with report.guarded(f"{name}, prefill"):
        session = Session(backend, 8000)
        spent = rounds(session.read)
        share = gpu_models.operations(model, 8000) / spent.median / ceilings.peak
        report.row(
            name,
            "prefill of 8,000",
            f"{_rate(Spread([each / 8000 for each in spent.values]), '.0f')} tokens/s",
            f"{share:.0%} of peak",
        )


def _rate(seconds: Spread, form: str = ".1f") -> str:
    return Spread([1 / each for each in seconds.values]).text(form)


def dense(report: Report, name: str) -> None:
    """Our decoder in bf16 and 4-bit."""
    ceilings = Ceilings(report)
    model = gpu_models.random_model(name)
    weights = gpu_models.weight_bytes(model)

    def cache(tokens: int) -> int:
        return gpu_models.cache_bytes(model, tokens)

    with report.guarded(f"{name}, bf16", 3 * _STEP):
        backend = gpu_models.ours(model)
        _agree(report, name, backend, model)
        decode(report, f"{name}, bf16", backend, ceilings, weights, cache)
        prefill(report, f"{name}, bf16", backend, ceilings, model)
        del backend
    with report.guarded(f"{name}, 4-bit", 3 * _STEP):
        backend = gpu_models.ours(model, four_bit=True)
        head = 2 * model.config.vocab_size * model.config.hidden_size
        small = int(head * 8.25 / 16 + (weights - head) * 4.25 / 16)
        decode(report, f"{name}, 4-bit", backend, ceilings, small, cache)
        prefill(report, f"{name}, 4-bit", backend, ceilings, model)
        del backend


def static(report: Report) -> None:
    """transformers' pass over our static cache, as for models that we do not decode."""
    ceilings, name = Ceilings(report), "Qwen2.5-Coder 7B"
    model = gpu_models.random_model(name)
    weights = gpu_models.weight_bytes(model)

    def cache(tokens: int) -> int:
        return gpu_models.cache_bytes(model, tokens)

    with report.guarded(f"{name}, static cache", 3 * _STEP):
        decode(
            report, f"{name}, static cache", gpu_models.recorded(model), ceilings, weights, cache
        )
        prefill(report, f"{name}, static cache", gpu_models.recorded(model), ceilings, model)


@torch.inference_mode()
def _agree(report: Report, name: str, backend: Any, model: Any) -> None:
    """How far our logits and transformers' are from those in float32."""
    ids = torch.randint(0, 150_000, (1, 200), device="cuda")
    with report.guarded(f"{name}, agreement"):
        theirs = model(ids).logits[0, -4:].float()
        backend.forward(ids[0, :-4].tolist(), 1)
        few = backend.forward(ids[0, -4:].tolist(), 4).cuda()
        backend.truncate(0)
        many = backend.forward(ids[0].tolist(), 4).cuda()
        backend.truncate(0)
        exact = copy.deepcopy(model).float()(ids).logits[0, -4:]
        far = [float((each - exact).norm() / exact.norm()) for each in (few, many, theirs)]
        report.row(
            name,
            "distance from float32 logits: few rows, many, transformers'",
            ", ".join(f"{each:.4f}" for each in far),
            "",
        )
    torch.cuda.empty_cache()


def moe(report: Report) -> None:
    name = "Qwen3-Coder 30B-A3B"
    ceilings = Ceilings(report)
    with report.guarded(name, 100):
        model = gpu_models.random_model(name)
        backend = gpu_models.recorded(model)
        decode(report, f"{name}, static cache", backend, ceilings, gpu_models.weight_bytes(model),
               lambda tokens: gpu_models.cache_bytes(model, tokens))  # fmt: skip


def generate(report: Report) -> None:
    """transformers' `generate` on the 7B, with its static cache and compilation."""
    from transformers import LogitsProcessor, LogitsProcessorList

    ceilings, name = Ceilings(report), "Qwen2.5-Coder 7B"
    model = gpu_models.random_model(name)
    weights = gpu_models.weight_bytes(model)

    class Times(LogitsProcessor):  # type: ignore[misc]
        def __init__(self) -> None:
            self.times: list[float] = []

        def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            torch.cuda.synchronize()
            self.times.append(time.perf_counter())
            return scores

    def write(length: int) -> float:
        times = Times()
        ids = torch.randint(0, 150_000, (1, length), device="cuda")
        model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=_TOKENS,
            min_new_tokens=_TOKENS, do_sample=False, cache_implementation="static",
            logits_processor=LogitsProcessorList([times]),
        )  # fmt: skip
        return (times.times[-1] - times.times[0]) / (len(times.times) - 1)

    for length in (1000, 16000):
        with report.guarded(f"generate at {length}", 100):
            spent = rounds(lambda n=length: write(n), 3, 2)
            needed = weights + gpu_models.cache_bytes(model, length + _TOKENS // 2)
            report.row(
                f"{name}, transformers' generate, static cache, compiled",
                f"decode at {length:,}",
                f"{_rate(spent)} tokens/s",
                f"{needed / ceilings.bandwidth / spent.median:.0%} of bandwidth",
            )


def small(report: Report) -> None:
    """Memory runs out and comes back; the text of a tiny model on the GPU and the CPU."""
    from tests.benchmarks import gpu_small

    with report.guarded("same text"):
        report.row("tiny model", "text on GPU and CPU", gpu_small.same_text(), "")
    with report.guarded("out of memory"):
        report.row("tiny model", "out of memory", gpu_small.out_of_memory(), "")


SECTIONS: dict[str, Callable[[Report], None]] = {
    "7b": lambda report: dense(report, "Qwen2.5-Coder 7B"),
    "8b": lambda report: dense(report, "Qwen3 8B"),
    "14b": lambda report: dense(report, "Qwen2.5-Coder 14B"),
    "generate": generate,
    "static": static,
    "moe": moe,
    "small": small,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], default=[])
    parser.add_argument("--out", type=Path, default=os.environ.get("OUT"))
    parser.add_argument("--here", action="store_true", help="in this process, without a limit")
    options = parser.parse_args()
    if options.here:
        report = Report(Path(options.out) if options.out else None)
        for name in options.sections:
            SECTIONS[name](report)
        return
    for name in options.sections or SECTIONS:
        command = [sys.executable, "-m", "tests.benchmarks.gpu", name, "--here"]
        if options.out:
            command += ["--out", str(options.out)]
        try:
            subprocess.run(command, timeout=_LIMITS[name], check=False)
        except subprocess.TimeoutExpired:
            print(f"| {name} | stopped after {_LIMITS[name]} s |", flush=True)


if __name__ == "__main__":
    main()
