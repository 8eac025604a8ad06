"""Resolving, listing and removing installed models."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.errors import ModelError
from assistant.models.catalog import CATALOG, Weights, find_entry
from assistant.models.folder import FORMAT_VERSION
from assistant.models.installed import tree_bytes
from assistant.models.record import (
    CONVERTED_FORMAT,
    RECORD,
    Fingerprint,
    Record,
    fingerprints,
    lengths,
    write_record,
)
from assistant.models.store import ModelStore

SMALL = CATALOG[-1]


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "cache")


@pytest.fixture
def install(store: ModelStore, converted: Callable[..., Path]) -> Callable[..., Path]:
    """A function that adds a converted folder to the store, as a pull does."""

    def put(
        name: str,
        sha256: str,
        weights: Weights = "int8",
        sources: tuple[Fingerprint, ...] = (),
    ) -> Path:
        folder = converted(store.layout.target(name, sha256, weights))
        write_record(folder, Record(name, sha256, weights, "mirror", lengths(folder), sources))
        return folder

    return put


Install = Callable[..., Path]


def test_a_catalog_model_is_resolved_by_id_in_any_case_and_by_repository(
    install: Install, store: ModelStore
) -> None:
    folder = install(SMALL.id, SMALL.sha256)
    assert store.resolve(SMALL.id) == folder
    assert store.resolve(SMALL.id.upper()) == folder
    assert store.resolve(SMALL.repo) == folder


def test_each_device_has_its_own_weights(install: Install, store: ModelStore) -> None:
    int8 = install(SMALL.id, SMALL.sha256, "int8")
    bf16 = install(SMALL.id, SMALL.sha256, "bf16")
    assert store.resolve(SMALL.id, weights="int8") == int8
    assert store.resolve(SMALL.id, weights="bf16") == bf16
    assert ModelStore(store.layout.root.parent, weights="bf16").resolve(SMALL.id) == bf16


def test_weights_for_the_other_device_are_not_used(install: Install, store: ModelStore) -> None:
    install(SMALL.id, SMALL.sha256, "int8")
    with pytest.raises(ModelError, match=r"for CUDA.*only as int8") as caught:
        store.resolve(SMALL.id, weights="bf16")
    assert f"assistant models pull {SMALL.id}" in caught.value.hint


def test_the_error_for_a_missing_model_says_how_to_pull_it(store: ModelStore) -> None:
    with pytest.raises(ModelError, match="not installed") as caught:
        store.resolve(SMALL.id)
    assert f"assistant models pull {SMALL.id}" in caught.value.hint


def test_similar_names_are_suggested_for_an_unknown_one(store: ModelStore) -> None:
    with pytest.raises(ModelError, match="Unknown model") as caught:
        store.resolve("qwen-coder-1.5b")
    assert "qwen2.5-coder-1.5b" in caught.value.hint


@pytest.mark.parametrize("name", ["", "   "])
def test_an_empty_name_is_refused(store: ModelStore, name: str) -> None:
    with pytest.raises(ModelError, match="name is empty"):
        store.resolve(name)


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "~/nowhere", "nowhere.gguf"])
def test_a_missing_path_is_reported(store: ModelStore, name: str) -> None:
    with pytest.raises(ModelError, match="No such file or folder"):
        store.resolve(name)


def test_the_path_of_a_converted_folder_resolves_to_itself(
    converted: Install, store: ModelStore, tmp_path: Path
) -> None:
    folder = converted(tmp_path / "elsewhere")
    assert store.resolve(str(folder)) == folder


def test_a_damaged_folder_elsewhere_is_refused(
    converted: Install, store: ModelStore, tmp_path: Path
) -> None:
    folder = converted(tmp_path / "elsewhere")
    (folder / "weights.safetensors").unlink()
    with pytest.raises(ModelError, match=r"damaged: weights\.safetensors is missing"):
        store.resolve(str(folder))


def test_a_folder_named_like_a_hub_id_does_not_shadow_it(
    converted: Install, store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    converted(tmp_path / "org" / "name")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="weights of org/name are not installed"):
        store.resolve("org/name")
    assert store.resolve("./org/name") == tmp_path / "org" / "name"


def test_the_users_own_file_is_found_until_it_changes(
    install: Install, store: ModelStore, tmp_path: Path
) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF")
    folder = install(str(own), "ab" * 32, sources=fingerprints(own))
    assert store.resolve(str(own)) == folder
    own.write_bytes(b"GGUF of another size")
    with pytest.raises(ModelError, match="not installed"):
        store.resolve(str(own))


def break_weights(folder: Path) -> None:
    (folder / "weights.safetensors").write_bytes(b"w" * 63)


def break_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format_version": ')


def break_manifest_version(folder: Path) -> None:
    (folder / "manifest.json").write_text("[]")


def outdate(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format_version": 0}')


def break_record(folder: Path) -> None:
    (folder / RECORD).write_text('{"format": 1}')


def drop_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


DAMAGES = [
    (break_weights, "63 bytes instead of 64"),
    (break_manifest, "manifest.json cannot be read"),
    (break_manifest_version, "unsupported format None (expected 1)"),
    (outdate, "unsupported format 0 (expected 1)"),
    (break_record, "store.json is missing or unreadable"),
    (drop_tokenizer, "tokenizer.json is missing"),
]


@pytest.mark.parametrize(("damage", "problem"), DAMAGES)
def test_damage_is_reported_with_a_hint(
    install: Install, store: ModelStore, damage: Callable[[Path], None], problem: str
) -> None:
    folder = install(SMALL.id, SMALL.sha256)
    damage(folder)
    (listed,) = store.installed()
    assert problem in listed.problem
    assert (listed.name, listed.weights) == (SMALL.id, "int8")
    with pytest.raises(ModelError, match="damaged") as caught:
        store.resolve(SMALL.id)
    assert problem in caught.value.message
    assert f"assistant models pull {SMALL.id}" in caught.value.hint
    assert store.remove(SMALL.id) > 0
    assert store.installed() == ()


def test_installed_models_have_a_size_and_an_origin(install: Install, store: ModelStore) -> None:
    assert store.installed() == ()
    folder = install(SMALL.id, SMALL.sha256)
    (listed,) = store.installed()
    assert listed.problem == ""
    assert listed.place == "mirror"
    assert listed.bytes == sum(p.stat().st_size for p in folder.iterdir())


def test_remove_deletes_only_what_the_store_created(
    install: Install, store: ModelStore, tmp_path: Path
) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF")
    install(str(own), "ab" * 32, sources=fingerprints(own))
    other = install(SMALL.id, SMALL.sha256)
    store.remove(str(own))
    assert own.read_bytes() == b"GGUF"
    assert [model.path for model in store.installed()] == [other]


def test_remove_deletes_unfinished_downloads(store: ModelStore) -> None:
    folder = store.layout.downloads(SMALL.id)
    folder.mkdir(parents=True)
    (folder / "file.part").write_bytes(b"x" * 10)
    assert store.remove(SMALL.id) == 10
    assert not folder.exists()


def test_removing_a_missing_model_is_an_error(store: ModelStore) -> None:
    with pytest.raises(ModelError, match="is not installed"):
        store.remove(SMALL.id)


def test_folders_that_vanish_while_being_measured_are_skipped(tmp_path, monkeypatch) -> None:
    (tmp_path / "here").write_bytes(b"1234")
    (tmp_path / "going").mkdir()
    real = os.scandir

    def scandir(path: object) -> object:
        if str(path).endswith("going"):
            raise FileNotFoundError(2, "No such file or directory")
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    assert tree_bytes(tmp_path) == 4


def test_the_store_and_the_converter_use_the_same_format_version() -> None:
    assert CONVERTED_FORMAT == FORMAT_VERSION


def test_the_parts_of_every_catalog_entry_add_up() -> None:
    for entry in CATALOG:
        assert sum(part.bytes for part in entry.mirror) == entry.bytes
        assert len(entry.sha256) == 64
        assert find_entry(entry.id) is entry
