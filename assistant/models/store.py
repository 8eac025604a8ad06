"""Owns the folder of converted weights: what is in it, what a name leads to, what is removed.

Layout below `cache_dir/models`: one folder per model and number format, named
`<name>-<first 12 of the source's SHA-256>-<int8|bf16>`, made complete elsewhere and renamed into
place; `.downloads`, `.staging` and `.locks` for work under way. Refuses to touch anything else.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ModelError
from assistant.models.catalog import Weights
from assistant.models.names import CatalogName, HubName, LocalName, parse_name, safe_name
from assistant.models.record import (
    MANIFEST,
    Record,
    damage,
    fingerprints,
    manifest_problem,
    read_record,
)

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


class ModelStore:
    """The converted weights below one cache directory."""

    def __init__(self, cache_dir: Path, *, weights: Weights = "int8") -> None:
        """`weights` is the number format of the device in use: int8 for CPU, bf16 for CUDA."""
        self.root = cache_dir / "models"
        self.weights: Weights = weights

    def resolve(self, name: str, *, weights: Weights | None = None) -> Path:
        """The converted folder of a model.

        Raises ModelError when the name is unknown, not pulled in this number format, or damaged.
        """
        reference = parse_name(name, tuple(model.name for model in self.installed()))
        if isinstance(reference, LocalName) and (reference.path / MANIFEST).is_file():
            return _converted_elsewhere(reference.path)
        wanted = weights or self.weights
        matches = [m for m in self.installed() if m.path in self._folders_of(reference)]
        fitting = [m for m in matches if m.weights == wanted]
        intact = next((m for m in fitting if not m.problem), None)
        if intact is not None:
            return intact.path
        raise _not_ready(reference.canonical, wanted, fitting, matches)

    def installed(self) -> tuple[InstalledModel, ...]:
        """Every folder the store made, by name, the damaged ones with what is wrong."""
        models = []
        for folder in self._folders():
            record = read_record(folder)
            models.append(
                InstalledModel(
                    name=record.name if record else _from_folder(folder)[0],
                    path=folder,
                    weights=record.weights if record else _from_folder(folder)[1],
                    bytes=tree_bytes(folder),
                    source_sha256=record.source_sha256 if record else "",
                    place=record.place if record else "",
                    problem=damage(folder, record),
                )
            )
        return tuple(sorted(models, key=lambda model: (model.name, model.weights)))

    def remove(self, name: str) -> int:
        """Deletes what the store made for a name, unfinished downloads included; bytes freed.

        A user's own files are never touched. Raises ModelError when there is nothing to remove.
        """
        folders = [f for f in self._folders() if f.name == name]
        if not folders:
            reference = parse_name(name, tuple(model.name for model in self.installed()))
            folders = [*self._folders_of(reference), *self._downloads_of(reference)]
        if not folders:
            raise ModelError(
                f"Nothing of {name} is in {self.root}.",
                hint="`assistant models list` shows what is there.",
            )
        freed = sum(tree_bytes(folder) for folder in folders)
        for folder in folders:
            _delete(folder)
        return freed

    def target(self, name: str, sha256: str, weights: Weights) -> Path:
        """The folder a source is converted into."""
        return self.root / f"{safe_name(name)}-{sha256[:12]}-{weights}"

    def download_folder(self, name: str) -> Path:
        """Where unfinished and unconverted downloads of a name lie."""
        return self.root / ".downloads" / safe_name(name)

    def _folders(self) -> tuple[Path, ...]:
        if not self.root.is_dir():
            return ()
        inside = sorted(self.root.iterdir())
        return tuple(p for p in inside if not p.name.startswith(".") and p.is_dir())

    def _folders_of(self, reference: CatalogName | HubName | LocalName) -> tuple[Path, ...]:
        return tuple(f for f in self._folders() if _is_of(f, read_record(f), reference))

    def _downloads_of(self, reference: CatalogName | HubName | LocalName) -> tuple[Path, ...]:
        folder = self.download_folder(reference.canonical)
        return (folder,) if folder.is_dir() else ()


def tree_bytes(folder: Path) -> int:
    """Bytes of all regular files below a folder; files that vanish meanwhile count nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            if path.is_file() and not path.is_symlink():
                total += path.stat().st_size
        except OSError:
            continue
    return total


def _from_folder(folder: Path) -> tuple[str, str]:
    """Name and number format as far as a folder's own name tells, for one without a record."""
    parts = _FOLDER.fullmatch(folder.name)
    return (parts["name"], parts["weights"]) if parts else (folder.name, "")


def _is_of(
    folder: Path, record: Record | None, reference: CatalogName | HubName | LocalName
) -> bool:
    if record is None:
        return _from_folder(folder)[0] == safe_name(reference.canonical)
    match reference:
        case CatalogName(entry):
            return record.source_sha256 == entry.sha256
        case HubName():
            return record.name == reference.canonical
        case LocalName(path):
            return bool(record.sources) and record.sources == fingerprints(path)


def _converted_elsewhere(folder: Path) -> Path:
    record = read_record(folder)
    problem = damage(folder, record) if record else manifest_problem(folder)
    if problem:
        raise ModelError(
            f"The converted weights in {folder} are damaged: {problem}.",
            hint="Convert them again from their source, or name another model.",
        )
    return folder


def _not_ready(
    name: str, wanted: str, fitting: list[InstalledModel], matches: list[InstalledModel]
) -> ModelError:
    if fitting:
        damaged = fitting[0]
        return ModelError(
            f"The weights of {name} are damaged: {damaged.problem} (in {damaged.path}).",
            hint=f"Run `assistant models remove {name}`, then `assistant models pull {name}`.",
        )
    device = "the CPU" if wanted == "int8" else "CUDA"
    have = f" It is there as {matches[0].weights} only." if matches else ""
    return ModelError(
        f"The weights of {name} are not there for {device} ({wanted}).{have}",
        hint=f"Run `assistant models pull {name}`.",
    )


def _delete(folder: Path) -> None:
    """Renames first, so that a folder half deleted is never found."""
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
