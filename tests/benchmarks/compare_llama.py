"""Our engine and llama.cpp in turns: same weights, same tokens, same threads, greedy.

    pip install xllamacpp
    python -m tests.benchmarks.compare_llama FILE.gguf FOLDER [--threads 2] [--rounds 5]

FOLDER is FILE.gguf converted. Prefill reads 1,000 tokens of source code, another thousand each
round; decode then writes 64 more. Each engine lives in a process of its own and idles while the
other runs. Printed per engine: medians of tokens per second of wall time and of processor time
(which a busy machine disturbs less), and their ratios, ours / llama.cpp.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROMPT, WRITTEN = 1000, 64

Run = Callable[[list[int]], tuple[float, float, float, float]]
"""Reads a prompt and writes on; wall and processor seconds of each."""


def load_ours(folder: str, threads: int) -> Run:
    from assistant.engine.torch_backend import TorchBackend

    backend = TorchBackend.load(Path(folder), device="cpu", threads=threads)

    def run(ids: list[int]) -> tuple[float, float, float, float]:
        backend.truncate(0)
        start = _clocks()
        for begin in range(0, len(ids), 256):
            chunk = ids[begin : begin + 256]
            row = backend.forward(chunk, 1)
        middle = _clocks()
        for _ in range(WRITTEN):
            row = backend.forward([int(row[-1].argmax())], 1)
        end = _clocks()
        return (middle[0] - start[0], middle[1] - start[1], end[0] - middle[0], end[1] - middle[1])

    return run


def load_llama(file: str, threads: int) -> Run:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = file
    parameters.n_ctx, parameters.n_parallel = 4096, 1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.cache_ram_mib = 0
    parameters.verbosity = -1
    server = xllamacpp.Server(parameters)

    def complete(ids: list[int], count: int) -> tuple[float, float, dict[str, Any]]:
        start = _clocks()
        answer = server.handle_completions(
            {
                "prompt": ids, "n_predict": count, "temperature": 0.0, "ignore_eos": True,
                "cache_prompt": count > 1,
            }
        )  # fmt: skip
        end = _clocks()
        return end[0] - start[0], end[1] - start[1], answer

    def run(ids: list[int]) -> tuple[float, float, float, float]:
        wall, busy, _ = complete(ids, 1)
        # The prompt is in the cache now: what is left is one token of it, and the writing.
        more, more_busy, answer = complete(ids, WRITTEN)
        assert answer["timings"]["prompt_n"] <= 1, answer["timings"]
        return wall, busy, more, more_busy

    return run


def _clocks() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def serve(kind: str, path: str, threads: int) -> None:
    """A child: a prompt per line of stdin, its figures per line of stdout."""
    run = load_ours(path, threads) if kind == "ours" else load_llama(path, threads)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        figures = run(json.loads(line))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps([*figures, peak]), flush=True)


class Child:
    def __init__(self, kind: str, path: Path, threads: int) -> None:
        started = time.perf_counter()
        arguments = ["--child", kind, str(path), "--threads", str(threads)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.compare_llama", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self._read()
        self.load_seconds = time.perf_counter() - started

    def run(self, ids: list[int]) -> list[float]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(ids) + "\n")
        self._process.stdin.flush()
        answer: list[float] = self._read()
        return answer

    def close(self) -> None:
        self._process.communicate()

    def _read(self) -> Any:
        """The next line of JSON; other engines talk on stdout as well."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(("[", '"ready"')):
                return json.loads(line)
        raise SystemExit("an engine ended early; run its --child by hand to see why")


def prompts(folder: Path, rounds: int) -> list[list[int]]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    library = Path(sysconfig.get_paths()["stdlib"])
    text = "".join((library / f"{name}.py").read_text() for name in ("argparse", "inspect"))
    ids: list[int] = tokenizer.encode(text).ids
    return [ids[PROMPT * number : PROMPT * (number + 1)] for number in range(rounds)]


def report(name: str, child: Child, figures: list[list[float]]) -> dict[str, float]:
    names = ("prefill", "prefill_cpu", "decode", "decode_cpu")
    counts = (PROMPT, PROMPT, WRITTEN, WRITTEN)
    result = {
        key: count / statistics.median(row[index] for row in figures)
        for index, (key, count) in enumerate(zip(names, counts, strict=True))
    }
    result |= {"load_s": child.load_seconds, "peak_MB": figures[-1][4] / 1000}
    print(name, {key: round(value, 2) for key, value in result.items()}, flush=True)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", choices=("ours", "llama"))
    options = parser.parse_args()
    if options.child:
        serve(options.child, options.paths[0], options.threads)
        return
    file, folder = map(Path, options.paths)
    texts = prompts(folder, options.rounds + 1)
    children = {
        "ours": Child("ours", folder, options.threads),
        "llama.cpp": Child("llama", file, options.threads),
    }
    figures: dict[str, list[list[float]]] = {name: [] for name in children}
    for number, ids in enumerate(texts):
        for name, child in children.items():
            row = child.run(ids)
            if number:  # the first round warms up
                figures[name].append(row)
    results = {name: report(name, child, figures[name]) for name, child in children.items()}
    ours, theirs = results["ours"], results["llama.cpp"]
    print("ratio", {key: round(ours[key] / theirs[key], 2) for key in ours})
    for child in children.values():
        child.close()


if __name__ == "__main__":
    main()
