"""Lists the model files of other programs, by name, without reading them.

A folder that cannot be read, a damaged manifest or a missing file is reported and skipped. Nothing
is ever written.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from assistant.models.found.places import Places

OLLAMA, LM_STUDIO, LLAMA_CPP, HUB = "Ollama", "LM Studio", "llama.cpp", "hub cache"
PREFIXES = {"ollama:": OLLAMA, "lmstudio:": LM_STUDIO, "llamacpp:": LLAMA_CPP}
"""How a name begins that means a model of another program."""

_DEPTH = 6
"""Folders below a place; LM Studio uses three, the hub's cache four."""
_MOST_FILES = 100_000
_MANIFEST_LIMIT = 1 << 20
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")
_PART = re.compile(r"-(\d{5})-of-(\d{5})$")
_LAYER = "application/vnd.ollama.image."


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A model file of another program."""

    id: str
    """The name by which `--model` takes it."""
    program: str
    path: Path
    problem: str = ""
    """Why the file alone is not the model; empty if it is."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in these folders that is no usable model."""

    where: str
    """A name or a path."""
    why: str


Item: TypeAlias = FoundFile | Skipped


def list_files(places: Places) -> Iterator[Item]:
    """Every model file in these places, and what was skipped."""
    for root in places.ollama:
        yield from _ollama(root)
    for root in places.lm_studio:
        yield from _folder(root, "lmstudio:", LM_STUDIO)
    for root in places.llama_cpp:
        yield from _folder(root, "llamacpp:", LLAMA_CPP)
    for root in places.hub:
        yield from _hub(root)


def split_parts(path: Path) -> tuple[int, int]:
    """Number of a file among the parts of its model, and how many these are; (1, 1) for a whole."""
    parts = _PART.search(path.name.removesuffix(".gguf"))
    return (int(parts[1]), int(parts[2])) if parts else (1, 1)


def _ollama(root: Path) -> Iterator[Item]:
    manifests = root / "manifests"
    for path in _walk(manifests):
        if isinstance(path, Skipped):
            yield path
            continue
        match path.relative_to(manifests).parts:
            case ["registry.ollama.ai", "library", name, tag]:
                shown = f"{name}:{tag}"
            case ["registry.ollama.ai", owner, name, tag]:
                shown = f"{owner}/{name}:{tag}"
            case [host, owner, name, tag]:
                shown = f"{host}/{owner}/{name}:{tag}"
            case _:
                continue
        if not tag.startswith("."):
            yield _ollama_model(root, path, f"ollama:{shown}")


def _ollama_model(root: Path, manifest: Path, name: str) -> Item:
    try:
        with manifest.open("rb") as file:
            value: Any = json.loads(file.read(_MANIFEST_LIMIT))
        layers = [each for each in value["layers"] if isinstance(each, dict)]
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        return Skipped(name, f"its manifest cannot be read ({_reason(error)})")
    kinds = {str(layer.get("mediaType")).removeprefix(_LAYER): layer for layer in layers}
    weights = kinds.get("model")
    if weights is None:
        what = "tensors instead" if any(kind.startswith("tensor") for kind in kinds) else "none"
        return Skipped(name, f"its manifest names no GGUF file ({what})")
    digest = _DIGEST.fullmatch(str(weights.get("digest")))
    if digest is None:
        return Skipped(name, "its manifest names its file by no SHA-256")
    blobs = [root / "blobs" / f"sha256{mark}{digest[1]}" for mark in "-:"]
    try:
        sizes = {blob: blob.stat().st_size for blob in blobs if os.path.lexists(blob)}
    except OSError as error:
        return Skipped(name, f"its file cannot be read ({_reason(error)})")
    if not sizes:
        return Skipped(name, f"its file {blobs[0]} is missing")
    blob, size = next(iter(sizes.items()))
    if isinstance(weights.get("size"), int) and size != weights["size"]:
        return Skipped(name, f"its file has {size:,} bytes instead of {weights['size']:,}")
    adapted = "It has an adapter, which would not be applied." if "adapter" in kinds else ""
    return FoundFile(name, OLLAMA, blob, adapted)


def _folder(root: Path, prefix: str, program: str) -> Iterator[Item]:
    for path in _walk(root):
        if isinstance(path, Skipped):
            yield path
        elif path.suffix == ".gguf":
            name = path.relative_to(root).as_posix().removesuffix(".gguf")
            yield FoundFile(prefix + name, program, path)


def _hub(root: Path) -> Iterator[Item]:
    """GGUF files of the hub's cache, by hub id where that means the file, else by path."""
    for path in _walk(root):
        if isinstance(path, Skipped):
            yield path
            continue
        match path.relative_to(root).parts:
            case [folder, "snapshots", revision, *inside] if (
                path.suffix == ".gguf" and folder.startswith("models--") and inside
            ):
                name = f"{folder.removeprefix('models--').replace('--', '/', 1)}/{'/'.join(inside)}"
                current = _first_line(root / folder / "refs" / "main") == revision
                yield FoundFile(name if current else str(path), HUB, path)


def _walk(root: Path) -> Iterator[Path | Skipped]:
    """Files below a folder, sorted, through links but not in circles."""
    failed: list[OSError] = []
    seen: set[str] = set()
    count = 0
    for parent, folders, names in os.walk(root, onerror=failed.append, followlinks=True):
        while failed:
            yield from _unreadable(failed.pop(), root)
        real = os.path.realpath(parent)
        if real in seen or len(Path(parent).relative_to(root).parts) >= _DEPTH:
            folders.clear()
        if real in seen:
            continue
        seen.add(real)
        folders.sort()
        for name in sorted(names):
            count += 1
            if count > _MOST_FILES:
                yield Skipped(str(root), f"it has more than {_MOST_FILES:,} files")
                return
            yield Path(parent, name)
    while failed:
        yield from _unreadable(failed.pop(), root)


def _unreadable(error: OSError, root: Path) -> Iterator[Skipped]:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        yield Skipped(str(error.filename or root), f"cannot be read ({_reason(error)})")


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline(200).strip()
    except (OSError, ValueError):
        return ""


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
