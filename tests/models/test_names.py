"""Parsing model names, and deriving file names from them."""

import pytest

from assistant.errors import ModelError
from assistant.models.catalog import CATALOG
from assistant.models.names import (
    CatalogName,
    HubName,
    LocalName,
    parse_name,
    safe_name,
    unique_name,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("qwen2.5-coder-0.5b", CatalogName(CATALOG[1])),
        (" QWEN2.5-Coder-0.5B ", CatalogName(CATALOG[1])),
        ("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", CatalogName(CATALOG[1])),
        ("Qwen/Qwen2.5-Coder-7B-Instruct", HubName("Qwen/Qwen2.5-Coder-7B-Instruct")),
        ("org/name/a.gguf", HubName("org/name", "a.gguf")),
        ("org/name/q4/a.gguf", HubName("org/name", "q4/a.gguf")),
    ],
)
def test_catalog_and_hub_names_are_parsed(name, expected) -> None:
    assert parse_name(name) == expected


def test_paths_are_resolved(tmp_path, monkeypatch) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("own.gguf", "./own.gguf", str(own), "~/own.gguf"):
        assert parse_name(name) == LocalName(own)


@pytest.mark.parametrize(
    "name", ["a/b/c", "../b", "a/..", "org/name/../a.gguf", "-x/y", "\0", "a" * 5000, "a b"]
)
def test_an_invalid_name_is_refused(name, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError):
        parse_name(name)


def test_installed_models_are_suggested_too() -> None:
    with pytest.raises(ModelError) as caught:
        parse_name("my-fine-modle", ("my-fine-model",))
    assert "Did you mean my-fine-model?" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("qwen2.5-coder-0.5b", "qwen2.5-coder-0.5b"),
        ("Org/Name", "org-name"),
        ("/home/u/My Models/a b.gguf", "my-models-a-b"),
        ("/..", "model"),
        ("x" * 200, "x" * 60),
    ],
)
def test_names_are_safe_as_file_names(name, expected) -> None:
    assert safe_name(name) == expected


def test_different_names_never_share_a_file_name() -> None:
    first, second = "org/a/q4/model.gguf", "org/b/q4/model.gguf"
    assert safe_name(first) == safe_name(second)
    assert unique_name(first) != unique_name(second)
