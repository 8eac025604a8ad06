"""Recognizes weights on disk: their format, and whether they are complete and safe to read.

Pickles, which can run code when they are opened, configurations that need custom code, Git LFS
pointers and truncated files are refused.
"""

import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from assistant.errors import ModelError
from assistant.models.progress import CancelFlag, check_cancelled

PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"})
_LFS = b"version https://git-lfs"
_CHUNK = 1 << 22
_HEADER_LIMIT = 100_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """Weights that can be converted."""

    path: Path
    """A .gguf file, or a folder with config.json and safetensors."""
    files: tuple[Path, ...]
    """The weight files, sorted by name."""

    @property
    def bytes(self) -> int:
        return sum(file.stat().st_size for file in self.files)

    @property
    def gguf(self) -> bool:
        return not self.path.is_dir()


def find_source(path: Path) -> Source:
    """The weights in a file or folder.

    Raises ModelError if there are no readable weights, or more than one GGUF file.
    """
    if not path.is_dir():
        if recognize(path) == "safetensors":
            raise ModelError(
                f"{path} contains only weights.",
                hint="Use its folder, with config.json and tokenizer.json, instead.",
            )
        return Source(path, (path,))
    shards = tuple(sorted(path.glob("*.safetensors")))
    if shards:
        _check_folder(path, shards)
        return Source(path, shards)
    ggufs = sorted(path.glob("*.gguf"))
    if len(ggufs) == 1:
        return find_source(ggufs[0])
    if ggufs:
        names = ", ".join(file.name for file in ggufs[:5])
        raise ModelError(f"{path} contains several GGUF files: {names}.", hint="Use one of them.")
    for file in sorted(path.iterdir()):
        if file.suffix in PICKLES:
            raise _pickled(file)
    raise ModelError(
        f"{path} contains no weights.", hint="Use a folder with safetensors, or a .gguf file."
    )


def recognize(path: Path) -> Literal["gguf", "safetensors"]:
    """The format of a weights file, by its content.

    Raises ModelError for pickles, Git LFS pointers, truncated files and other formats.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(32)
    except OSError as error:
        raise ModelError(
            f"Cannot read {path}: {error.strerror}.", hint="Check its path and permissions."
        ) from error
    if head.startswith(_LFS):
        raise ModelError(
            f"{path} is a Git LFS pointer of {size} bytes, not the weights.",
            hint="Run `git lfs pull` in its repository, or pull the model by its name.",
        )
    if path.suffix in PICKLES or head.startswith((b"PK\x03\x04", b"\x80\x02", b"\x80\x04")):
        raise _pickled(path)
    if head.startswith(b"GGUF"):
        _check_gguf(path)
        return "gguf"
    if _is_safetensors(path, head, size):
        return "safetensors"
    raise ModelError(
        f"{path} is neither GGUF nor safetensors.", hint="Use weights in one of these formats."
    )


@dataclass(frozen=True, slots=True)
class Digest:
    """SHA-256 hashes of some files, in hexadecimal."""

    whole: str
    """Of the concatenated contents of all files."""
    each: tuple[str, ...]


def digest(
    files: tuple[Path, ...], cancel: CancelFlag, done: Callable[[int], None] = lambda _: None
) -> Digest:
    """Hash the files; `done` is called with the bytes so far. Raises Cancelled and OSError."""
    whole = hashlib.sha256()
    each = []
    count = 0
    buffer = memoryview(bytearray(_CHUNK))
    for path in files:
        one = hashlib.sha256()
        with path.open("rb", buffering=0) as file:
            while length := file.readinto(buffer):
                check_cancelled(cancel)
                one.update(buffer[:length])
                if len(files) > 1:
                    whole.update(buffer[:length])
                count += length
                done(count)
        each.append(one.hexdigest())
    return Digest(each[0] if len(each) == 1 else whole.hexdigest(), tuple(each))


def _check_folder(path: Path, shards: tuple[Path, ...]) -> None:
    config = _json(path / "config.json")
    if "auto_map" in config:
        raise ModelError(
            f"{path} requires custom code (auto_map in config.json), which is never run.",
            hint="Choose a model whose architecture transformers supports.",
        )
    index = path / "model.safetensors.index.json"
    if index.is_file():
        named = set(_json(index).get("weight_map", {}).values())
        missing = sorted(named - {shard.name for shard in shards})
        if missing:
            raise ModelError(
                f"{path} is missing {len(missing)} of {len(named)} files: {missing[0]}, ...",
                hint="Download the missing files, then try again.",
            )
    for shard in shards:
        if recognize(shard) != "safetensors":
            raise ModelError(f"{shard} is not a safetensors file.", hint="Download it again.")


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"Cannot read {path}: {error}",
            hint="A model folder needs this file; download it again.",
        ) from error
    return value if isinstance(value, dict) else {}


def _check_gguf(path: Path) -> None:
    from assistant.models.gguf import GGUFFile  # imports numpy, which only a pull needs

    GGUFFile(path, vocabulary=False)


def _is_safetensors(path: Path, head: bytes, size: int) -> bool:
    if len(head) < 10 or not head[8:].lstrip().startswith(b"{"):
        return False
    (length,) = struct.unpack_from("<Q", head)
    if length > _HEADER_LIMIT:
        return False
    if 8 + length > size:
        raise _truncated(path)
    with path.open("rb") as file:
        file.seek(8)
        try:
            header = json.loads(file.read(length))
            ends = [v["data_offsets"][1] for k, v in header.items() if k != "__metadata__"]
        except (ValueError, TypeError, KeyError, IndexError):
            return False
    if 8 + length + max(ends, default=0) != size:
        raise _truncated(path)
    return True


def _truncated(path: Path) -> ModelError:
    return ModelError(
        f"{path} is incomplete: its length does not match its header.", hint="Download it again."
    )


def _pickled(path: Path) -> ModelError:
    return ModelError(
        f"{path} is a pickle, which can run code when it is opened.",
        hint="Use the safetensors or GGUF version of this model.",
    )
