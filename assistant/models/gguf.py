"""Reads GGUF files: their metadata, and their tensors as float32 rows.

The header is parsed here, in one pass over the mapped file, because the gguf package creates an
object per vocabulary entry, which takes ten seconds or more. The package dequantizes the blocks.
Handles the container only; `checkpoint` interprets the metadata. Files whose counts or offsets do
not fit their size are refused.
"""

import mmap
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize
from numpy.typing import NDArray

from assistant.errors import ModelError

_SCALARS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q",
    12: "<d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9
_MAX_ENTRIES = 5_000_000
_LONGEST_FACT = 4096
"""Longest array that describes layers and not a vocabulary."""

_SKIPPED = object()


@dataclass(frozen=True, slots=True)
class _Entry:
    shape: tuple[int, ...]
    """In torch order, rows first."""
    kind: GGMLQuantizationType
    offset: int
    """Byte offset in the file."""


class GGUFFile:
    """An open GGUF file: `metadata` by key, tensors by name."""

    def __init__(self, path: Path, *, vocabulary: bool = True) -> None:
        """Raises ModelError if the file is missing, truncated or not GGUF.

        Without `vocabulary`, long arrays are left out of the metadata, which is four times as fast.
        """
        self.path = path
        longest = _MAX_ENTRIES if vocabulary else _LONGEST_FACT
        try:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self.metadata, self._entries = _Parser(self._data, longest).parse()
        except (OSError, ValueError, KeyError, struct.error) as error:
            raise ModelError(
                f"{path} is not a valid GGUF file: {error}",
                hint="Download it again, or choose another file.",
            ) from error

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {name: entry.shape for name, entry in self._entries.items()}

    @property
    def kinds(self) -> Mapping[str, GGMLQuantizationType]:
        """The number format of every tensor."""
        return {name: entry.kind for name, entry in self._entries.items()}

    def rows(self, name: str, index: slice | NDArray[np.intp]) -> NDArray[np.float32]:
        """Rows of a matrix, or entries of a vector, as float32."""
        entry = self._entries[name]
        width = entry.shape[-1]
        block, size = GGML_QUANT_SIZES[entry.kind]
        count = prod(entry.shape) // width
        data: NDArray[np.uint8] = np.frombuffer(
            self._data, np.uint8, count * width // block * size, entry.offset
        )
        if len(entry.shape) == 1:
            values: NDArray[np.float32] = _unpack(data.reshape(1, -1), entry.kind)[0][index]
            return values
        return _unpack(data.reshape(count, -1)[index], entry.kind)


def is_supported(kind: GGMLQuantizationType) -> bool:
    """Whether tensors of this number format can be read."""
    try:
        _unpack(np.zeros((1, GGML_QUANT_SIZES[kind][1]), np.uint8), kind)
    except ModelError:
        return False
    return True


def _unpack(data: NDArray[np.uint8], kind: GGMLQuantizationType) -> NDArray[np.float32]:
    if kind == GGMLQuantizationType.F32:
        return np.ascontiguousarray(data).view(np.float32)
    if kind == GGMLQuantizationType.F16:
        return np.ascontiguousarray(data).view(np.float16).astype(np.float32)
    try:
        values: NDArray[np.float32] = dequantize(np.ascontiguousarray(data), kind)
    except NotImplementedError as error:
        raise ModelError(
            f"Tensors of type {kind.name} are not supported.",
            hint="Choose a file with a common quantization, such as Q4_K_M or Q8_0.",
        ) from error
    return values


class _Parser:
    """Parses the header in a single pass."""

    def __init__(self, data: mmap.mmap, longest: int) -> None:
        """Arrays of more than `longest` entries are skipped."""
        self._data = data
        self._longest = longest
        self._at = 0
        self._readers: dict[int, Callable[[], Any]] = {_STRING: self._string, _ARRAY: self._array}

    def parse(self) -> tuple[dict[str, Any], dict[str, _Entry]]:
        if self._data[:4] != b"GGUF":
            raise ValueError("it does not start with GGUF")
        self._at = 4
        version = self._scalar("<I")
        if version not in (2, 3):
            raise ValueError(f"version {version} is not supported")
        tensors, pairs = self._count(), self._count()
        pairs_read = ((self._string(), self._value(self._scalar("<I"))) for _ in range(pairs))
        metadata = {key: value for key, value in pairs_read if value is not _SKIPPED}
        infos = [self._info() for _ in range(tensors)]
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment <= 0:
            raise ValueError(f"the alignment {alignment!r} is invalid")
        base = -(-self._at // alignment) * alignment
        return metadata, {info[0]: self._entry(*info, base) for info in infos}

    def _info(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self._string()
        dimensions = self._scalar("<I")
        if not 0 < dimensions <= 4:
            raise ValueError(f"{name} has {dimensions} dimensions")
        shape = tuple(self._scalar("<Q") for _ in range(dimensions))
        return name, shape[::-1], self._scalar("<I"), self._scalar("<Q")

    def _entry(
        self, name: str, shape: tuple[int, ...], kind: int, offset: int, base: int
    ) -> _Entry:
        entry = _Entry(shape, GGMLQuantizationType(kind), base + offset)
        block, size = GGML_QUANT_SIZES[entry.kind]
        if min(shape) <= 0 or shape[-1] % block:
            raise ValueError(f"{name} has shape {shape}")
        if entry.offset + prod(shape) // block * size > len(self._data):
            raise ValueError(f"{name} extends past the end of the file")
        return entry

    def _scalar(self, code: str) -> Any:
        (value,) = struct.unpack_from(code, self._data, self._at)
        self._at += struct.calcsize(code)
        return value

    def _count(self) -> int:
        count: int = self._scalar("<Q")
        if count > min(_MAX_ENTRIES, len(self._data)):
            raise ValueError(f"{count} entries are too many")
        return count

    def _string(self) -> str:
        (length,) = struct.unpack_from("<Q", self._data, self._at)
        start = self._at + 8
        self._at = start + length
        if self._at > len(self._data):
            raise ValueError("a string extends past the end of the file")
        return self._data[start : self._at].decode("utf-8", errors="replace")

    def _value(self, kind: int) -> Any:
        reader = self._readers.get(kind)
        return reader() if reader else self._scalar(_SCALARS[kind])

    def _array(self) -> Any:
        kind, count = self._scalar("<I"), self._count()
        if count > self._longest:
            self._skip(kind, count)
            return _SKIPPED
        if kind == _STRING:
            return [self._string() for _ in range(count)]
        if kind == _ARRAY:
            raise ValueError("arrays of arrays are not supported")
        code = _SCALARS[kind]
        values = struct.unpack_from(f"<{count}{code[1]}", self._data, self._at)
        self._at += count * struct.calcsize(code)
        return list(values)

    def _skip(self, kind: int, count: int) -> None:
        if kind == _ARRAY:
            raise ValueError("arrays of arrays are not supported")
        if kind != _STRING:
            self._at += count * struct.calcsize(_SCALARS[kind])
            return
        data, at = self._data, self._at
        length_at = struct.Struct("<Q").unpack_from
        for _ in range(count):
            at += 8 + length_at(data, at)[0]
        self._at = at
