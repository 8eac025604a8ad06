"""The layout of the model store, and the models installed in it.

`cache_dir/models` has one folder per model and number format, named
`<name>-<first 12 digits of the source's SHA-256>-<int8|bf16>`, which is built elsewhere and renamed
into place; `.downloads`, `.staging` and `.locks` are for work in progress.
"""

import os
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ModelError
from assistant.models.catalog import Weights
from assistant.models.names import (
    CatalogName,
    FoundName,
    LocalName,
    Reference,
    safe_name,
    unique_name,
)
from assistant.models.record import Record, damage, fingerprints, read_record

_FOLDER = re.compile(r"(?P<name>.+)-[0-9a-f]{12}-(?P<weights>int8|bf16)")


@dataclass(frozen=True, slots=True)
class InstalledModel:
    name: str
    """The name for `resolve`."""
    path: Path
    weights: str
    """int8 or bf16; empty if the folder is too damaged to tell."""
    bytes: int
    """Size on disk."""
    source_sha256: str
    place: str
    """Origin of the weights: local, hub cache, hub, mirror."""
    problem: str = ""
    """What is wrong with it; empty if it can be loaded."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths in the store's folder."""

    root: Path

    def target(self, name: str, sha256: str, weights: Weights) -> Path:
        """Folder for the converted weights of a source."""
        return self.root / f"{safe_name(name)}-{sha256[:12]}-{weights}"

    def downloads(self, name: str) -> Path:
        """Folder for the unfinished and unconverted downloads of a model."""
        return self.root / ".downloads" / unique_name(name)

    def staging(self, target: Path) -> Path:
        """Folder in which `target` is built before it is renamed into place."""
        return self.root / ".staging" / target.name

    def lock(self, name: str) -> Path:
        """Lock file, held while a model is pulled or removed."""
        return self.root / ".locks" / f"{unique_name(name)}.lock"

    def folders(self) -> tuple[Path, ...]:
        """Every converted folder, intact or not."""
        if not self.root.is_dir():
            return ()
        inside = sorted(self.root.iterdir())
        return tuple(p for p in inside if not p.name.startswith(".") and p.is_dir())

    def folders_of(self, reference: Reference) -> tuple[Path, ...]:
        """The converted folders of a model, in any number format."""
        return tuple(f for f in self.folders() if _matches(f, read_record(f), reference))

    def converted_as(self, source_sha256: str, weights: str) -> Path | None:
        """An intact folder with the converted weights of a source, whatever its name."""
        for folder in self.folders():
            record = read_record(folder)
            if record is None or damage(folder, record):
                continue
            if (record.source_sha256, record.weights) == (source_sha256, weights):
                return folder
        return None

    def named(self, name: str) -> Record | None:
        """The record of the model that was pulled by this name."""
        records = (read_record(folder) for folder in self.folders())
        wanted = name.casefold()
        return next((r for r in records if r is not None and r.name.casefold() == wanted), None)

    def made_from(self, name: str) -> Path | None:
        """The absolute path for a name, if an installed model was converted from it."""
        path = Path(os.path.abspath(Path(name).expanduser()))  # noqa: PTH100 - it may be deleted
        known = (read_record(folder) for folder in self.folders())
        sources = [source.file for record in known if record for source in record.sources]
        return path if any(path in (file, file.parent) for file in sources) else None

    def installed(self) -> tuple[InstalledModel, ...]:
        """Every converted folder, sorted by name; damaged ones have a `problem`."""
        models = [inspect_folder(folder) for folder in self.folders()]
        return tuple(sorted(models, key=lambda model: (model.name, model.weights)))


def inspect_folder(folder: Path) -> InstalledModel:
    """The model in a converted folder, by its record or, without one, by the folder's name."""
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
    """Total size of the regular files below a folder; files that vanish meanwhile are skipped."""
    total = 0
    for parent, _, names in os.walk(folder):  # rglob fails if a folder vanishes
        for name in names:
            try:
                status = Path(parent, name).lstat()
            except OSError:
                continue
            total += status.st_size if stat.S_ISREG(status.st_mode) else 0
    return total


def delete_folder(folder: Path) -> None:
    """Delete a folder of the store. It is renamed first, so it is never found half deleted.

    Raises ModelError if it cannot be removed.
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
            f"Cannot remove {folder}: {error.strerror}.",
            hint="Check its owner, and whether another program is using it.",
        ) from error


def _from_folder(folder: Path) -> tuple[str, str]:
    parts = _FOLDER.fullmatch(folder.name)
    return (parts["name"], parts["weights"]) if parts else (folder.name, "")


def _matches(folder: Path, record: Record | None, reference: Reference) -> bool:
    if record is None:
        return _from_folder(folder)[0] == safe_name(reference.canonical)
    match reference:
        case CatalogName(entry):
            return record.source_sha256 == entry.sha256
        case LocalName(path) | FoundName(path=path):
            if not path.exists():  # deleted by the user, but the converted folder remains
                return path in [p for s in record.sources for p in (s.file, s.file.parent)]
            return set(fingerprints(path)) <= set(record.sources)
        case _:
            return record.name == reference.canonical
