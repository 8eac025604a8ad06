"""Pulls a model: locks it, fetches its weights, converts them and records the result.

Every step leaves either nothing or something that the next pull resumes from. An intact converted
folder is never replaced.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from assistant.errors import ModelError
from assistant.models.catalog import Weights, find_by_hash
from assistant.models.installed import Layout, delete_folder, inspect_folder
from assistant.models.names import CatalogName, FoundName, HubName, LocalName, Reference
from assistant.models.progress import CancelFlag, PullProgress, Report, check_cancelled
from assistant.models.record import (
    Fingerprint,
    Record,
    damage,
    fingerprints,
    lengths,
    manifest_problem,
    read_record,
    write_record,
)
from assistant.models.sources import (
    Fetched,
    Job,
    Services,
    discard,
    fetch_entry,
    fetch_hub,
    fetch_local,
)
from assistant.models.space import NoSpace

_LOCK_POLL = 0.5
"""Seconds between attempts to take a lock that another pull holds."""


def pull(
    layout: Layout,
    reference: Reference,
    report: Report,
    cancel: CancelFlag,
    *,
    weights: Weights,
    source: Path | None,
    services: Services,
) -> Path:
    """See `ModelStore.pull`."""
    name = reference.canonical
    job = Job(layout.downloads(name), weights, report, cancel, services)
    try:
        with _locked(layout.lock(name), name, job):
            folder = _find_intact(layout, reference, weights)
            if folder is None:
                folder = _install(layout, reference, _fetch(reference, source, job), job)
    except OSError as error:
        raise _write_error(layout, error) from error
    report(PullProgress("done", 1, 1, detail=str(folder)))
    return folder


def _fetch(reference: Reference, source: Path | None, job: Job) -> Fetched:
    match reference:
        case CatalogName(entry):
            return fetch_entry(entry, job, source)
        case HubName():
            return fetch_hub(reference, job)
        case LocalName(path) | FoundName(path=path):
            return fetch_local(path, job)


def _find_intact(layout: Layout, reference: Reference, weights: Weights) -> Path | None:
    """An intact converted folder of the model in this number format."""
    for folder in layout.folders_of(reference):
        model = inspect_folder(folder)
        if model.weights == weights and not model.problem:
            return folder
    return None


def _install(layout: Layout, reference: Reference, fetched: Fetched, job: Job) -> Path:
    """Convert into the target folder, unless the same weights are already converted."""
    entry = find_by_hash(fetched.sha256)
    name = entry.id if entry else reference.canonical
    target = layout.target(name, fetched.sha256, job.weights)
    own = fingerprints(reference.path) if isinstance(reference, LocalName | FoundName) else ()
    with _locked(layout.lock(f"{fetched.sha256}-{job.weights}"), name, job):
        target = layout.converted_as(fetched.sha256, job.weights) or target
        record = read_record(target)
        if record is not None and not damage(target, record):
            sources = tuple(dict.fromkeys((*record.sources, *own)))
            write_record(target, replace(record, sources=sources))
        else:
            _convert(layout, target, name, fetched, own, job)
    if fetched.owned:
        discard(job)
    return target


def _convert(
    layout: Layout,
    target: Path,
    name: str,
    fetched: Fetched,
    own: tuple[Fingerprint, ...],
    job: Job,
) -> None:
    staging = layout.staging(target)
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    converted = staging / "converted"
    job.report(PullProgress("converting", detail=name))
    try:
        job.services.convert(
            fetched.source.path, converted, job.weights, name, job.report, job.cancel
        )
        problem = manifest_problem(converted)
        if problem:
            raise ModelError(
                f"The conversion of {name} produced an unusable folder: {problem}.",
                hint="Pull again; the download is kept.",
            )
        _sync(converted)
        files = lengths(converted)
        write_record(
            converted, Record(name, fetched.sha256, job.weights, fetched.place, files, own)
        )
        if target.exists():
            delete_folder(target)
        converted.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Sync the files to disk before a record marks them as complete."""
    for path in folder.iterdir():
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _locked(path: Path, name: str, job: Job) -> Iterator[None]:
    """Hold a lock, and report that the pull waits while another one has it. Raises Cancelled."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    wait = 0.0
    while True:
        try:
            lock.acquire(timeout=wait)
            break
        except Timeout:
            check_cancelled(job.cancel)
            job.report(PullProgress("waiting", detail=f"another pull of {name}"))
            wait = _LOCK_POLL
    try:
        yield
    finally:
        lock.release()


def _write_error(layout: Layout, error: OSError) -> ModelError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace(
            f"The disk is full: the weights do not fit in {layout.root}.",
            hint="Free some space and pull again; the download is kept.",
        )
    return ModelError(
        f"Cannot write the weights to {layout.root}: {error.strerror or error}.",
        hint="Check the folder's permissions, or set ASSISTANT_CACHE_DIR to another folder.",
    )
