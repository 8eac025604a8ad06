"""Owns the recognition of weights on disk: which format, whether whole, whether safe to read.

Refuses pickles, which can run code when they are opened, configurations that name code of their
own, pointers of git's large file storage, and files that end early.
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
    """Weights ready to be converted."""

    path: Path
    """A .gguf file, or a folder with config.json and safetensors."""
    files: tuple[Path, ...]
    """The files with weights, sorted by name."""

    @property
    def bytes(self) -> int:
        return sum(file.stat().st_size for file in self.files)

    @property
    def gguf(self) -> bool:
        return not self.path.is_dir()


def find_source(path: Path) -> Source:
    """The weights in a file or folder of the user's.

    Raises ModelError when there are none, more than one GGUF file, or none that may be read.
    """
    if not path.is_dir():
        if recognize(path) == "safetensors":
            raise ModelError(
                f"{path} holds weights alone.",
                hint="Name the folder with its config.json and tokenizer.json instead.",
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
        raise ModelError(f"{path} holds several GGUF files: {names}.", hint="Name one of them.")
    for file in sorted(path.iterdir()):
        if file.suffix in PICKLES:
            raise _pickled(file)
    raise ModelError(
        f"{path} holds no weights.", hint="Name a folder with safetensors, or a .gguf file."
    )


def recognize(path: Path) -> Literal["gguf", "safetensors"]:
    """The format of a file of weights, by its content.

    Raises ModelError for a pickle, a pointer in the place of the file, a file that ends early, and
    for anything else.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(32)
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read: {error.strerror}.", hint="Check its path and permissions."
        ) from error
    if head.startswith(_LFS):
        raise ModelError(
            f"{path} is a pointer to weights, {size} bytes long, not the weights.",
            hint="Run `git lfs pull` where it came from, or pull the model by its name.",
        )
    if path.suffix in PICKLES or head.startswith((b"PK\x03\x04", b"\x80\x02", b"\x80\x04")):
        raise _pickled(path)
    if head.startswith(b"GGUF"):
        _check_gguf(path)
        return "gguf"
    if _is_safetensors(path, head, size):
        return "safetensors"
    raise ModelError(
        f"{path} is neither GGUF nor safetensors.", hint="Name weights in one of these formats."
    )


@dataclass(frozen=True, slots=True)
class Digest:
    """SHA-256 of some files, in hexadecimal."""

    whole: str
    """Over the contents of all, one after another."""
    each: tuple[str, ...]


def digest(
    files: tuple[Path, ...], cancel: CancelFlag, done: Callable[[int], None] = lambda _: None
) -> Digest:
    """Reads the files once; `done` hears the bytes so far. Raises Cancelled, and OSError."""
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
            f"{path} needs code of its own to run (auto_map in config.json).",
            hint="Only architectures that transformers knows are run; choose another model.",
        )
    index = path / "model.safetensors.index.json"
    if index.is_file():
        named = set(_json(index).get("weight_map", {}).values())
        missing = sorted(named - {shard.name for shard in shards})
        if missing:
            raise ModelError(
                f"{path} lacks {len(missing)} of {len(named)} files: {missing[0]}, ...",
                hint="Fetch the rest, then try again.",
            )
    for shard in shards:
        if recognize(shard) != "safetensors":
            raise ModelError(f"{shard} is not what its name says.", hint="Fetch it again.")


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be read: {error}", hint="A model's folder needs it; fetch it again."
        ) from error
    return value if isinstance(value, dict) else {}


def _check_gguf(path: Path) -> None:
    from assistant.models.gguf import GGUFFile  # numpy, which only a pull needs

    GGUFFile(path)


def _is_safetensors(path: Path, head: bytes, size: int) -> bool:
    if len(head) < 10 or not head[8:].lstrip().startswith(b"{"):
        return False
    (length,) = struct.unpack_from("<Q", head)
    if length > _HEADER_LIMIT:
        return False
    if 8 + length > size:
        raise _cut(path)
    with path.open("rb") as file:
        file.seek(8)
        try:
            header = json.loads(file.read(length))
            ends = [v["data_offsets"][1] for k, v in header.items() if k != "__metadata__"]
        except (ValueError, TypeError, KeyError, IndexError):
            return False
    if 8 + length + max(ends, default=0) != size:
        raise _cut(path)
    return True


def _cut(path: Path) -> ModelError:
    return ModelError(
        f"{path} is not whole: its length is not what its own header says.",
        hint="Fetch it again; it was cut off.",
    )


def _pickled(path: Path) -> ModelError:
    return ModelError(
        f"{path} is a pickle, which can run code when it is opened; it is not read.",
        hint="Take the safetensors or GGUF version of this model.",
    )
