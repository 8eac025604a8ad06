"""Converts published weights to a converted folder, in bounded memory.

Run as `python -m assistant.models.convert SOURCE TARGET --weights int8|bf16`; prints a JSON line
per progress step. The folder is built next to its final path and renamed, so it is complete or
absent. Never overwrites a folder and never executes anything that comes with a model.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import AssistantError, ModelError
from assistant.models import folder as layout
from assistant.models.checkpoint import Checkpoint, open_checkpoint

Report = Callable[[str, int, int], None]
"""Called with a stage, the work done, and the total work of the stage."""

_CHUNK = 4_000_000
"""Values unpacked at a time per thread: 16 MB as float32, and a few times that while unpacking."""


@dataclass(frozen=True, slots=True)
class _Target:
    """A tensor of the weights file, and the source tensors stacked in it."""

    name: str
    parts: tuple[str, ...]
    quantized: bool
    dtype: str = "F32"


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows of a source tensor, and their destination."""

    target: _Target
    part: str
    start: int
    stop: int
    row: int


def convert(source: Path, target: Path, weights: str, report: Report, *, name: str = "") -> None:
    """Write the converted folder `target`, which must not exist.

    int8 `weights` are the fastest on a CPU. An architecture that only transformers supports is
    kept in bf16 instead, which the manifest records.
    Raises ModelError if the source cannot be used or the disk is full.
    """
    if target.exists():
        raise ModelError(f"{target} already exists.", hint="Remove it first.")
    checkpoint = open_checkpoint(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        _write(checkpoint, temporary, weights, report, name or source.stem)
        temporary.chmod(0o755)
        temporary.rename(target)
    except OSError as error:
        raise ModelError(
            f"Cannot write the model to {target}: {error}",
            hint="Free some disk space, or choose another cache directory.",
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write(checkpoint: Checkpoint, folder: Path, weights: str, report: Report, name: str) -> None:
    report("tokenizer", 0, 1)
    ends = checkpoint.write_tokenizer(folder)
    config = dict(checkpoint.config)
    targets = _targets(checkpoint, weights)
    if not any(target.quantized for target in targets):
        weights = "bf16"
        config |= {"transformers_weights": layout.WEIGHTS, "dtype": "bfloat16"}
    text = json.dumps(config, indent=2) + "\n"
    (folder / layout.CONFIG).write_text(text, encoding="utf-8")
    with ThreadPoolExecutor(1) as hashing:
        digest = hashing.submit(_sha256, checkpoint.files)
        _write_weights(checkpoint, folder / layout.WEIGHTS, targets, report)
        sha256 = digest.result()
    layout.Manifest(
        format_version=layout.FORMAT_VERSION,
        name=name,
        source_sha256=sha256,
        weights=weights,
        context_tokens=_context_tokens(config),
        eos_token_ids=ends,
        architecture=config["model_type"],
    ).write(folder)
    for file in folder.iterdir():
        with file.open("rb") as written:
            os.fsync(written.fileno())


def _context_tokens(config: Mapping[str, Any]) -> int:
    """Multimodal models describe their text model in a section of its own."""
    text = {**config, **config.get("text_config", {})}
    return int(text.get("max_position_embeddings", 2048))


def converted_size(checkpoint: Checkpoint, weights: str) -> int:
    """Bytes of the tensors that `convert` would write.

    Raises ModelError if the source lacks a tensor.
    """
    targets = _targets(checkpoint, weights)
    _require_parts(checkpoint, targets)
    specs = _specs(checkpoint, targets).values()
    return sum(layout.TensorSpec(dtype, shape, 0).size for dtype, shape in specs)


def _targets(checkpoint: Checkpoint, weights: str) -> list[_Target]:
    if weights == "int8" and decodable(checkpoint.config):
        return list(int8_targets(checkpoint))
    return [_Target(n, (n,), quantized=False, dtype="BF16") for n in checkpoint.shapes]


def decodable(config: Mapping[str, Any]) -> bool:
    """True if the built-in decoder implements exactly this architecture."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    layer_types = config.get("layer_types") or ["full_attention"]
    return (
        config.get("model_type") in ("llama", "qwen2", "qwen3")
        and config.get("hidden_act", "silu") == "silu"
        and rope.get("rope_type", rope.get("type", "default")) == "default"
        and config.get("partial_rotary_factor", 1.0) == 1.0
        and not config.get("use_sliding_window", False)
        and set(layer_types) == {"full_attention"}
    )


def int8_targets(checkpoint: Checkpoint) -> Iterator[_Target]:
    """The decoder's layout, in which matrices with the same input are stacked."""
    embedding = "model.embed_tokens.weight"
    yield _Target("embed", (embedding,), quantized=True)
    if "lm_head.weight" in checkpoint.shapes and not checkpoint.config.get("tie_word_embeddings"):
        yield _Target("head", ("lm_head.weight",), quantized=True)
    yield _Target("norm", ("model.norm.weight",), quantized=False)
    stacks = {
        "qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
        "output": ("self_attn.o_proj",),
        "gate_up": ("mlp.gate_proj", "mlp.up_proj"),
        "down": ("mlp.down_proj",),
    }
    norms = {
        "attention_norm": "input_layernorm",
        "mlp_norm": "post_attention_layernorm",
        "q_norm": "self_attn.q_norm",
        "k_norm": "self_attn.k_norm",
    }
    for number in range(checkpoint.config["num_hidden_layers"]):
        ours, theirs = f"layers.{number}.", f"model.layers.{number}."
        for name, parts in stacks.items():
            yield _Target(ours + name, tuple(f"{theirs}{p}.weight" for p in parts), quantized=True)
            biases = tuple(f"{theirs}{part}.bias" for part in parts)
            if biases[0] in checkpoint.shapes:
                yield _Target(f"{ours}{name}.bias", biases, quantized=False)
        for name, norm in norms.items():
            if f"{theirs}{norm}.weight" in checkpoint.shapes:
                yield _Target(ours + name, (f"{theirs}{norm}.weight",), quantized=False)


def _write_weights(
    checkpoint: Checkpoint, path: Path, targets: list[_Target], report: Report
) -> None:
    _require_parts(checkpoint, targets)
    pieces = [piece for target in targets for piece in _pieces(checkpoint, target)]
    sizes = [prod((p.stop - p.start, *checkpoint.shapes[p.part][1:])) for p in pieces]
    done, total = 0, sum(sizes)
    with (
        layout.TensorWriter(path, _specs(checkpoint, targets)) as writer,
        ThreadPoolExecutor(os.cpu_count() or 1) as workers,
    ):
        jobs = {
            workers.submit(_convert_piece, checkpoint, piece, writer): size
            for piece, size in zip(pieces, sizes, strict=True)
        }
        try:
            for job in as_completed(jobs):
                job.result()
                done += jobs[job]
                report("weights", done, total)
        except BaseException:
            workers.shutdown(cancel_futures=True)
            raise


def _require_parts(checkpoint: Checkpoint, targets: list[_Target]) -> None:
    for part in (part for target in targets for part in target.parts):
        if part not in checkpoint.shapes:
            raise ModelError(f"The source lacks the tensor {part}.", hint="Download it again.")


def _specs(
    checkpoint: Checkpoint, targets: list[_Target]
) -> dict[str, tuple[str, tuple[int, ...]]]:
    specs: dict[str, tuple[str, tuple[int, ...]]] = {}
    for target in targets:
        shapes = [checkpoint.shapes[part] for part in target.parts]
        shape = (sum(shape[0] for shape in shapes), *shapes[0][1:])
        if target.quantized:
            specs[f"{target.name}.weight"] = ("I8", shape)
            specs[f"{target.name}.scale"] = ("F32", shape[:1])
        else:
            specs[target.name] = (target.dtype, shape)
    return specs


def _pieces(checkpoint: Checkpoint, target: _Target) -> Iterator[_Piece]:
    row = 0
    for part in target.parts:
        rows, *rest = checkpoint.shapes[part]
        step = max(1, _CHUNK // prod(rest))
        for start in range(0, rows, step):
            stop = min(start + step, rows)
            yield _Piece(target, part, start, stop, row + start)
        row += rows


def _convert_piece(checkpoint: Checkpoint, piece: _Piece, writer: layout.TensorWriter) -> None:
    values = checkpoint.rows(piece.part, piece.start, piece.stop)
    name = piece.target.name
    if piece.target.quantized:
        numbers, scale = quantize(values)
        writer.write(f"{name}.weight", numbers, piece.row)
        writer.write(f"{name}.scale", scale, piece.row)
    elif piece.target.dtype == "BF16":
        writer.write(name, _bfloat16(values), piece.row)
    else:
        writer.write(name, values, piece.row)


def quantize(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric int8 per row: `values ≈ numbers * scale[:, None]`."""
    scale = np.abs(values).max(axis=1) / 127
    scale[scale == 0] = 1
    numbers = values / scale[:, None]
    np.rint(numbers, out=numbers)
    return numbers.astype(np.int8), scale.astype(np.float32)


def _bfloat16(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """The upper 16 bits of each value, rounded to nearest, ties to even."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    rounded = bits + 0x7FFF + ((bits >> 16) & 1)
    return (rounded >> 16).astype(np.uint16)


def _sha256(files: tuple[Path, ...]) -> str:
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Run the command. On an error, the last JSON line is {"error", "hint"} and the exit code 3."""
    parser = argparse.ArgumentParser(prog="python -m assistant.models.convert")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--weights", choices=("int8", "bf16"), default="int8")
    parser.add_argument("--name", default="", help="name of the model in the manifest")
    options = parser.parse_args(arguments)

    def report(stage: str, done: int, total: int) -> None:
        print(json.dumps({"stage": stage, "done": done, "total": total}), flush=True)

    try:
        convert(options.source, options.target, options.weights, report, name=options.name)
    except AssistantError as error:
        print(json.dumps({"error": error.message, "hint": error.hint}), flush=True)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
