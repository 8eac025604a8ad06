"""The store's record of a converted folder, and the detection of damage.

The converter's manifest describes the weights. The store's record has the origin of the folder and
the length of each file; a folder without a record counts as damaged.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
CONFIG = "config.json"
RECORD = "store.json"
FORMAT = 1
CONVERTED_FORMAT = 1
"""Equal to `folder.FORMAT_VERSION`, which is not imported because it would import numpy."""
_REQUIRED = ("manifest.json", "config.json", "tokenizer.json", "weights.safetensors")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """State of a user's file when it was converted, to detect changes cheaply."""

    path: str
    bytes: int
    modified_ns: int

    @property
    def file(self) -> Path:
        return Path(self.path)


@dataclass(frozen=True, slots=True)
class Record:
    """The store's record of a converted folder."""

    name: str
    """The pulled name: catalog id, hub id, or the absolute path of the user's file."""
    source_sha256: str
    weights: str
    place: str
    """Origin of the weights: local, hub cache, hub, mirror."""
    files: dict[str, int]
    """Length in bytes of every file in the folder except this record."""
    sources: tuple[Fingerprint, ...] = ()
    """The user's files that it was converted from; empty for downloads."""


def write_record(folder: Path, record: Record) -> None:
    """Write the record atomically; it is the last file added to a folder."""
    text = json.dumps({"format": FORMAT, **asdict(record)}, indent=2)
    partial = folder / (RECORD + ".part")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(folder / RECORD)


def read_record(folder: Path) -> Record | None:
    """The record of a folder; None if it is missing or unreadable."""
    try:
        data = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        if data.pop("format") != FORMAT:
            return None
        sources = tuple(Fingerprint(**source) for source in data.pop("sources", ()))
        record = Record(**data, sources=sources)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return record if isinstance(record.files, dict) else None


def lengths(folder: Path) -> dict[str, int]:
    """Length of each file in a folder except the record, by name."""
    return {
        path.name: path.stat().st_size
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(RECORD)
    }


def damage(folder: Path, record: Record | None) -> str:
    """What is wrong with a converted folder, in a few words; empty if nothing was found.

    Compares only the lengths of files, because it runs at every start.
    """
    problem = manifest_problem(folder)
    if problem:
        return problem
    if record is None:
        return f"{RECORD} is missing or unreadable"
    for name, expected in record.files.items():
        try:
            found = (folder / name).stat().st_size
        except OSError:
            return f"{name} is missing"
        if found != expected:
            return f"{name} has {found:,} bytes instead of {expected:,}"
    return ""


def manifest_problem(folder: Path) -> str:
    """What is wrong with the converter's files in a folder; empty if nothing was found."""
    for name in _REQUIRED:
        if not (folder / name).is_file():
            return f"{name} is missing"
    try:
        manifest: Any = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return f"{MANIFEST} cannot be read"
    version = manifest.get("format_version") if isinstance(manifest, dict) else None
    if version != CONVERTED_FORMAT:
        return f"unsupported format {version} (expected {CONVERTED_FORMAT})"
    return ""


def fingerprints(source: Path) -> tuple[Fingerprint, ...]:
    """Fingerprints of a file, or of the files directly inside a folder."""
    paths = sorted(p for p in source.iterdir() if p.is_file()) if source.is_dir() else [source]
    found = []
    for path in paths:
        stat = path.stat()
        found.append(Fingerprint(str(path.resolve()), stat.st_size, stat.st_mtime_ns))
    return tuple(found)
