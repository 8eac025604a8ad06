"""Owns what the store remembers about a converted folder, and how damage to one is recognized.

The converter's manifest says what the weights are; the store's record says how the folder came to
be and how long each file is. Refuses folders without a record the store wrote.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
RECORD = "store.json"
FORMAT = 1
CONVERTED_FORMAT = 1
"""As `folder.FORMAT_VERSION`, which is not imported here because numpy would come with it."""
_REQUIRED = ("manifest.json", "config.json", "tokenizer.json", "weights.safetensors")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A user's file as it was when it was converted, to notice cheaply that it changed."""

    path: str
    bytes: int
    modified_ns: int

    @property
    def file(self) -> Path:
        return Path(self.path)


@dataclass(frozen=True, slots=True)
class Record:
    """What the store knows of a folder it made."""

    name: str
    """The name it was pulled by: catalog id, hub id, or the absolute path of the user's own."""
    source_sha256: str
    weights: str
    place: str
    """Where the bytes came from: local, hub cache, hub, mirror."""
    files: dict[str, int]
    """Length in bytes of every file of the folder but this record."""
    sources: tuple[Fingerprint, ...] = ()
    """The user's own files, when they were converted from where they lay."""


def write_record(folder: Path, record: Record) -> None:
    """Writes the record, the last file of a folder to appear."""
    text = json.dumps({"format": FORMAT, **asdict(record)}, indent=2)
    partial = folder / (RECORD + ".part")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(folder / RECORD)


def read_record(folder: Path) -> Record | None:
    """The record of a folder; None when there is none, or none that can be understood."""
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
    """Length of each file of a folder but the record's, by name."""
    return {
        path.name: path.stat().st_size
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(RECORD)
    }


def damage(folder: Path, record: Record | None) -> str:
    """What is wrong with a converted folder, in a few words; empty when nothing was found.

    Lengths are compared, contents are not: this runs at every start.
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
    """What is wrong with the converter's own part of a folder; empty when nothing was found."""
    for name in _REQUIRED:
        if not (folder / name).is_file():
            return f"{name} is missing"
    try:
        manifest: Any = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return f"{MANIFEST} cannot be read"
    version = manifest.get("format_version") if isinstance(manifest, dict) else None
    if version != CONVERTED_FORMAT:
        return f"it has format {version}, this program reads {CONVERTED_FORMAT}"
    return ""


def fingerprints(source: Path) -> tuple[Fingerprint, ...]:
    """Fingerprints of a user's file, or of the files right inside a user's folder."""
    paths = sorted(p for p in source.iterdir() if p.is_file()) if source.is_dir() else [source]
    found = []
    for path in paths:
        stat = path.stat()
        found.append(Fingerprint(str(path.resolve()), stat.st_size, stat.st_mtime_ns))
    return tuple(found)
