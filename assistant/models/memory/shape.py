"""The shape of a model: how many numbers its weights are, and how many its cache keeps.

Pure arithmetic. `from_config` and `from_gguf` fill in a shape; `plan` turns it into memory.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["embedding", "head", "linear", "expert", "vector"]
"""What a tensor is for; it decides in which number format it is held."""

Format: TypeAlias = Literal["int8", "bf16", "4bit"]
"""Number format of weights that are loaded."""

_GROUPS = (64, 32, 16)
"""As in `engine.gpu.matrices`: weights that share a scale in our own 4-bit format."""
_SCALE_BITS = 16
_NF4_BITS = 4 + 8 / 64 + 32 / (64 * 256)
"""4 bits, with scales of 8 bits for 64 numbers, and of 32 bits for 256 of these scales (QLoRA,
https://arxiv.org/abs/2305.14314)."""


@dataclass(frozen=True, slots=True)
class Tensors:
    """Equal tensors of a model."""

    role: Role
    rows: int
    """Outputs of a matrix, entries of a vector."""
    columns: int = 1
    """Inputs of a matrix."""
    count: int = 1

    @property
    def numbers(self) -> int:
        return self.rows * self.columns * self.count


@dataclass(frozen=True, slots=True)
class LayerGroup:
    """Layers that keep the same amount for each token."""

    count: int
    values: int
    """Numbers that a layer keeps for a token: its keys and values, or what they are made from."""
    window: int = 0
    """Tokens that a layer attends to; 0 for all."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    architecture: str
    """`model_type` of config.json, or the architecture of a GGUF file."""
    trained_tokens: int
    """Longest sequence that the model was trained for; 0 if unknown."""
    tensors: tuple[Tensors, ...]
    layers: tuple[LayerGroup, ...]
    """Those that keep something for each token."""
    state: int
    """Numbers that a sequence keeps whatever its length, in layers with linear attention."""
    decodable: bool
    """Whether our own decoders run it; all others run on transformers."""
    heads: int = 0
    """Query heads of a layer."""
    head_width: int = 0

    @property
    def parameters(self) -> int:
        return sum(each.numbers for each in self.tensors)

    def cache_numbers(self, tokens: int, *, windowed: bool) -> int:
        """Numbers that a sequence of this length keeps.

        `windowed` tells whether layers forget what lies outside the window that they attend to.
        """
        kept = 0
        for each in self.layers:
            length = min(tokens, each.window) if windowed and each.window else tokens
            kept += each.count * each.values * length
        return kept + self.state

    def weight_bytes(self, weights: Format) -> int:
        """Bytes of all weights in this number format; experts count whether they are used or not.

        Outside our own decoders, 4 bits are those of bitsandbytes, which leaves the embedding, the
        head and experts that are stacked in one tensor in bf16.
        """
        return round(sum(self._bits(each, weights) for each in self.tensors) / 8)

    def _bits(self, each: Tensors, weights: Format) -> float:
        if weights == "int8":
            scales = 0 if each.role == "vector" else each.rows * each.count
            return each.numbers * (32 if each.role == "vector" else 8) + 32 * scales
        if weights == "bf16" or each.role in ("vector", "embedding"):
            # A head that is the embedding once more is quantized separately.
            tied = weights == "4bit" and self.decodable and each.role == "embedding"
            copy = _own_bits(each, 8) if tied and not self._has_head else 0
            return each.numbers * 16 + copy
        if self.decodable:
            return _own_bits(each, 8 if each.role == "head" else 4)
        return each.numbers * (_NF4_BITS if each.role == "linear" else 16)

    @property
    def _has_head(self) -> bool:
        return any(each.role == "head" for each in self.tensors)


def _own_bits(each: Tensors, bits: int) -> float:
    group = next((size for size in _GROUPS if each.columns % (2 * size) == 0), _GROUPS[-1])
    return each.numbers * (bits + _SCALE_BITS / group)
