"""Measures the accuracy lost to int8: a converted folder against its unquantized source.

    python -m assistant.engine.accuracy SOURCE FOLDER [--files N] [--tokens N] [--reference FILE]

Reports the mean negative log-likelihood and the top-1 agreement over the first tokens of files from
Python's standard library. The reference computes in float32 with SOURCE's weights, all of which
must fit in memory (2 GB for 0.5B, 7 GB for 1.5B); --reference caches its results in FILE. Prints
one JSON object to stdout. `assistant bench` runs it as a separate process.
"""

import argparse
import json
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from assistant.engine.cache import Cache, DecoderConfig, Part
from assistant.engine.decoder import Decoder
from assistant.engine.quantization import plain
from assistant.engine.torch_backend import TorchBackend
from assistant.models.checkpoint import open_checkpoint
from assistant.models.convert import int8_targets

FILES = (
    "argparse", "ast", "bisect", "calendar", "configparser", "csv", "dataclasses", "difflib",
    "enum", "fractions", "functools", "heapq", "inspect", "json/decoder", "pathlib", "queue",
    "shutil", "statistics", "textwrap", "zipfile",
)  # fmt: skip


class _Unquantized:
    """Reads the source as if it were the weights file of a converted folder."""

    def __init__(self, source: Path) -> None:
        self.checkpoint = open_checkpoint(source)
        self._targets = {
            f"{target.name}.weight" if target.quantized else target.name: target
            for target in int8_targets(self.checkpoint)
        }

    def __contains__(self, name: str) -> bool:
        return name in self._targets

    def read(self, name: str) -> NDArray[Any]:
        if name.endswith(".scale"):
            name = name.removesuffix(".scale") + ".weight"
            return np.ones(
                sum(self._shape(part)[0] for part in self._targets[name].parts), np.float32
            )
        parts = self._targets[name].parts
        rows = [self.checkpoint.rows(part, 0, self._shape(part)[0]) for part in parts]
        return rows[0] if len(rows) == 1 else np.concatenate(rows)

    def _shape(self, part: str) -> tuple[int, ...]:
        return self.checkpoint.shapes[part]

    map = read


def sample(folder: Path, files: int, tokens: int) -> list[list[int]]:
    """The first `tokens` tokens of each of the first `files` files."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    library = Path(sysconfig.get_paths()["stdlib"])
    texts = [(library / f"{name}.py").read_text(encoding="utf-8") for name in FILES[:files]]
    return [tokenizer.encode(text, add_special_tokens=False).ids[:tokens] for text in texts]


def measure(
    forward: Callable[[list[int]], Tensor], files: Sequence[list[int]]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """For each predicted token of all files, its NLL and the top-1 token."""
    losses, choices = [], []
    for number, ids in enumerate(files):
        logits = forward(ids)[:-1]
        target = torch.tensor(ids[1:])
        losses.append(torch.nn.functional.cross_entropy(logits, target, reduction="none"))
        choices.append(logits.argmax(dim=1))
        print(f"{number + 1}/{len(files)} {losses[-1].mean():.4f}", file=sys.stderr)
    return torch.cat(losses).numpy(), torch.cat(choices).numpy()


@torch.inference_mode()
def reference(source: Path, files: list[list[int]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """As `measure`, with the source's weights in float32."""
    weights = _Unquantized(source)
    shape = DecoderConfig.from_json(weights.checkpoint.config)
    decoder = Decoder(weights, shape, plain)  # type: ignore[arg-type]  # same methods
    return measure(lambda ids: decoder.forward([Part(ids, Cache(shape), len(ids))])[0], files)


def converted(folder: Path, files: list[list[int]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """As `measure`, with the converted folder."""
    backend = TorchBackend.load(folder)
    return measure(lambda ids: backend.fork().forward(ids, len(ids)), files)


def compare(
    source: Path, folder: Path, *, files: int, tokens: int, kept: Path | None = None
) -> dict[str, float]:
    """The figures, named as in `assistant.bench.figures.Accuracy`. Raises ModelError.

    `kept` caches the reference results: read if it exists, else written.
    """
    texts = sample(folder, files, tokens)
    if kept is not None and kept.exists():
        stored = np.load(kept)
        losses, choices = stored["losses"], stored["choices"]
    else:
        losses, choices = reference(source, texts)
        if kept is not None:
            np.savez(kept, losses=losses, choices=choices)
    our_losses, our_choices = converted(folder, texts)
    return {
        "tokens": len(losses),
        "reference_nll": float(losses.mean()),
        "nll": float(our_losses.mean()),
        "loss_percent": 100 * float(our_losses.mean() / losses.mean() - 1),
        "agreement_percent": 100 * float((choices == our_choices).mean()),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="assistant.engine.accuracy")
    parser.add_argument("source", type=Path, help="a .gguf file or a folder with weights")
    parser.add_argument("folder", type=Path, help="the converted folder")
    parser.add_argument("--files", type=int, default=len(FILES))
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--reference", type=Path)
    options = parser.parse_args(arguments)
    found = compare(
        options.source,
        options.folder,
        files=options.files,
        tokens=options.tokens,
        kept=options.reference,
    )
    print(json.dumps({key: round(value, 4) for key, value in found.items()}), flush=True)


if __name__ == "__main__":
    main()
