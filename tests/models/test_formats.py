"""Recognizing weights on disk, and refusing everything else."""

import hashlib
import json
import struct
from pathlib import Path

import pytest

from assistant.errors import Cancelled, ModelError
from assistant.models.formats import digest, find_source, recognize


def safetensors(data: bytes = b"abc", promised: int | None = None) -> bytes:
    size = len(data) if promised is None else promised
    entry = {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}
    header = json.dumps({"__metadata__": {"format": "pt"}, "t": entry}).encode()
    return struct.pack("<Q", len(header)) + header + data


def gguf(size: int = 32) -> bytes:
    """A file with a tensor of 32 one-byte values, of which `size` bytes are present."""
    name = b"t"
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 0)
    head += struct.pack("<Q", len(name)) + name + struct.pack("<IQIQ", 1, 32, 24, 0)
    return head + b"\0" * (-len(head) % 32) + b"\0" * size


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.gguf", gguf(), "gguf"),
        ("no-suffix", gguf(), "gguf"),
        ("a.safetensors", safetensors(), "safetensors"),
    ],
)
def test_weights_are_recognized_by_their_content(tmp_path, name, content, expected) -> None:
    (tmp_path / name).write_bytes(content)
    assert recognize(tmp_path / name) == expected


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.gguf", b"", "neither"),
        ("a.gguf", b"version https://git-lfs/spec/v1\noid sha256:00", "pointer"),
        ("a.gguf", b"<!doctype html><title>Moved</title>", "neither"),
        ("a.gguf", gguf(31), "past the end of the file"),
        ("a.gguf", gguf()[:20], "not a valid GGUF file"),
        ("a.gguf", b"GGUF" + struct.pack("<IQQ", 9, 0, 0), "version 9"),
        ("a.safetensors", safetensors(b"ab", promised=3), "incomplete"),
        ("a.safetensors", safetensors(b"abc")[:40], "incomplete"),
        ("a.safetensors", safetensors(b"abcd", promised=3), "incomplete"),
        ("a.bin", safetensors(), "pickle"),
        ("a.pt", b"PK\x03\x04", "pickle"),
        ("a.gguf", b"PK\x03\x04", "pickle"),
        ("a.gguf", b"\x80\x04\x95", "pickle"),
        ("a.safetensors", b"\x80\x02\x8a", "pickle"),
    ],
)
def test_anything_else_is_refused_with_a_reason(tmp_path, name, content, message) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=message):
        recognize(tmp_path / name)


def test_an_unreadable_file_is_reported(tmp_path) -> None:
    with pytest.raises(ModelError, match="Cannot read"):
        recognize(tmp_path / "absent.gguf")


def model_folder(folder: Path, **files: bytes) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return folder


def test_a_folder_of_safetensors_is_a_source(tmp_path) -> None:
    folder = model_folder(
        tmp_path / "m",
        config__json=b"{}",
        b__safetensors=safetensors(),
        a__safetensors=safetensors(),
    )
    source = find_source(folder)
    assert [file.name for file in source.files] == ["a.safetensors", "b.safetensors"]
    assert (source.path, source.gguf) == (folder, False)


def test_a_folder_with_one_gguf_file_is_a_source(tmp_path) -> None:
    folder = model_folder(tmp_path / "m", a__gguf=gguf())
    assert find_source(folder).path == folder / "a.gguf"


INDEX = b'{"weight_map": {"t": "a.safetensors", "u": "b.safetensors"}}'


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no weights"),
        ({"config__json": b"{}", "pytorch_model__bin": b"\x80\x02"}, "pickle"),
        ({"a__gguf": gguf(), "b__gguf": gguf()}, r"several GGUF files: a\.gguf, b\.gguf"),
        ({"a__safetensors": safetensors()}, r"Cannot read .*config\.json"),
        ({"config__json": b"{", "a__safetensors": safetensors()}, r"Cannot read .*config\.json"),
        (
            {
                "config__json": b'{"auto_map": {"AutoModel": "m.M"}}',
                "a__safetensors": safetensors(),
            },
            "custom code",
        ),
        (
            {
                "config__json": b"{}",
                "a__safetensors": safetensors(),
                "model__safetensors__index__json": INDEX,
            },
            r"missing 1 of 2 files: b\.safetensors",
        ),
        ({"config__json": b"{}", "a__safetensors": b"version https://git-lfs"}, "pointer"),
        ({"config__json": b"{}", "a__safetensors": safetensors()[:-1]}, "incomplete"),
        ({"config__json": b"{}", "a__safetensors": gguf()}, "not a safetensors file"),
    ],
)
def test_an_unusable_folder_is_refused(tmp_path, files, message) -> None:
    with pytest.raises(ModelError, match=message):
        find_source(model_folder(tmp_path / "m", **files))


def test_safetensors_without_their_folder_are_refused(tmp_path) -> None:
    folder = model_folder(tmp_path / "m", a__safetensors=safetensors())
    with pytest.raises(ModelError, match="contains only weights"):
        find_source(folder / "a.safetensors")


def test_a_digest_covers_each_file_and_all_together(tmp_path, make_flag) -> None:
    folder = model_folder(tmp_path / "m", a=b"one", b=b"two")
    seen: list[int] = []
    found = digest((folder / "a", folder / "b"), make_flag(), seen.append)
    assert found.whole == hashlib.sha256(b"onetwo").hexdigest()
    assert found.each == (hashlib.sha256(b"one").hexdigest(), hashlib.sha256(b"two").hexdigest())
    assert seen == [3, 6]
    assert digest((folder / "a",), make_flag()).whole == hashlib.sha256(b"one").hexdigest()


def test_a_digest_can_be_cancelled(tmp_path, make_flag) -> None:
    folder = model_folder(tmp_path / "m", a=b"one")
    with pytest.raises(Cancelled):
        digest((folder / "a",), make_flag(after=0))
