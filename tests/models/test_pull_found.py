"""Using the models of other programs: converted once, from where they are, and run."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.engine.base import Cancel, Completion, Message, Request, Sampling, gather
from assistant.engine.local import LocalEngine
from assistant.errors import ModelError
from assistant.models.installed import tree_bytes
from assistant.models.sources import Services
from assistant.models.space import NoSpace
from assistant.models.store import ModelStore
from tests.models.found_kit import places_in, put, put_hub, put_ollama
from tests.models.pulls import ignore, leftovers

NAME = "registry.ollama.ai/library/coder/1.5b"

STORES: dict[str, Callable[[Path, bytes], Path]] = {
    "ollama:coder:1.5b": lambda root, content: put_ollama(root, NAME, content),
    "lmstudio:org/repo/coder": lambda root, content: put(
        root, "lmstudio/org/repo/coder.gguf", content
    ),
    "llamacpp:coder": lambda root, content: put(root, "llamacpp/coder.gguf", content),
}


def store_in(root: Path, services: Services | None = None) -> ModelStore:
    return ModelStore(root / "cache", services=services, places=places_in(root))


def states(root: Path) -> dict[str, tuple[bytes, int, int]]:
    """Content, time of change and mode of every file of the other programs."""
    found = {}
    for place in ("ollama", "lmstudio", "llamacpp", "hub"):
        for path in sorted((root / place).rglob("*")):
            status = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = (content, status.st_mtime_ns, status.st_mode)
    return found


@pytest.mark.parametrize("name", STORES)
def test_a_model_of_another_program_is_converted_in_place_and_runs(
    name: str, tmp_path: Path, tiny_gguf: bytes
) -> None:
    file = STORES[name](tmp_path, tiny_gguf)
    os.utime(file, ns=(1_700_000_000_000_000_000, 1_700_000_000_123_456_789))
    before = states(tmp_path)
    store = store_in(tmp_path)
    with pytest.raises(ModelError, match="not installed") as caught:
        store.resolve(name)
    assert f"assistant models pull {name}" in caught.value.hint
    assert "is converted once, which takes 0.0 GiB" in caught.value.hint
    folder = store.pull(name, ignore, Cancel())
    assert store.resolve(name) == store.resolve(str(file)) == folder
    assert (leftovers(store), store.cost(name)) == ([], "")
    engine = LocalEngine.load(folder, device="cpu", threads=1)
    assert engine.info().model == name
    asked = Request((Message("user", "def"),), samplings=(Sampling(max_tokens=8),))
    written = Completion()
    for event in engine.stream(asked, Cancel()):
        gather(written, event)
    engine.close()
    assert written.finish is not None
    assert written.finish.tokens > 0
    assert states(tmp_path) == before


def test_a_file_of_the_hub_cache_is_used_by_its_path(tmp_path: Path, tiny_gguf: bytes) -> None:
    put_hub(tmp_path, "org/Coder", "coder.gguf", tiny_gguf, revision="old2")
    store, before = store_in(tmp_path), states(tmp_path)
    (model,) = store.found().models
    folder = store.pull(model.id, ignore, Cancel())
    assert store.resolve(model.id) == folder
    assert store.converted(model.path)
    assert states(tmp_path) == before


def test_the_same_content_is_converted_once_whatever_its_names(
    tmp_path: Path, tiny_gguf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for put_in in STORES.values():
        put_in(tmp_path, tiny_gguf)
    store = store_in(tmp_path)
    names = [*STORES, str(tmp_path / "llamacpp" / "coder.gguf")]
    folders = {store.pull(names[0], ignore, Cancel())}
    monkeypatch.setattr("assistant.models.conversion.run_module", pytest.fail)
    folders |= {store.pull(name, ignore, Cancel()) for name in names}
    assert len(folders) == len(store.installed()) == 1
    assert {store.resolve(name) for name in names} == folders


def test_a_model_that_was_updated_is_converted_again(tmp_path: Path, tiny_gguf: bytes) -> None:
    put_ollama(tmp_path, NAME, tiny_gguf)
    store = store_in(tmp_path)
    old = store.pull("ollama:coder:1.5b", ignore, Cancel())
    put_ollama(tmp_path, NAME, tiny_gguf + b"\0")
    with pytest.raises(ModelError, match="not installed"):
        store.resolve("ollama:coder:1.5b")
    assert store.pull("ollama:coder:1.5b", ignore, Cancel()) != old


def test_a_model_that_was_deleted_there_still_runs_and_can_be_removed(
    tmp_path: Path, tiny_gguf: bytes
) -> None:
    blob = put_ollama(tmp_path, NAME, tiny_gguf)
    store = store_in(tmp_path)
    folder = store.pull("ollama:coder:1.5b", ignore, Cancel())
    blob.unlink()
    assert store.resolve("ollama:coder:1.5b") == folder
    size = tree_bytes(folder)
    assert store.remove("ollama:coder:1.5b") == size > 0
    with pytest.raises(ModelError, match="missing"):
        store.resolve("ollama:coder:1.5b")


def test_removing_the_converted_weights_keeps_the_file(tmp_path: Path, tiny_gguf: bytes) -> None:
    put_ollama(tmp_path, NAME, tiny_gguf)
    store, before = store_in(tmp_path), states(tmp_path)
    folder = store.pull("ollama:coder:1.5b", ignore, Cancel())
    assert store.remove("ollama:coder:1.5b") > 0
    assert not folder.exists()
    assert states(tmp_path) == before


def test_a_disk_that_is_too_small_is_reported_before_anything_is_written(
    tmp_path: Path, tiny_gguf: bytes
) -> None:
    put_ollama(tmp_path, NAME, tiny_gguf)
    store = store_in(tmp_path, Services(free_bytes=lambda folder: 1 << 20))
    assert "takes" in store.cost("ollama:coder:1.5b")
    with pytest.raises(NoSpace):
        store.pull("ollama:coder:1.5b", ignore, Cancel())
    assert store.installed() == ()


def test_a_file_that_cannot_be_used_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gguf

    file = tmp_path / "llamacpp" / "vision.gguf"
    file.parent.mkdir()
    writer = gguf.GGUFWriter(str(file), "clip")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    monkeypatch.setattr("assistant.models.sources.digest", pytest.fail)
    store = store_in(tmp_path)
    assert store.cost("llamacpp:vision") == ""
    for name in ("llamacpp:vision", str(file)):
        with pytest.raises(ModelError, match="cannot be used: a vision or audio projector"):
            store.pull(name, ignore, Cancel())
