"""What a GGUF file contains, from its header: kind, architecture, size, and whether it can be used.

Reads no weights and no vocabulary, so it takes milliseconds however large the file is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from gguf.constants import GGML_QUANT_SIZES, LlamaFileType

from assistant.errors import ModelError
from assistant.models.bpe import check_vocabulary
from assistant.models.catalog import Weights
from assistant.models.checkpoint import GGUFCheckpoint
from assistant.models.convert import converted_size
from assistant.models.gguf import GGUFFile, is_supported

_EMBEDDERS = ("bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "modern-bert",
              "neo-bert", "gemma-embedding", "t5encoder", "eurobert")  # fmt: skip
"""Architectures that turn text into a vector and generate none."""


@dataclass(frozen=True, slots=True)
class GGUFFacts:
    architecture: str
    """As in its metadata: llama, qwen2, gemma3, ..."""
    quantization: str
    """Q4_K_M, Q8_0, F16, ...; empty if unknown."""
    parameters: int
    context_tokens: int
    """Longest sequence that the model was trained for; 0 if the file does not say."""
    other: str
    """What it is if it is no language model: adapter, embedding model, ...; else empty."""
    problem: str
    """Why it cannot be converted; empty if it can."""
    converted_bytes: int
    """Size of its weights after conversion; 0 if it cannot be converted."""


def read_facts(path: Path, weights: Weights) -> GGUFFacts:
    """The facts about a GGUF file, to be converted to `weights`.

    Raises ModelError if it is unreadable, damaged or truncated.
    """
    file = GGUFFile(path, vocabulary=False)
    facts = file.metadata
    architecture = str(facts.get("general.architecture", "unknown"))
    other = _other(facts, architecture)
    problem, size = ("", 0) if other else _conversion(file, weights)
    context = facts.get(f"{architecture}.context_length", 0)
    return GGUFFacts(
        architecture=architecture,
        quantization=_quantization(file),
        parameters=sum(prod(shape) for shape in file.shapes.values()),
        context_tokens=context if isinstance(context, int) else 0,
        other=other,
        problem=problem,
        converted_bytes=size,
    )


def _other(facts: Mapping[str, Any], architecture: str) -> str:
    if facts.get("general.type") == "adapter":
        return "an adapter for another model"
    if facts.get("general.type") in ("mmproj", "projector") or architecture in ("clip", "mmproj"):
        return "a vision or audio projector, which belongs to another file"
    if architecture in _EMBEDDERS or facts.get(f"{architecture}.pooling_type"):
        return "an embedding model, which generates no text"
    parts = facts.get("split.count", 0)
    if isinstance(parts, int) and parts > 1:
        return split_reason(parts)
    return ""


def split_reason(parts: int) -> str:
    """Why a file that is one part of a model is left out."""
    return f"split in {parts} parts; join them with `llama-gguf-split --merge`"


def _conversion(file: GGUFFile, weights: Weights) -> tuple[str, int]:
    """Why the file cannot be converted, or the size of its weights afterwards."""
    try:
        check_vocabulary(file.metadata)
        size = converted_size(GGUFCheckpoint(file), weights)
    except ModelError as error:
        return error.message, 0
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        return f"Its metadata is inconsistent ({error}).", 0
    odd = {kind.name for kind in file.kinds.values() if not is_supported(kind)}
    if odd:
        return f"Tensors of type {', '.join(sorted(odd))} are not supported.", 0
    return "", size


def _quantization(file: GGUFFile) -> str:
    """As the publisher named it, else the format of most bytes."""
    try:
        named = LlamaFileType(file.metadata["general.file_type"])
        return named.name.removeprefix("MOSTLY_").removeprefix("ALL_")
    except (KeyError, ValueError):
        pass
    sizes: dict[str, float] = {}
    for name, kind in file.kinds.items():
        block, size = GGML_QUANT_SIZES[kind]
        sizes[kind.name] = sizes.get(kind.name, 0) + prod(file.shapes[name]) * size / block
    return max(sizes, key=lambda name: sizes[name], default="")
