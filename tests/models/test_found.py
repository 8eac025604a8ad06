"""Finding the models of other programs, and naming them."""

import os
from pathlib import Path
from typing import Any

import gguf
import pytest

from assistant.errors import ModelError
from assistant.models.catalog import Weights
from assistant.models.convert import convert
from assistant.models.found.files import FoundFile, Skipped, list_files
from assistant.models.found.places import usual_places
from assistant.models.found.search import Found, find_file, find_models, is_foreign
from assistant.models.gguf_facts import read_facts
from tests.models.found_kit import (
    MODEL,
    places_in,
    put,
    put_hub,
    put_ollama,
    write_manifest,
)

LIBRARY = "registry.ollama.ai/library"


def headed(path: Path, architecture: str, **facts: Any) -> bytes:
    """The bytes of a GGUF file without tensors; `__` in a name stands for a dot."""
    writer = gguf.GGUFWriter(str(path), architecture)
    for key, value in facts.items():
        name = key.replace("__", ".")
        add = writer.add_uint32 if isinstance(value, int) else writer.add_string
        add(name, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path.read_bytes()


def search(root: Path, weights: Weights = "int8") -> Found:
    return find_models(places_in(root), weights)


def why(found: Found) -> dict[str, str]:
    return {each.where: each.why for each in found.skipped}


def test_each_program_has_its_own_names(tmp_path: Path, tiny_gguf: bytes) -> None:
    blob = put_ollama(tmp_path, f"{LIBRARY}/coder/1.5b", tiny_gguf)
    put_ollama(tmp_path, "registry.ollama.ai/me/mine/latest", tiny_gguf + b"1")
    put_ollama(tmp_path, "hf.co/org/Coder-GGUF/Q8_0", tiny_gguf + b"2", mark=":")
    put(tmp_path, "lmstudio/org/Coder-GGUF/coder-q8.gguf", tiny_gguf + b"3")
    put(tmp_path, "llamacpp/org_coder.gguf", tiny_gguf + b"4")
    put_hub(tmp_path, "org/Coder", "coder.gguf", tiny_gguf + b"5")
    old = put_hub(tmp_path, "org/Coder", "coder.gguf", tiny_gguf + b"6", revision="old2")
    found = search(tmp_path)
    assert {(model.id, model.program) for model in found.models} == {
        ("ollama:coder:1.5b", "Ollama"),
        ("ollama:me/mine:latest", "Ollama"),
        ("ollama:hf.co/org/Coder-GGUF:Q8_0", "Ollama"),
        ("lmstudio:org/Coder-GGUF/coder-q8", "LM Studio"),
        ("llamacpp:org_coder", "llama.cpp"),
        ("org/Coder/coder.gguf", "hub cache"),
        (str(old), "hub cache"),
    }
    assert found.skipped == ()
    first = next(model for model in found.models if model.id == "ollama:coder:1.5b")
    assert (first.path, first.bytes, first.problem) == (blob, len(tiny_gguf), "")
    assert (first.architecture, first.quantization) == ("qwen2", "Q8_0")


def test_a_file_with_several_names_is_listed_once(tmp_path: Path, tiny_gguf: bytes) -> None:
    put_ollama(tmp_path, f"{LIBRARY}/coder/1.5b", tiny_gguf)
    put_ollama(tmp_path, f"{LIBRARY}/coder/latest", tiny_gguf)
    file = put(tmp_path, "llamacpp/coder.gguf", tiny_gguf + b"1")
    (tmp_path / "lmstudio").mkdir()
    (tmp_path / "lmstudio" / "linked.gguf").symlink_to(file)
    assert len(search(tmp_path).models) == 2


def test_a_name_that_stands_for_two_files_means_the_first(tmp_path: Path, tiny_gguf: bytes) -> None:
    put_ollama(tmp_path / "a", f"{LIBRARY}/coder/latest", tiny_gguf)
    other = put_ollama(tmp_path / "b", f"{LIBRARY}/coder/latest", tiny_gguf + b"1")
    both = places_in(tmp_path / "a").ollama + places_in(tmp_path / "b").ollama
    places = type(places_in(tmp_path))(ollama=both)
    assert [m.id for m in find_models(places, "int8").models] == ["ollama:coder:latest", str(other)]
    assert find_file("ollama:coder", places).path != other


def test_the_size_of_the_conversion_is_exact(tmp_path: Path, tiny_gguf: bytes) -> None:
    file = put(tmp_path, "tiny.gguf", tiny_gguf)
    for weights in ("int8", "bf16"):
        target = tmp_path / weights
        convert(file, target, weights, lambda *_: None)
        written = (target / "weights.safetensors").stat().st_size
        header = int.from_bytes((target / "weights.safetensors").read_bytes()[:8], "little") + 8
        assert read_facts(file, weights).converted_bytes == written - header


OTHERS = [
    ({"general__type": "adapter"}, "llama", "an adapter"),
    ({"general__type": "mmproj"}, "clip", "projector"),
    ({}, "clip", "projector"),
    ({}, "bert", "embedding model"),
    ({"qwen3__pooling_type": 3}, "qwen3", "embedding model"),
    ({"split__count": 3}, "qwen2", "split in 3 parts"),
]


@pytest.mark.parametrize(("facts", "architecture", "reason"), OTHERS)
def test_what_is_no_language_model_is_left_out(
    facts: dict[str, Any], architecture: str, reason: str, tmp_path: Path
) -> None:
    content = headed(tmp_path / "made", architecture, **facts)
    put(tmp_path, "llamacpp/other.gguf", content)
    found = search(tmp_path)
    assert found.models == ()
    assert reason in why(found)["llamacpp:other"]


def test_projectors_and_parts_are_told_by_their_names(tmp_path: Path, tiny_gguf: bytes) -> None:
    put(tmp_path, "lmstudio/o/m/mmproj-model-f16.gguf", tiny_gguf)
    for number in (1, 2, 3):
        put(tmp_path, f"lmstudio/o/m/big-0000{number}-of-00003.gguf", tiny_gguf + bytes([number]))
    found = search(tmp_path)
    assert found.models == ()
    assert {where: reason.split(";")[0] for where, reason in why(found).items()} == {
        "lmstudio:o/m/big-00001-of-00003": "split in 3 parts",
        "lmstudio:o/m/mmproj-model-f16": "a vision or audio projector, which belongs to another "
        "file",
    }


def test_a_model_that_cannot_run_is_listed_with_the_reason(tmp_path: Path) -> None:
    put(tmp_path, "llamacpp/gemma.gguf", headed(tmp_path / "a", "gemma3", gemma3__block_count=2))
    vocabulary = {"tokenizer__ggml__model": "gpt2", "tokenizer__ggml__pre": "qwen2"}
    put(tmp_path, "llamacpp/phi.gguf", headed(tmp_path / "b", "phi3", **vocabulary))
    put(tmp_path, "llamacpp/poor.gguf", headed(tmp_path / "c", "qwen2", **vocabulary))
    problems = {model.id: model.problem for model in search(tmp_path).models}
    assert "tokenizer" in problems["llamacpp:gemma"]
    assert "architecture phi3" in problems["llamacpp:phi"]
    assert "lacks the metadata key" in problems["llamacpp:poor"]
    assert all(model.converted_bytes == 0 for model in search(tmp_path).models)


def test_metadata_of_the_wrong_type_is_a_reason_and_no_crash(tmp_path: Path) -> None:
    facts = {
        "tokenizer__ggml__model": "gpt2",
        "tokenizer__ggml__pre": "qwen2",
        "qwen2__attention__head_count": "many",
        "qwen2__embedding_length": 64,
    }
    put(tmp_path, "llamacpp/odd.gguf", headed(tmp_path / "a", "qwen2", **facts))
    (model,) = search(tmp_path).models
    assert "inconsistent" in model.problem


BROKEN = [
    ("{", "its manifest cannot be read"),
    ("[]", "its manifest cannot be read"),
    ('{"layers": 3}', "its manifest cannot be read"),
    ("[" * 100_000, "its manifest cannot be read"),
    ({"layers": []}, "names no GGUF file (none)"),
    ({"layers": [{"mediaType": "application/vnd.ollama.image.tensor"}]}, "(tensors instead)"),
    ({"layers": [{"mediaType": MODEL, "digest": "sha256:../../etc/passwd"}]}, "no SHA-256"),
    ({"layers": [{"mediaType": MODEL}]}, "no SHA-256"),
    ({"layers": [{"mediaType": MODEL, "digest": "sha256:" + "a" * 64}]}, "is missing"),
]


@pytest.mark.parametrize(("manifest", "reason"), BROKEN)
def test_a_damaged_manifest_is_skipped_with_a_reason(
    manifest: Any, reason: str, tmp_path: Path, tiny_gguf: bytes
) -> None:
    put_ollama(tmp_path, f"{LIBRARY}/whole/latest", tiny_gguf)
    write_manifest(tmp_path, f"{LIBRARY}/broken/latest", manifest)
    found = search(tmp_path)
    assert [model.id for model in found.models] == ["ollama:whole:latest"]
    assert reason in why(found)["ollama:broken:latest"]
    with pytest.raises(ModelError, match="cannot be used") as caught:
        find_file("ollama:broken:latest", places_in(tmp_path))
    assert reason in caught.value.message


def test_an_incomplete_blob_is_skipped(tmp_path: Path, tiny_gguf: bytes) -> None:
    blob = put_ollama(tmp_path, f"{LIBRARY}/coder/latest", tiny_gguf)
    blob.write_bytes(tiny_gguf[:-10])
    assert f"instead of {len(tiny_gguf):,}" in why(search(tmp_path))["ollama:coder:latest"]


def test_a_truncated_file_is_skipped(tmp_path: Path, tiny_gguf: bytes) -> None:
    put(tmp_path, "llamacpp/cut.gguf", tiny_gguf[: len(tiny_gguf) // 2])
    put(tmp_path, "llamacpp/empty.gguf", b"")
    found = search(tmp_path)
    assert found.models == ()
    assert all("not a valid GGUF file" in reason for reason in why(found).values())
    assert len(found.skipped) == 2


def test_a_link_to_nothing_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "llamacpp").mkdir()
    (tmp_path / "llamacpp" / "gone.gguf").symlink_to(tmp_path / "nowhere")
    assert "cannot be read" in why(search(tmp_path))["llamacpp:gone"]


def test_a_model_with_an_adapter_is_not_used_without_it(tmp_path: Path, tiny_gguf: bytes) -> None:
    put_ollama(tmp_path, f"{LIBRARY}/tuned/latest", tiny_gguf, more=("adapter",))
    (model,) = search(tmp_path).models
    assert "adapter" in model.problem
    with pytest.raises(ModelError, match="adapter"):
        find_file("ollama:tuned", places_in(tmp_path))


def test_a_folder_that_cannot_be_read_is_reported(
    tmp_path: Path, tiny_gguf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "llamacpp/coder.gguf", tiny_gguf)
    put_ollama(tmp_path, f"{LIBRARY}/coder/latest", tiny_gguf)
    real = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("manifests"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    found = search(tmp_path)
    assert [model.id for model in found.models] == ["llamacpp:coder"]
    assert why(found) == {
        str(tmp_path / "ollama" / "manifests"): "cannot be read (permission denied)"
    }


def test_a_blob_that_may_not_be_read_is_skipped(
    tmp_path: Path, tiny_gguf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = put_ollama(tmp_path, f"{LIBRARY}/coder/latest", tiny_gguf)
    real = Path.open

    def opened(self: Path, *arguments: Any, **options: Any) -> Any:
        if self == blob:
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", opened)
    assert "Permission denied" in why(search(tmp_path))["ollama:coder:latest"]


def test_folders_that_link_to_each_other_are_read_once(tmp_path: Path, tiny_gguf: bytes) -> None:
    put(tmp_path, "lmstudio/org/model/coder.gguf", tiny_gguf)
    (tmp_path / "lmstudio" / "org" / "again").symlink_to(tmp_path / "lmstudio")
    listed = [item for item in list_files(places_in(tmp_path)) if isinstance(item, FoundFile)]
    assert [item.id for item in listed] == ["lmstudio:org/model/coder"]


def test_a_folder_with_too_many_files_is_not_read_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.models.found.files._MOST_FILES", 2)
    for number in range(4):
        put(tmp_path, f"llamacpp/{number}.gguf", b"")
    items = list(list_files(places_in(tmp_path)))
    assert isinstance(items[-1], Skipped)
    assert len(items) == 3


NAMES = [
    ("ollama:coder:1.5b", "ollama:coder:1.5b"),
    ("OLLAMA:Coder:1.5B", "ollama:coder:1.5b"),
    ("ollama:two", "ollama:two:latest"),
    ("ollama:single", "ollama:single:q4"),
    ("lmstudio:org/Repo/Coder", "lmstudio:org/Repo/Coder"),
    ("lmstudio:coder.gguf", "lmstudio:org/Repo/Coder"),
]


@pytest.mark.parametrize(("name", "expected"), NAMES)
def test_a_name_may_leave_out_what_is_clear(name: str, expected: str, tmp_path: Path) -> None:
    for place in ("coder/1.5b", "coder/7b", "two/latest", "two/7b", "single/q4"):
        put_ollama(tmp_path, f"{LIBRARY}/{place}", place.encode())
    put(tmp_path, "lmstudio/org/Repo/Coder.gguf", b"x")
    assert is_foreign(name)
    assert find_file(name, places_in(tmp_path)).id == expected


def test_a_name_that_means_several_models_is_refused_with_their_names(tmp_path: Path) -> None:
    for tag in ("7b", "14b"):
        put_ollama(tmp_path, f"{LIBRARY}/coder/{tag}", tag.encode())
    with pytest.raises(ModelError, match="more than one") as caught:
        find_file("ollama:coder", places_in(tmp_path))
    assert "ollama:coder:14b, ollama:coder:7b" in caught.value.hint


@pytest.mark.parametrize("name", ["ollama:none", "lmstudio:none", "llamacpp:none"])
def test_an_unknown_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"no model {name}"):
        find_file(name, places_in(tmp_path))


@pytest.mark.parametrize("name", ["qwen2.5-coder-0.5b", "org/name", "./ollama.gguf", ""])
def test_other_names_are_not_of_other_programs(name: str) -> None:
    assert not is_foreign(name)


def test_the_usual_folders_are_those_of_the_programs(tmp_path: Path) -> None:
    places = usual_places({}, tmp_path, "linux")
    assert places.ollama == (
        tmp_path / ".ollama/models",
        Path("/usr/share/ollama/.ollama/models"),
    )
    assert places.lm_studio == (
        tmp_path / ".lmstudio/models",
        tmp_path / ".cache/lm-studio/models",
    )
    assert places.llama_cpp == (tmp_path / ".cache/llama.cpp",)
    assert places.hub == (tmp_path / ".cache/huggingface/hub",)
    assert usual_places({}, tmp_path, "darwin").llama_cpp == (
        tmp_path / "Library/Caches/llama.cpp",
    )


def test_the_environment_names_other_folders(tmp_path: Path) -> None:
    environ = {
        "OLLAMA_MODELS": str(tmp_path / "o"),
        "LLAMA_CACHE": str(tmp_path / "l"),
        "HF_HOME": str(tmp_path / "h"),
    }
    places = usual_places(environ, tmp_path)
    assert places.ollama[0] == tmp_path / "o"
    assert places.llama_cpp == (tmp_path / "l",)
    assert places.hub == (tmp_path / "h/hub",)
    named = usual_places({**environ, "HF_HUB_CACHE": str(tmp_path / "c")}, tmp_path)
    assert named.hub == (tmp_path / "c",)
    relative = usual_places({"LLAMA_CACHE": "here", "OLLAMA_MODELS": "there"}, tmp_path, "linux")
    assert relative == usual_places({}, tmp_path, "linux")


def test_lm_studio_may_have_been_moved(tmp_path: Path) -> None:
    (tmp_path / ".lmstudio-home-pointer").write_text(f"{tmp_path / 'moved'}\n")
    assert usual_places({}, tmp_path).lm_studio[0] == tmp_path / "moved" / "models"
    (tmp_path / ".lmstudio-home-pointer").write_bytes(b"\xff\xfe")
    assert usual_places({}, tmp_path).lm_studio[0] == tmp_path / ".lmstudio" / "models"
