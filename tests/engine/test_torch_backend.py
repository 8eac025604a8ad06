"""The torch backend on a tiny random model: its cache never changes what is computed."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from assistant.engine.torch_backend import TorchBackend
from assistant.errors import EngineError, ModelError

IDS = [5, 80, 17, 200, 41, 7, 7, 133, 90, 12]


@pytest.fixture
def backend(tiny_model: Path) -> TorchBackend:
    return TorchBackend.load(tiny_model, threads=1, context_tokens=512)


def test_info_says_what_was_loaded(backend: TorchBackend) -> None:
    assert backend.info.device.startswith("cpu")
    assert backend.info.weights == "int8"
    assert backend.info.context_tokens == 512
    assert backend.length == 0


def test_logits_have_a_row_per_token_asked_for(backend: TorchBackend) -> None:
    logits = backend.forward(IDS, 3)
    assert logits.shape == (3, 270)
    assert logits.dtype == torch.float32
    assert backend.length == len(IDS)


@pytest.mark.parametrize("cut", [1, 4, 9])
def test_chunked_equals_whole(backend: TorchBackend, cut: int) -> None:
    whole = backend.fork().forward(IDS, len(IDS))
    chunked = torch.cat((backend.forward(IDS[:cut], cut), backend.forward(IDS[cut:], 10 - cut)))
    torch.testing.assert_close(chunked, whole, rtol=1e-3, atol=1e-3)


def test_one_by_one_equals_whole(backend: TorchBackend) -> None:
    whole = backend.fork().forward(IDS, len(IDS))
    single = torch.cat([backend.forward([token], 1) for token in IDS])
    torch.testing.assert_close(single, whole, rtol=1e-3, atol=1e-3)


def test_truncated_tokens_leave_no_trace(backend: TorchBackend) -> None:
    expected = backend.forward(IDS, 1)
    backend.truncate(4)
    backend.forward([1, 2, 3, 4, 5, 6, 7, 8], 1)
    backend.truncate(4)
    assert backend.length == 4
    torch.testing.assert_close(backend.forward(IDS[4:], 1), expected, rtol=1e-3, atol=1e-3)


def test_forks_grow_apart(backend: TorchBackend) -> None:
    backend.forward(IDS[:5], 1)
    twin = backend.fork()
    expected = backend.fork().forward(IDS[5:], 1)
    twin.forward([99, 98, 97], 1)
    assert backend.length == 5
    assert twin.length == 8
    torch.testing.assert_close(backend.forward(IDS[5:], 1), expected)


def test_cache_grows_past_its_block(backend: TorchBackend) -> None:
    ids = [(7 * i) % 260 for i in range(400)]
    whole = backend.fork().forward(ids, 1)
    for start in range(0, 400, 150):
        logits = backend.forward(ids[start : start + 150], 1)
    torch.testing.assert_close(logits, whole, rtol=1e-3, atol=1e-3)


def test_a_chunk_needs_no_logits(backend: TorchBackend) -> None:
    expected = backend.fork().forward(IDS, 1)
    assert backend.forward(IDS[:6], 0).shape == (0, 270)
    torch.testing.assert_close(backend.forward(IDS[6:], 1), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("last", [-1, 3])
def test_rows_that_do_not_exist_are_refused(backend: TorchBackend, last: int) -> None:
    with pytest.raises(ValueError, match="rows"):
        backend.forward([1, 2], last)


@pytest.mark.parametrize("length", [-1, 3])
def test_only_what_is_there_can_be_cut(backend: TorchBackend, length: int) -> None:
    backend.forward([1, 2], 1)
    with pytest.raises(ValueError, match="cut"):
        backend.truncate(length)


def test_numbers_that_are_not_finite_are_an_error(
    backend: TorchBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.forward([1, 2], 1)
    monkeypatch.setattr(backend._decoder, "_norm", torch.full((64,), float("nan")))
    with pytest.raises(EngineError, match="not finite"):
        backend.forward([3], 1)
    assert backend.length == 2


def test_truncated_weights_are_an_error(tiny_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="damaged"):
        TorchBackend.load(folder)


def test_a_folder_of_another_version_is_an_error(tiny_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format_version": 99}))
    with pytest.raises(ModelError, match="format 99"):
        TorchBackend.load(folder)
