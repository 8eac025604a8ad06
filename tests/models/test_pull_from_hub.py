"""Pulling weights from the hub or from its cache."""

import hashlib

import pytest

from assistant.errors import ModelError
from assistant.models.hub import HubFile, HubListing
from tests.models.pulls import ignore, leftovers


def test_a_file_in_the_hubs_cache_is_used_and_kept(store, world, make_flag, tmp_path) -> None:
    cached = tmp_path / "cached.gguf"
    cached.write_bytes(world.content())
    world.cache[world.entry.repo, world.entry.file] = cached
    store.pull("tiny-1b", ignore, make_flag())
    assert world.converted == [cached]
    assert cached.exists()
    assert [model.place for model in store.installed()] == ["hub cache"]


def test_a_wrong_file_in_the_hubs_cache_is_skipped_and_kept(
    store, world, make_flag, tmp_path
) -> None:
    cached = tmp_path / "cached.gguf"
    content = world.content()
    cached.write_bytes(content[:-1] + b"?")
    world.cache[world.entry.repo, world.entry.file] = cached
    store.pull("tiny-1b", ignore, make_flag())
    assert cached.exists()
    assert [model.place for model in store.installed()] == ["mirror"]


def serve(world, content: bytes, sha256: str | None = None) -> None:
    stated = hashlib.sha256(content).hexdigest() if sha256 is None else sha256
    file = HubFile(world.entry.file, len(content), stated)
    world.listings[world.entry.repo] = HubListing(world.entry.repo, "main", (file,))
    world.hub_files[world.entry.file] = content


def test_the_hub_is_tried_before_the_mirror(store, world, make_flag) -> None:
    serve(world, world.content())
    store.pull("tiny-1b", ignore, make_flag())
    assert [model.place for model in store.installed()] == ["hub"]
    assert world.fetched == []
    assert leftovers(store) == []


def test_a_download_with_a_wrong_hash_is_skipped(store, world, make_flag) -> None:
    content = world.content()
    serve(world, content[:-1] + b"?", world.entry.sha256)
    store.pull("tiny-1b", ignore, make_flag())
    assert [model.place for model in store.installed()] == ["mirror"]


def test_a_file_listed_with_another_hash_is_not_downloaded(store, world, make_flag) -> None:
    content = world.content()
    serve(world, content[:-1] + b"?")
    world.hub_files.clear()
    store.pull("tiny-1b", ignore, make_flag())
    assert [model.place for model in store.installed()] == ["mirror"]


def safetensors(data: bytes) -> bytes:
    header = b'{"t":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}' % (len(data), len(data))
    return len(header).to_bytes(8, "little") + header + data


def repository(world, files: dict[str, bytes], **wrong: str) -> None:
    listed = tuple(
        HubFile(
            name, len(content), wrong.get(name.split(".")[0], hashlib.sha256(content).hexdigest())
        )
        for name, content in files.items()
    )
    world.listings["org/name"] = HubListing("org/name", "main", listed)
    world.hub_files.update(files)


def test_any_repository_with_safetensors_can_be_pulled(store, world, make_flag) -> None:
    files = {
        "config.json": b"{}",
        "tokenizer.json": b"{}",
        "model.safetensors": safetensors(b"abc"),
    }
    repository(world, {**files, "modeling.py": b"import os", "pytorch_model.bin": b"\x80\x04"})
    folder = store.pull("org/name", ignore, make_flag())
    assert store.resolve("org/name") == folder
    assert sorted(world.downloaded) == sorted(files)
    (listed,) = store.installed()
    assert (listed.name, listed.place) == ("org/name", "hub")
    assert listed.source_sha256 == hashlib.sha256(files["model.safetensors"]).hexdigest()
    assert leftovers(store) == []


def test_a_downloaded_file_with_the_wrong_hash_is_deleted(store, world, make_flag) -> None:
    files = {"config.json": b"{}", "model.safetensors": safetensors(b"abc")}
    repository(world, files, model="0" * 64)
    with pytest.raises(ModelError, match="wrong SHA-256: expected 0000"):
        store.pull("org/name", ignore, make_flag())
    assert [path.name for path in leftovers(store)] == ["config.json"]


def test_a_snapshot_in_the_hubs_cache_is_used(store, world, make_flag, tmp_path) -> None:
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    (snapshot / "config.json").write_text("{}")
    (snapshot / "model.safetensors").write_bytes(safetensors(b"abc"))
    world.cache["org/name", "config.json"] = snapshot / "config.json"
    store.pull("org/name", ignore, make_flag())
    assert world.converted == [snapshot]
    assert (snapshot / "model.safetensors").exists()


def test_a_corrupt_file_in_the_hubs_cache_is_detected(store, world, make_flag, tmp_path) -> None:
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    (snapshot / "config.json").write_text("{}")
    blob = tmp_path / hashlib.sha256(safetensors(b"abc")).hexdigest()
    blob.write_bytes(safetensors(b"abd"))
    (snapshot / "model.safetensors").symlink_to(blob)
    world.cache["org/name", "config.json"] = snapshot / "config.json"
    with pytest.raises(ModelError, match="wrong SHA-256"):
        store.pull("org/name", ignore, make_flag())
    assert blob.exists()


def test_a_cached_snapshot_without_weights_is_not_used(store, world, make_flag, tmp_path) -> None:
    (tmp_path / "config.json").write_text("{}")
    world.cache["org/name", "config.json"] = tmp_path / "config.json"
    with pytest.raises(ModelError, match="unreachable"):
        store.pull("org/name", ignore, make_flag())
