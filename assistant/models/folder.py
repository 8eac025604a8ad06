"""The format of a converted folder: its files, its manifest, and its weights file.

A converted folder contains manifest.json, config.json, tokenizer.json, tokenizer_config.json,
chat_template.jinja and weights.safetensors. The weights are read and written tensor by tensor, so
the model is never in memory twice. Independent of torch.
"""

import json
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"
CHAT_TEMPLATE = "chat_template.jinja"
WEIGHTS = "weights.safetensors"

_HEADER_LIMIT = 100_000_000
_WIDTHS = {"F32": 4, "BF16": 2, "F16": 2, "I8": 1, "U8": 1}
_WIDTHS |= {"F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1}
_STORED: Mapping[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "BF16": np.dtype("<u2"),
    "F16": np.dtype("<f2"),
    "I8": np.dtype("i1"),
    "U8": np.dtype("u1"),
    "F8_E4M3": np.dtype("u1"),
    "F8_E5M2": np.dtype("u1"),
    "F8_E8M0": np.dtype("u1"),
}
"""numpy has no bfloat16 and no FP8: their bits are stored as unsigned integers."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Metadata of a converted model."""

    format_version: int
    name: str
    source_sha256: str
    """Of the .gguf file, or of the folder's weight files in name order."""
    weights: str
    """int8 or bf16."""
    context_tokens: int
    """Longest sequence that the model was trained for."""
    eos_token_ids: tuple[int, ...]
    architecture: str
    """`model_type` of config.json."""

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=2) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises ModelError if the folder is not a converted model or its format is unsupported."""
        hint = "Remove it and pull the model again."
        try:
            values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            manifest = cls(**{**values, "eos_token_ids": tuple(values["eos_token_ids"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ModelError(f"{folder} is not a converted model: {error}", hint=hint) from error
        if manifest.format_version != FORMAT_VERSION:
            raise ModelError(
                f"{folder} has the unsupported format {manifest.format_version} "
                f"(expected {FORMAT_VERSION}).",
                hint=hint,
            )
        return manifest


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Type, shape and position of a tensor in the weights file."""

    dtype: str
    """As in safetensors: F32, BF16, I8, ..."""
    shape: tuple[int, ...]
    start: int
    """Byte offset after the header."""

    @property
    def size(self) -> int:
        """Size in bytes."""
        return prod(self.shape) * _WIDTHS[self.dtype]


class TensorWriter:
    """Writes a safetensors file whose tensors arrive in any order, from any thread."""

    def __init__(self, path: Path, specs: Mapping[str, tuple[str, tuple[int, ...]]]) -> None:
        """`specs` maps the name of every tensor to its dtype and shape."""
        self._specs: dict[str, TensorSpec] = {}
        offset = 0
        for name, (dtype, shape) in specs.items():
            self._specs[name] = spec = TensorSpec(dtype, shape, offset)
            offset += spec.size
        header = json.dumps(
            {
                name: {
                    "dtype": spec.dtype,
                    "shape": list(spec.shape),
                    "data_offsets": [spec.start, spec.start + spec.size],
                }
                for name, spec in self._specs.items()
            }
        ).encode()
        header += b" " * (-len(header) % 64 + 56)  # align the data to a cache line
        self._missing = set(self._specs)
        self._lock = threading.Lock()
        self._file: BinaryIO = path.open("wb")
        self._file.write(struct.pack("<Q", len(header)) + header)
        self._base = len(header) + 8
        self._file.truncate(self._base + offset)

    def write(self, name: str, array: NDArray[Any], row: int = 0) -> None:
        """Write `array` at row `row` of tensor `name`."""
        spec = self._specs[name]
        stored = np.ascontiguousarray(array, dtype=_STORED[spec.dtype])
        row_size = spec.size // spec.shape[0]
        with self._lock:
            self._file.seek(self._base + spec.start + row * row_size)
            self._file.write(stored.data)
            self._missing.discard(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if kind is None and self._missing:
            raise ModelError(f"The source lacks tensors: {', '.join(sorted(self._missing)[:5])}.")


class TensorReader:
    """Reads the tensors of a safetensors file one at a time."""

    def __init__(self, path: Path) -> None:
        """Raises ModelError if the file is missing, truncated or not safetensors."""
        self.path = path
        try:
            self._file: BinaryIO = path.open("rb")
            self._specs, self._base = _read_header(self._file, path.stat().st_size)
        except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
            raise ModelError(
                f"The weights file {path} is damaged: {error}",
                hint="Remove the model and pull it again.",
            ) from error

    def __contains__(self, name: str) -> bool:
        return name in self._specs

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def shape(self, name: str) -> tuple[int, ...]:
        return self._spec(name).shape

    def dtype(self, name: str) -> str:
        return self._spec(name).dtype

    def read(self, name: str) -> NDArray[Any]:
        """A writable copy of the tensor, with bfloat16 as uint16 bits. Thread-safe."""
        spec = self._spec(name)
        array: NDArray[Any] = np.empty(spec.shape, _STORED[spec.dtype])
        with self.path.open("rb", buffering=0) as file:
            file.seek(self._base + spec.start)
            buffer = memoryview(array.reshape(-1).view(np.uint8).data)
            while buffer:
                count = file.readinto(buffer)
                if not count:
                    raise ModelError(f"The weights file {self.path} is truncated.")
                buffer = buffer[count:]
        return array

    def map(self, name: str) -> NDArray[Any]:
        """The tensor memory-mapped copy-on-write."""
        spec = self._spec(name)
        return np.memmap(self.path, _STORED[spec.dtype], "c", self._base + spec.start, spec.shape)

    def close(self) -> None:
        self._file.close()

    def _spec(self, name: str) -> TensorSpec:
        try:
            return self._specs[name]
        except KeyError as error:
            raise ModelError(
                f"The weights file {self.path} lacks {name}.",
                hint="Remove the model and pull it again.",
            ) from error


def _read_header(file: BinaryIO, size: int) -> tuple[dict[str, TensorSpec], int]:
    (length,) = struct.unpack("<Q", file.read(8))
    if length > min(size, _HEADER_LIMIT):
        raise ValueError("the header is longer than the file")
    header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    specs = {}
    for name, value in header.items():
        if value["dtype"] not in _WIDTHS:
            raise ValueError(f"{name} has the unsupported type {value['dtype']}")
        start, end = value["data_offsets"]
        spec = TensorSpec(value["dtype"], tuple(value["shape"]), start)
        if start < 0 or end - start != spec.size or length + 8 + end > size:
            raise ValueError(f"{name} extends past the end of the file")
        specs[name] = spec
    return specs, length + 8
