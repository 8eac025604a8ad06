"""Pulling weights from the user's own files."""

import pytest

from assistant.errors import ModelError
from tests.models.pulls import ignore


def test_a_file_named_by_the_user_is_the_only_source(store, world, make_flag, tmp_path) -> None:
    own = tmp_path / world.entry.file
    own.write_bytes(world.content())
    store.pull("tiny-1b", ignore, make_flag(), source=tmp_path)
    assert (world.fetched, world.converted) == ([], [own])
    assert own.exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c[:-1] + b"?", "wrong SHA-256"),
        (lambda c: c[:-1], "bytes"),
        (lambda c: b"version https://git-lfs and so on", "pointer"),
        (lambda c: b"\x80\x04" + c, "pickle"),
    ],
)
def test_a_wrong_file_named_by_the_user_is_refused_and_kept(
    store, world, make_flag, tmp_path, change, message
) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(change(world.content()))
    before = own.read_bytes()
    with pytest.raises(ModelError, match=message):
        store.pull("tiny-1b", ignore, make_flag(), source=own)
    assert own.read_bytes() == before
    assert (world.fetched, world.converted) == ([], [])


def test_a_local_file_is_converted_in_place(store, world, make_flag, tmp_path) -> None:
    own = tmp_path / "My Model.gguf"
    own.write_bytes(world.content(b" of my own making"))
    folder = store.pull(str(own), ignore, make_flag())
    assert store.resolve(str(own)) == folder
    assert own.exists()
    assert "my-model" in folder.name


def test_the_path_of_a_deleted_file_still_names_its_model(
    store, world, make_flag, tmp_path
) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(world.content(b" of my own making"))
    folder = store.pull(str(own), ignore, make_flag())
    own.unlink()
    assert store.resolve(str(own)) == folder
    assert store.remove(str(own)) > 0
    with pytest.raises(ModelError, match="No such file or folder"):
        store.resolve(str(own))


def test_identical_files_are_converted_once(store, world, make_flag, tmp_path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(world.content())
    first = store.pull(str(own), ignore, make_flag())
    assert store.resolve("tiny-1b") == first
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(own.read_bytes())
    assert store.pull(str(copy), ignore, make_flag()) == first
    assert store.resolve(str(copy)) == store.resolve(str(own)) == first
    assert world.converted == [own]
