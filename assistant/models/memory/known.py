"""The shape of any model that can be named: by its files here, or as its publisher states it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.errors import ModelError
from assistant.models.catalog import find_entry
from assistant.models.memory.from_config import shape_of_config
from assistant.models.memory.shape import ModelShape
from assistant.models.store import ModelStore


def _llama_like(
    kind: str, layers: int, hidden: int, inner: int, heads: tuple[int, int], words: int, **more: Any
) -> dict[str, Any]:
    return {
        "model_type": kind,
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_attention_heads": heads[0],
        "num_key_value_heads": heads[1],
        "vocab_size": words,
        "max_position_embeddings": 32768,
        "tie_word_embeddings": False,
        **more,
    }


_PUBLISHED: Mapping[str, Mapping[str, Any]] = {
    # The GGUF files of these two repeat the embedding as a head.
    "qwen2.5-coder-0.5b": _llama_like("qwen2", 24, 896, 4864, (14, 2), 151936),
    "qwen2.5-coder-1.5b": _llama_like("qwen2", 28, 1536, 8960, (12, 2), 151936),
    "smollm2-135m": _llama_like(
        "llama", 30, 576, 1536, (9, 3), 49152,
        max_position_embeddings=8192, tie_word_embeddings=True,
    ),
    "Qwen/Qwen2.5-Coder-7B-Instruct": _llama_like("qwen2", 28, 3584, 18944, (28, 4), 152064),
    "Qwen/Qwen2.5-Coder-14B-Instruct": _llama_like("qwen2", 48, 5120, 13824, (40, 8), 152064),
}  # fmt: skip
"""The config.json of the models in the catalog, by their publishers."""


def shape_of(name: str, store: ModelStore) -> ModelShape:
    """The shape of a model: catalog id, hub id, folder, config.json, GGUF file, or ollama:NAME.

    Nothing is downloaded. Raises ModelError if nothing here describes it.
    """
    path = Path(name).expanduser()
    described = path if _is_config(path) else store.described_by(name)
    if described is not None:
        return shape_of_file(described)
    entry = find_entry(name)
    for known, config in _PUBLISHED.items():
        if (entry.id if entry else name).casefold() == known.casefold():
            return shape_of_config(config)
    raise ModelError(
        f"Nothing on this machine describes {name}.",
        hint="Pull it first, or give the path of its config.json or of a GGUF file.",
    )


def shape_of_file(path: Path) -> ModelShape:
    """The shape of the model that a config.json or a GGUF file describes. Raises ModelError."""
    if path.suffix != ".json":
        from assistant.models.gguf import GGUFFile  # imports numpy
        from assistant.models.memory.from_gguf import shape_of_gguf

        return shape_of_gguf(GGUFFile(path, vocabulary=False))
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"Cannot read {path}: {error}", hint="Give a folder with config.json, or a GGUF file."
        ) from error
    if not isinstance(config, dict):
        raise ModelError(f"{path} is not a JSON object.", hint="Use the model's own config.json.")
    return shape_of_config(config)


def _is_config(path: Path) -> bool:
    try:
        return path.suffix == ".json" and path.is_file()
    except OSError:
        return False
