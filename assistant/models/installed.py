"""Owns the layout of the folder of converted weights, and what is found in it.

Below `cache_dir/models`: one folder per model and number format, named
`<name>-<first 12 of the source's SHA-256>-<int8|bf16>`, made complete elsewhere and renamed into
place; `.downloads`, `.staging` and `.locks` for work under way.
"""

import os
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ModelError
from assistant.models.catalog import Weights
from assistant.models.names import CatalogName, LocalName, Reference, safe_name, unique_name
from assistant.models.record import Record, damage, fingerprints, read_record

_FOLDER = re.compile(r"(?P<name>.+)-[0-9a-f]{12}-(?P<weights>int8|bf16)")


@dataclass(frozen=True, slots=True)
class InstalledModel:
    name: str
    """What `resolve` finds it by."""
    path: Path
    weights: str
    """int8 or bf16; empty when the folder is too damaged to tell."""
    bytes: int
    """On disk."""
    source_sha256: str
    place: str
    """Where the bytes came from: local, hub cache, hub, mirror."""
    problem: str = ""
    """What is wrong with it; empty when it can be loaded."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The places below the store's folder."""

    root: Path

    def target(self, name: str, sha256: str, weights: Weights) -> Path:
        """The folder a source is converted into."""
        return self.root / f"{safe_name(name)}-{sha256[:12]}-{weights}"

    def downloads(self, name: str) -> Path:
        """Where unfinished and unconverted downloads of a name lie."""
        return self.root / ".downloads" / unique_name(name)

    def staging(self, target: Path) -> Path:
        """Folder in which `target` is made before it is renamed into place."""
        return self.root / ".staging" / target.name

    def lock(self, name: str) -> Path:
        """File that is locked while a name is pulled or removed."""
        return self.root / ".locks" / f"{unique_name(name)}.lock"

    def folders(self) -> tuple[Path, ...]:
        """Every converted folder, whole or not."""
        if not self.root.is_dir():
            return ()
        inside = sorted(self.root.iterdir())
        return tuple(p for p in inside if not p.name.startswith(".") and p.is_dir())

    def folders_of(self, reference: Reference) -> tuple[Path, ...]:
        """The converted folders that a name means, in any number format."""
        return tuple(f for f in self.folders() if _is_of(f, read_record(f), reference))

    def made_from(self, name: str) -> Path | None:
        """The absolute path that a name means, when something installed was made from it."""
        path = Path(os.path.abspath(Path(name).expanduser()))  # noqa: PTH100 - it may be gone
        known = (read_record(folder) for folder in self.folders())
        sources = [source.file for record in known if record for source in record.sources]
        return path if any(path in (file, file.parent) for file in sources) else None

    def installed(self) -> tuple[InstalledModel, ...]:
        """Every converted folder, by name, the damaged ones with what is wrong."""
        models = [look_at(folder) for folder in self.folders()]
        return tuple(sorted(models, key=lambda model: (model.name, model.weights)))


def look_at(folder: Path) -> InstalledModel:
    """What a converted folder is, by its record, or by its own name when it has none."""
    record = read_record(folder)
    name, weights = (record.name, record.weights) if record else _from_folder(folder)
    return InstalledModel(
        name=name,
        path=folder,
        weights=weights,
        bytes=tree_bytes(folder),
        source_sha256=record.source_sha256 if record else "",
        place=record.place if record else "",
        problem=damage(folder, record),
    )


def tree_bytes(folder: Path) -> int:
    """Bytes of all regular files below a folder; what vanishes meanwhile counts nothing."""
    total = 0
    for parent, _, names in os.walk(folder):  # not rglob, which fails when a folder vanishes
        for name in names:
            try:
                status = Path(parent, name).lstat()
            except OSError:
                continue
            total += status.st_size if stat.S_ISREG(status.st_mode) else 0
    return total


def delete_folder(folder: Path) -> None:
    """Deletes a folder of the store's; renamed first, so that one half deleted is never found.

    Raises ModelError when it cannot be removed.
    """
    doomed = folder.parent / f".removed-{folder.name}"
    try:
        if folder.is_symlink():
            folder.unlink()
            return
        shutil.rmtree(doomed, ignore_errors=True)
        folder.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise ModelError(
            f"{folder} cannot be removed: {error.strerror}.",
            hint="Check who owns it, and whether another program holds it open.",
        ) from error


def _from_folder(folder: Path) -> tuple[str, str]:
    parts = _FOLDER.fullmatch(folder.name)
    return (parts["name"], parts["weights"]) if parts else (folder.name, "")


def _is_of(folder: Path, record: Record | None, reference: Reference) -> bool:
    if record is None:
        return _from_folder(folder)[0] == safe_name(reference.canonical)
    match reference:
        case CatalogName(entry):
            return record.source_sha256 == entry.sha256
        case LocalName(path):
            if not path.exists():  # the user deleted it; what was made of it stays
                return path in [p for s in record.sources for p in (s.file, s.file.parent)]
            return set(fingerprints(path)) <= set(record.sources)
        case _:
            return record.name == reference.canonical
