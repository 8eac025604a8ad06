"""Reads the tensors of a model folder as float32, those published in 8 or 4 bits included.

FP8: `NAME` in E4M3 or E5M2, and `NAME_scale_inv` with a factor for each block of rows and columns.
DeepSeek-V3 defines it (`weight_dequant` in its inference/kernel.py), and Qwen publishes it too.

MXFP4: `NAME_blocks` with two E2M1 numbers in each byte, and `NAME_scales` with the exponent of a
power of two for each 32 (OCP Microscaling Formats, version 1.0). In gpt-oss the matrices of all
experts are one such tensor, which transformers keeps transposed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError
from assistant.models.folder import TensorReader

_SCALE, _BLOCKS, _SCALES = "_scale_inv", "_blocks", "_scales"
_UNUSED = (".input_scale", ".activation_scale")
"""Factors of activations, which are not rounded here."""

_E2M1 = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)


class Stored(Protocol):
    """A tensor of a folder."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """That part of its first dimension."""
        ...


@dataclass(frozen=True, slots=True)
class _Entry:
    """A tensor as it lies in a file."""

    reader: TensorReader
    name: str

    @property
    def shape(self) -> tuple[int, ...]:
        return self.reader.shape(self.name)

    @property
    def dtype(self) -> str:
        return self.reader.dtype(self.name)

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """Values of all types with a sign; factors as powers of two."""
        return _decoded(self.reader.map(self.name)[start:stop], self.dtype)

    def whole(self) -> NDArray[np.float32]:
        return _decoded(self.reader.read(self.name), self.dtype)


class _BlockScaled:
    """FP8 with factors for blocks of its last two dimensions, or one for all of it."""

    def __init__(self, weight: _Entry, scale: _Entry, block: tuple[int, int] | None) -> None:
        """Raises ModelError where the number of factors is not that of the blocks."""
        self.shape = weight.shape
        self._weight, self._scale, self._block = weight, scale, block
        *outer, rows, columns = self.shape if len(self.shape) > 1 else (1, *self.shape)
        wanted = () if block is None else (*outer, -(-rows // block[0]), -(-columns // block[1]))
        if scale.shape not in ((wanted,) if block else ((), (1,))):
            raise ModelError(
                f"{scale.name} has the shape {list(scale.shape)}, not {list(wanted)}, which "
                f"{weight.name} and its blocks of {list(block or ())} need.",
                hint="Download it again, or use a GGUF file of the model.",
            )

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        values = self._weight.rows(start, stop)
        if self._block is None:
            return values * self._scale.whole().reshape(())
        high, wide = self._block
        if values.ndim == 2:
            first = start // high
            scales = self._scale.rows(first, -(-stop // high))
            scales = scales[np.arange(start, stop) // high - first]
        else:
            scales = self._scale.rows(start, stop)
            scales = np.repeat(scales, high, axis=-2)[..., : values.shape[-2], :]
        values *= np.repeat(scales, wide, axis=-1)[..., : values.shape[-1]]
        return values


class _Microscaled:
    """MXFP4 of experts: blocks of 32 along the input, which is the second last dimension here."""

    def __init__(self, blocks: _Entry, scales: _Entry) -> None:
        """Raises ModelError where the two do not belong together."""
        same = len(scales.shape) == 3 and blocks.shape == (*scales.shape, 16)
        if not same or {blocks.dtype, scales.dtype} != {"U8"}:
            raise ModelError(
                f"{blocks.name} and {scales.name} are not MXFP4: {blocks.dtype} "
                f"{list(blocks.shape)} and {scales.dtype} {list(scales.shape)}.",
                hint="Download it again, or use a GGUF file of the model.",
            )
        experts, outputs, groups = scales.shape
        self.shape = (experts, groups * 32, outputs)
        self._blocks, self._scales = blocks, scales

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        blocks = self._blocks.reader.map(self._blocks.name)[start:stop]
        values: NDArray[np.float32] = _PAIRS[blocks]  # the lower half of a byte comes first
        exponents = self._scales.reader.map(self._scales.name)[start:stop].astype(np.int32) - 127
        values = values.reshape(*blocks.shape[:-1], 32)
        np.ldexp(values, exponents[..., None], out=values)
        experts, outputs = blocks.shape[:2]
        return values.reshape(experts, outputs, -1).swapaxes(1, 2)


def stored_tensors(
    path: Path, readers: Sequence[TensorReader], quantization: Any = None
) -> dict[str, Stored]:
    """The tensors of a folder by their names in transformers.

    `quantization` is the section of config.json, if there is one. Raises ModelError for a
    format that cannot be read, and for tensors that are incomplete.
    """
    block = _block_of(path, quantization)
    entries = {name: _Entry(reader, name) for reader in readers for name in reader}
    return dict(_stored(entries, block))


def _stored(
    entries: Mapping[str, _Entry], block: tuple[int, int] | None
) -> Iterator[tuple[str, Stored]]:
    for name, entry in entries.items():
        if name.endswith(_SCALE) and name.removesuffix(_SCALE) in entries:
            continue
        if name.endswith(_SCALES) and name.removesuffix(_SCALES) + _BLOCKS in entries:
            continue
        if name.endswith(_UNUSED):
            continue
        if entry.dtype.startswith("F8_E"):
            yield name, _BlockScaled(entry, _partner(entries, name, name + _SCALE), block)
        elif name.endswith(_BLOCKS):
            whole = name.removesuffix(_BLOCKS)
            yield whole, _Microscaled(entry, _partner(entries, name, whole + _SCALES))
        else:
            yield name, entry


def _partner(entries: Mapping[str, _Entry], name: str, partner: str) -> _Entry:
    if partner not in entries:
        raise ModelError(
            f"The source lacks the tensor {partner}, the factors of {name}.",
            hint="Download it again, or use a GGUF file of the model.",
        )
    return entries[partner]


def _block_of(path: Path, quantization: Any) -> tuple[int, int] | None:
    """Rows and columns of a block; None if there is one factor for a matrix, or no FP8."""
    match quantization or {"quant_method": "mxfp4"}:
        case {"quant_method": "fp8", "weight_block_size": [int(high), int(wide)]} if (
            high > 0 and wide > 0
        ):
            return high, wide
        case {"quant_method": "fp8", "weight_block_size": None} | {"quant_method": "mxfp4"}:
            return None
        case {"quant_method": "fp8"} if "weight_block_size" not in quantization:
            return None
        case {"quant_method": method}:
            how = f"with {method}"
        case _:
            how = "in a way that config.json does not name"
    raise ModelError(
        f"The weights in {path} are quantized {how}, which cannot be read here.",
        hint="Use the model's folder in BF16, FP8 by blocks or MXFP4, or a GGUF file of it.",
    )


def _decoded(data: NDArray[Any], dtype: str) -> NDArray[np.float32]:
    match dtype:
        case "BF16":
            return (data.astype(np.uint32) << 16).view(np.float32)
        case "F8_E4M3":
            return np.take(_E4M3, data)
        case "F8_E5M2":
            return (data.astype(np.uint16) << 8).view(np.float16).astype(np.float32)
        case "F8_E8M0":
            return np.ldexp(np.ones_like(data, np.float32), data.astype(np.int32) - 127)
        case _:
            return data.astype(np.float32)


def _e4m3() -> NDArray[np.float32]:
    """The value of each byte: a sign, 4 bits of exponent, 3 of mantissa, and no infinity."""
    number = np.arange(128)
    exponent, mantissa = number >> 3, number & 7
    fraction = np.where(exponent > 0, 8 + mantissa, mantissa).astype(np.float32)
    values = np.ldexp(fraction, np.maximum(exponent, 1) - 10)
    values[127] = np.nan
    return np.concatenate([values, -values])


def _pairs() -> NDArray[np.float32]:
    """The two values of each byte."""
    values = np.array([*_E2M1, *(-each for each in _E2M1)], np.float32)
    number = np.arange(256)
    return np.stack([values[number & 15], values[number >> 4]], axis=-1)


_E4M3, _PAIRS = _e4m3(), _pairs()
