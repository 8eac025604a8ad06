"""System calls that change files, and their emulation where they are not available."""

import ctypes
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.apply import system as module
from assistant.apply.system import ASIDE, System, read_regular


@pytest.fixture
def at(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


def _failing(code: int) -> Callable[..., int]:
    def call(*_: object) -> int:
        ctypes.set_errno(code)
        return -1

    return call


@pytest.mark.parametrize("call", [None, _failing(errno.ENOSYS), _failing(errno.EINVAL)])
def test_exchange_works_without_renameat2(
    tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch, call: Callable[..., int] | None
) -> None:
    monkeypatch.setattr(module, "_renameat2", lambda: call)
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    System().exchange("a", "b", at)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"b", "b": b"a"}
    with pytest.raises(FileExistsError):
        System().move_new("a", "b", at)
    System().move_new("a", "c", at)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"b": b"a", "c": b"b"}


def test_other_failures_of_renameat2_are_errors(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_renameat2", lambda: _failing(errno.EIO))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        System().exchange("a", "b", at)


@pytest.mark.parametrize("act", ["exchange", "move_new"])
def test_an_unexpected_link_failure_is_an_error(tmp_path: Path, at: int, act: str) -> None:
    class Broken(System):
        def rename_flags(self, source: str, target: str, at: int, flags: int) -> bool:
            return False

        def link(self, source: str, target: str, at: int) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        getattr(Broken(), act)("a", "b", at)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"a", "b": b"b"}


def test_move_without_hard_links_does_not_replace(tmp_path: Path, at: int) -> None:
    class Linkless(System):
        def rename_flags(self, source: str, target: str, at: int, flags: int) -> bool:
            return False

        def link(self, source: str, target: str, at: int) -> None:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    with pytest.raises(FileExistsError):
        Linkless().move_new("a", "b", at)
    Linkless().move_new("a", "c", at)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"b": b"b", "c": b"a"}


@pytest.mark.parametrize(
    ("files", "settled"),
    [
        ({"t": b"old", "f": b"new"}, {"t": b"old", "f": b"new"}),
        ({"t": b"new", "f" + ASIDE: b"old"}, {"t": b"new", "f": b"old"}),
        ({"f": b"new", "f" + ASIDE: b"old"}, {"t": b"old", "f": b"new"}),
        (
            {"t": b"mine", "f": b"new", "f" + ASIDE: b"old"},
            {"t": b"mine", "f": b"new", "f" + ASIDE: b"old"},
        ),
    ],
)
def test_an_interrupted_exchange_is_settled(
    tmp_path: Path, at: int, files: dict[str, bytes], settled: dict[str, bytes]
) -> None:
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    System().settle_exchange("f", "t", at)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == settled


def test_a_folder_that_cannot_be_synced_is_not_an_error(at: int) -> None:
    class Network(System):
        code = errno.EINVAL

        def fsync(self, fd: int) -> None:
            raise OSError(self.code, os.strerror(self.code))

    system = Network()
    system.sync_folder(at)
    Network.code = errno.EIO
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        system.sync_folder(at)


def test_only_regular_files_are_read(tmp_path: Path, at: int) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    found = {name: read_regular(System(), name, at) for name in [*os.listdir(at), "absent"]}
    assert found == {"file": b"x", "link": None, "folder": None, "pipe": None, "absent": None}


@pytest.mark.parametrize("code", [errno.ENOENT, errno.ELOOP, errno.EIO])
def test_a_file_replaced_before_it_is_opened(tmp_path: Path, at: int, code: int) -> None:
    class Late(System):
        def open_old(self, name: str, at: int) -> int:
            raise OSError(code, os.strerror(code))

    (tmp_path / "file").write_bytes(b"x")
    if code == errno.EIO:
        with pytest.raises(OSError, match=os.strerror(code)):
            read_regular(Late(), "file", at)
    else:
        assert read_regular(Late(), "file", at) is None
