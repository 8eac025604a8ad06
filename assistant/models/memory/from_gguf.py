"""The shape of a model from the header of a GGUF file: its tensors, and what its cache keeps.

The keys are those of llama.cpp's `gguf-py/gguf/constants.py`.
"""

import math
from collections.abc import Mapping
from typing import Any

from assistant.errors import ModelError
from assistant.models.gguf import GGUFFile
from assistant.models.memory.shape import LayerGroup, ModelShape, Role, Tensors

_DECODABLE = ("llama", "qwen2", "qwen3")
_PATTERNS = {"gemma2": 2, "gpt-oss": 2, "gemma3": 6, "cohere2": 4}
"""Every how many layers one attends to all tokens, which these architectures do not store."""


def shape_of_gguf(file: GGUFFile) -> ModelShape:
    """The shape of the model in a file. Raises ModelError if its metadata lacks a size."""
    facts = _Facts(file)
    layers, state = _layers(facts)
    return ModelShape(
        architecture=facts.kind,
        trained_tokens=facts.number("context_length", 0),
        tensors=tuple(_tensor(name, shape) for name, shape in file.shapes.items()),
        layers=layers,
        state=state,
        decodable=facts.kind in _DECODABLE,
        heads=facts.number("attention.head_count", 0),
        head_width=facts.number("attention.key_length", _width(facts)),
    )


class _Facts:
    def __init__(self, file: GGUFFile) -> None:
        self._values: Mapping[str, Any] = file.metadata
        self._path = file.path
        self.kind = str(self._values.get("general.architecture", "unknown"))

    def get(self, key: str) -> Any:
        return self._values.get(f"{self.kind}.{key}")

    def number(self, key: str, default: int | None = None) -> int:
        value = self.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if default is None:
            raise ModelError(
                f"{self._path} lacks the metadata key {self.kind}.{key}.",
                hint="Choose another file of this model.",
            )
        return default

    def per_layer(self, key: str, count: int, default: int) -> list[int]:
        """A number for each layer; files have one for all, or a list."""
        value = self.get(key)
        if isinstance(value, list) and len(value) == count:
            return [each if isinstance(each, int) else default for each in value]
        return [self.number(key, default)] * count


def _layers(facts: _Facts) -> tuple[tuple[LayerGroup, ...], int]:
    count = facts.number("block_count")
    if count > 10_000:
        raise ModelError(f"The file has {count:,} layers.", hint="Choose another file.")
    heads = max(facts.per_layer("attention.head_count", count, 0), default=0)
    if not heads and not facts.get("ssm.state_size"):
        facts.number("attention.head_count")  # raises: neither attention nor a state
    key_heads = facts.per_layer("attention.head_count_kv", count, heads)
    width = _width(facts)
    keys = facts.number("attention.key_length", width)
    values = facts.number("attention.value_length", width)
    windows = _windows(facts, count)
    latent = facts.number("attention.kv_lora_rank", 0)
    every = facts.number("full_attention_interval", 4) if facts.get("ssm.state_size") else 1
    groups: dict[tuple[int, int], int] = {}
    state = 0
    for index in range(count):
        if not key_heads[index] or (index + 1) % every:
            state += _state(facts)
            continue
        kept = key_heads[index] * (keys + values)
        if latent:
            kept = latent + facts.number("rope.dimension_count", 64)
        key = (kept, windows[index])
        groups[key] = groups.get(key, 0) + 1
    return tuple(LayerGroup(n, kept, window) for (kept, window), n in groups.items()), state


def _width(facts: _Facts) -> int:
    """Width of a head where the file does not say: the heads share the embedding's."""
    return facts.number("embedding_length", 0) // max(facts.number("attention.head_count", 0), 1)


def _windows(facts: _Facts, count: int) -> list[int]:
    window = facts.number("attention.sliding_window", 0)
    pattern = facts.get("attention.sliding_window_pattern")
    if isinstance(pattern, list) and len(pattern) == count:
        return [window if slides else 0 for slides in pattern]
    every = pattern if isinstance(pattern, int) and pattern > 0 else _PATTERNS.get(facts.kind, 0)
    return [window if every and (index + 1) % every else 0 for index in range(count)]


def _state(facts: _Facts) -> int:
    """Numbers that a layer without attention keeps, whatever the length."""
    size = facts.number("ssm.state_size", 0)
    inner = facts.number("ssm.inner_size", 0)
    convolved = inner + 2 * facts.number("ssm.group_count", 0) * size
    return convolved * facts.number("ssm.conv_kernel", 0) + inner * size


def _tensor(name: str, shape: tuple[int, ...]) -> Tensors:
    role: Role = "linear"
    if len(shape) == 1:
        role = "vector"
    elif name.startswith(("token_embd", "per_layer_token_embd")):
        role = "embedding"
    elif name == "output.weight":
        role = "head"
    elif len(shape) > 2:
        role = "expert"
    rows, columns = (shape[-2], shape[-1]) if len(shape) > 1 else (shape[0], 1)
    return Tensors(role, rows, columns, math.prod(shape[:-2]))
