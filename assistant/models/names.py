"""Parses model names: catalog ids, hub ids and paths.

A name that looks like a hub id is never treated as a folder, so a repository cannot substitute its
own weights by containing a folder of that name.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from assistant.errors import ModelError
from assistant.models.catalog import CatalogEntry, find_entry, near_matches

_HUB = re.compile(r"(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:/(?P<file>[^\s]+\.gguf))?")


@dataclass(frozen=True, slots=True)
class CatalogName:
    entry: CatalogEntry

    @property
    def canonical(self) -> str:
        return self.entry.id


@dataclass(frozen=True, slots=True)
class HubName:
    repo: str
    file: str = ""
    """A GGUF file of the repository; empty for its safetensors."""

    @property
    def canonical(self) -> str:
        return f"{self.repo}/{self.file}" if self.file else self.repo


@dataclass(frozen=True, slots=True)
class LocalName:
    path: Path
    """Absolute path of a folder or .gguf file that existed when the name was parsed."""

    @property
    def canonical(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class FoundName:
    """A model file of another program."""

    id: str
    """Such as ollama:qwen2.5-coder:1.5b."""
    path: Path
    """Absolute path of a file that existed when the name was parsed."""

    @property
    def canonical(self) -> str:
        return self.id


Reference: TypeAlias = CatalogName | HubName | LocalName | FoundName


def parse_name(name: str, installed: tuple[str, ...] = ()) -> Reference:
    """Parse a catalog id, path, `org/name` or `org/name/file.gguf`.

    Raises ModelError if a path does not exist, and for any other name, with suggestions from the
    catalog and `installed`.
    """
    name = name.strip()
    if not name:
        raise ModelError(
            "The model name is empty.", hint="Run `assistant models list` to see the catalog."
        )
    entry = find_entry(name)
    if entry is not None:
        return CatalogName(entry)
    hub = _HUB.fullmatch(name)
    if hub and ".." not in name and not Path(name).is_absolute():
        return HubName(hub["repo"], hub["file"] or "")
    path = _existing(name)
    if path is not None:
        return LocalName(path)
    if _looks_like_path(name):
        raise ModelError(
            f"No such file or folder: {name}.", hint="Check the path of the model's weights."
        )
    near = near_matches(name, installed)
    known = f"Did you mean {' or '.join(near)}? " if near else ""
    raise ModelError(
        f"Unknown model {name!r}.",
        hint=f"{known}Use a name from `assistant models list`, a hub id (org/name), or the path of "
        "a folder or .gguf file.",
    )


def safe_name(name: str) -> str:
    """The name as a short file name part: lower-case letters, digits, dots and dashes."""
    last_two = "-".join(part for part in Path(name).parts[-2:] if part != "/")
    stem = last_two.removesuffix(".gguf").casefold()
    return re.sub(r"[^a-z0-9.]+", "-", stem).strip("-.")[:60] or "model"


def unique_name(name: str) -> str:
    """Like `safe_name`, but with a hash suffix that makes it unique."""
    return f"{safe_name(name)}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _existing(name: str) -> Path | None:
    try:
        path = Path(name).expanduser()
        return path.resolve() if path.exists() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _looks_like_path(name: str) -> bool:
    return name.startswith((".", "/", "~")) or "/" in name or name.endswith(".gguf")
