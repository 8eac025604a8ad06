"""Writes stores as other programs do: Ollama, LM Studio, llama.cpp and the hub's cache."""

import hashlib
import json
from pathlib import Path
from typing import Any

from assistant.models.found.places import Places

MODEL = "application/vnd.ollama.image.model"


def places_in(root: Path) -> Places:
    return Places(
        ollama=(root / "ollama",),
        lm_studio=(root / "lmstudio",),
        llama_cpp=(root / "llamacpp",),
        hub=(root / "hub",),
    )


def write_manifest(root: Path, name: str, value: Any) -> Path:
    """`name` is the path of a manifest: host, namespace, model and tag."""
    path = root / "ollama" / "manifests" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def put_ollama(
    root: Path, name: str, content: bytes, *, mark: str = "-", more: tuple[str, ...] = ()
) -> Path:
    """A model as `ollama pull` writes it; `more` are further kinds of layers."""
    digest = hashlib.sha256(content).hexdigest()
    blob = root / "ollama" / "blobs" / f"sha256{mark}{digest}"
    blob.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(content)
    layers = [{"mediaType": MODEL, "digest": f"sha256:{digest}", "size": len(content)}]
    for kind in ("license", *more):
        layer = {
            "mediaType": f"application/vnd.ollama.image.{kind}",
            "digest": "sha256:" + "0" * 64,
        }
        layers.append({**layer, "size": 1})
    write_manifest(root, name, {"schemaVersion": 2, "config": {}, "layers": layers})
    return blob


def put(root: Path, path: str, content: bytes) -> Path:
    """A file below `root`."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def put_hub(root: Path, repo: str, name: str, content: bytes, *, revision: str = "abc1") -> Path:
    """A file as the hub's cache holds it: a link to a blob, in a snapshot."""
    folder = root / "hub" / f"models--{repo.replace('/', '--')}"
    blob = put(folder, f"blobs/{hashlib.sha256(content).hexdigest()}", content)
    put(folder, "refs/main", b"abc1")
    link = folder / "snapshots" / revision / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(blob)
    return link
