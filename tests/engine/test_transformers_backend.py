"""bf16 and 4-bit weights through transformers, and the static cache that a GPU replays."""

import importlib.util
import json
import shutil
from pathlib import Path

import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from assistant.engine.backend import BatchingBackend
from assistant.engine.gpu.room import cache_bytes, check_room
from assistant.engine.static_backend import SHORT, StaticSequence, fits
from assistant.engine.torch_backend import TorchBackend
from assistant.engine.transformers_backend import TransformersModel, TransformersSequence
from assistant.errors import ModelError
from assistant.models.memory.from_config import shape_of_config
from tests.tiny_model import CONFIG

IDS = [5, 80, 17, 200, 41, 7, 7, 133, 90, 12]


@pytest.mark.parametrize(
    ("room", "suggestion"), [(0, "a smaller model"), (0.6, "gpu_weights to 4bit")]
)
def test_weights_that_do_not_fit_the_gpu_are_refused_before_loading(
    bf16_model: Path, monkeypatch: pytest.MonkeyPatch, room: float, suggestion: str
) -> None:
    free = (1 << 30) + int(room * (bf16_model / "weights.safetensors").stat().st_size)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "small")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free, 10**9))
    with pytest.raises(ModelError, match=f"{free / 1e9:.1f} GB are free") as caught:
        TorchBackend.load(bf16_model, context_tokens=8)
    assert suggestion in caught.value.hint


def test_the_cache_of_the_context_must_fit_the_gpu(
    bf16_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = shape_of_config({**CONFIG, "vocab_size": 300})
    assert cache_bytes(shape, 1000) == 2 * 2 * 1 * 32 * 1000 * 2
    weights = (bf16_model / "weights.safetensors").stat().st_size
    free = (1 << 30) + weights + cache_bytes(shape, 1000)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free, 10**9))
    gpu = torch.device("cuda", 0)
    check_room(bf16_model, gpu, shape, 1000, four_bit=False)
    with pytest.raises(ModelError, match="for 1001 tokens"):
        check_room(bf16_model, gpu, shape, 1001, four_bit=False)


def test_unknown_gpu_weights_are_an_error(bf16_model: Path) -> None:
    with pytest.raises(ModelError, match="Unknown gpu_weights '8bit'"):
        TorchBackend.load(bf16_model, device="cpu", gpu_weights="8bit")


def test_4bit_weights_need_their_packages(
    bf16_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="bitsandbytes, accelerate") as caught:
        TransformersModel(bf16_model, torch.device("cpu"), four_bit=True)
    assert "pip install bitsandbytes accelerate" in caught.value.hint


def test_4bit_weights_compute_nearly_what_bf16_weights_do(bf16_model: Path) -> None:
    pytest.importorskip("bitsandbytes")
    pytest.importorskip("accelerate")
    model = TransformersModel(bf16_model, torch.device("cpu"), four_bit=True)
    expected = TorchBackend.load(bf16_model, device="cpu").forward(IDS, len(IDS))
    with torch.inference_mode():
        actual = model.sequence().forward(IDS, len(IDS))
    assert torch.nn.functional.cosine_similarity(actual, expected).min() > 0.85


def test_damaged_bf16_weights_are_an_error(bf16_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bf16_model, tmp_path / "model")
    (folder / "config.json").write_text(json.dumps({"model_type": "nothing-known"}))
    with pytest.raises(ModelError, match="transformers cannot load"):
        TorchBackend.load(folder, device="cpu")


def test_a_static_cache_matches_a_growing_one(
    bf16_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.engine.static_backend._BLOCK", 16)
    backend = TorchBackend.load(bf16_model, device="cpu", threads=1)
    assert isinstance(backend._sequence, TransformersSequence)
    sequence = StaticSequence(backend._sequence._owner.model)
    for ids in (IDS, [9], [8, 7, 6], IDS[:SHORT], list(range(40)), [3]):
        actual, expected = sequence.forward(ids, len(ids)), backend.forward(ids, len(ids))
        torch.testing.assert_close(actual, expected, rtol=6e-2, atol=6e-2)
    assert sequence.length == backend.length


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"layer_types": ["full_attention", "sliding_attention"]}, False),
        ({"layer_types": None, "sliding_window": 4096}, False),
        ({"layer_types": None, "sliding_window": None}, True),
        ({"kv_lora_rank": 8}, False),
    ],
)
def test_a_static_cache_needs_full_attention_in_all_layers(change, expected) -> None:
    model = Qwen2ForCausalLM(Qwen2Config(**CONFIG, vocab_size=300))
    for name, value in change.items():
        setattr(model.config, name, value)
    assert fits(model) is expected


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_gpu_replays_short_passes(bf16_model: Path) -> None:
    sequence = TransformersModel(bf16_model, torch.device("cuda", 0)).sequence()
    assert isinstance(sequence, StaticSequence)
    expected = TorchBackend.load(bf16_model, device="cpu")
    for ids in (IDS, [9], [8, 7, 6], [1]):
        with torch.inference_mode():
            actual = sequence.forward(ids, len(ids)).cpu()
        torch.testing.assert_close(actual, expected.forward(ids, len(ids)), rtol=0.1, atol=0.1)
    assert sequence._graph is not None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("gpu_weights", ["bf16", "4bit"])
def test_the_gpu_matches_the_cpu(bf16_model: Path, gpu_weights: str) -> None:
    pytest.importorskip("triton")
    backend = TorchBackend.load(bf16_model, device="cuda", gpu_weights=gpu_weights)
    assert isinstance(backend, BatchingBackend)
    assert backend.info.device.startswith("cuda:0 ")
    expected = TorchBackend.load(bf16_model, device="cpu")
    similar = torch.nn.functional.cosine_similarity
    for ids in ([*IDS] * 5, IDS, [9], [8, 7, 6]):
        actual, wanted = backend.forward(ids, len(ids)).cpu(), expected.forward(ids, len(ids))
        assert similar(actual, wanted).min() > (0.999 if gpu_weights == "bf16" else 0.85)


def test_transformers_models_do_not_batch(bf16_model: Path) -> None:
    assert not isinstance(TorchBackend.load(bf16_model, device="cpu"), BatchingBackend)
