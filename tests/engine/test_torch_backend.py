"""The torch backend on a tiny random model: its cache never changes what is computed."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from assistant.engine.backend import BatchingBackend, PortableBackend
from assistant.engine.decoder import DecoderSequence
from assistant.engine.static_backend import SHORT, StaticSequence, fits
from assistant.engine.torch_backend import TorchBackend
from assistant.engine.transformers_backend import TransformersModel, TransformersSequence
from assistant.errors import EngineError, ModelError, OutOfMemory
from assistant.models.convert import convert
from tests.tiny_model import CONFIG, tiny_tokenizer

IDS = [5, 80, 17, 200, 41, 7, 7, 133, 90, 12]


@pytest.fixture(scope="session")
def bf16_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Like the tiny model, in bf16 and with weights of its own."""
    source = tmp_path_factory.mktemp("bf16") / "source"
    tokenizer = tiny_tokenizer()
    torch.manual_seed(0)
    config = {**CONFIG, "vocab_size": tokenizer.get_vocab_size(), "initializer_range": 0.1}
    Qwen2ForCausalLM(Qwen2Config(**config)).save_pretrained(source)
    tokenizer.save(str(source / "tokenizer.json"))
    convert(source, source.with_name("model"), "bf16", lambda stage, done, total: None)
    return source.with_name("model")


@pytest.fixture(params=["int8", "bf16", "bf16, static cache"])
def backend(request: pytest.FixtureRequest, tiny_model: Path) -> TorchBackend:
    """The last one is what a GPU replays, here without a graph."""
    folder = tiny_model if request.param == "int8" else request.getfixturevalue("bf16_model")
    backend = TorchBackend.load(folder, device="cpu", threads=1, context_tokens=512)
    if "static" in request.param and isinstance(backend._sequence, TransformersSequence):
        backend._sequence = StaticSequence(backend._sequence._owner.model)
    return backend


def assert_same(backend: TorchBackend, actual: torch.Tensor, expected: torch.Tensor) -> None:
    """To rounding: of float32 for int8 weights, of bf16 for those."""
    limit = 1e-3 if backend.info.weights == "int8" else 6e-2
    torch.testing.assert_close(actual, expected, rtol=limit, atol=limit)


def test_info_says_what_was_loaded(backend: TorchBackend) -> None:
    assert backend.info.device.startswith("cpu")
    assert backend.info.weights in ("int8", "bf16")
    assert (backend.info.context_tokens, backend.info.threads) == (512, 1)
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
    assert_same(backend, chunked, whole)


def test_one_by_one_equals_whole(backend: TorchBackend) -> None:
    whole = backend.fork().forward(IDS, len(IDS))
    single = torch.cat([backend.forward([token], 1) for token in IDS])
    assert_same(backend, single, whole)


def test_truncated_tokens_leave_no_trace(backend: TorchBackend) -> None:
    expected = backend.forward(IDS, 1)
    backend.truncate(4)
    backend.forward([1, 2, 3, 4, 5, 6, 7, 8], 1)
    backend.truncate(4)
    assert backend.length == 4
    assert_same(backend, backend.forward(IDS[4:], 1), expected)


def test_forks_grow_apart(backend: TorchBackend) -> None:
    backend.forward(IDS[:5], 1)
    twin = backend.fork()
    expected = backend.fork().forward(IDS[5:], 1)
    twin.forward([99, 98, 97], 1)
    assert backend.length == 5
    assert twin.length == 8
    assert_same(backend, backend.forward(IDS[5:], 1), expected)


def test_cache_grows_past_its_block(backend: TorchBackend) -> None:
    ids = [(7 * i) % 260 for i in range(400)]
    whole = backend.fork().forward(ids, 1)
    for start in range(0, 400, 150):
        logits = backend.forward(ids[start : start + 150], 1)
    assert_same(backend, logits, whole)


def test_a_chunk_needs_no_logits(backend: TorchBackend) -> None:
    expected = backend.fork().forward(IDS, 1)
    assert backend.forward(IDS[:6], 0).shape == (0, 270)
    assert_same(backend, backend.forward(IDS[6:], 1), expected)


@pytest.mark.parametrize("last", [-1, 3])
def test_rows_that_do_not_exist_are_refused(backend: TorchBackend, last: int) -> None:
    with pytest.raises(ValueError, match="rows"):
        backend.forward([1, 2], last)


@pytest.mark.parametrize("length", [-1, 3])
def test_only_what_is_there_can_be_cut(backend: TorchBackend, length: int) -> None:
    backend.forward([1, 2], 1)
    with pytest.raises(ValueError, match="cut"):
        backend.truncate(length)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (MemoryError(), OutOfMemory),
        (torch.OutOfMemoryError("CUDA out of memory"), OutOfMemory),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), OutOfMemory),
        (RuntimeError("shapes do not match"), EngineError),
    ],
)
def test_a_failure_leaves_the_cache_as_it_was(
    failure: Exception,
    kind: type[EngineError],
    backend: TorchBackend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = backend.fork().forward(IDS, 1)
    backend.forward(IDS[:6], 1)
    forward = type(backend._sequence).forward

    def fail(self: Any, ids: Any, last: int) -> Any:
        forward(self, ids, last)  # what was written before the failure must go
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(type(backend._sequence), "forward", fail)
        with pytest.raises(EngineError) as caught:
            backend.forward([9, 9, 9], 1)
    assert type(caught.value) is kind
    assert caught.value.__cause__ is failure
    assert backend.length == 6
    assert_same(backend, backend.forward(IDS[6:], 1), expected)


def test_no_room_to_fork_is_out_of_memory(
    backend: TorchBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(type(backend._sequence), "copy", fail)
    with pytest.raises(OutOfMemory):
        backend.fork()


def test_a_cache_survives_outside(backend: TorchBackend) -> None:
    expected = backend.fork().forward(IDS, 1)
    backend.forward(IDS, 1)
    assert isinstance(backend, PortableBackend)
    values = backend.export_cache(7)
    assert values.shape == (2, 2, 1, 7, 32)
    other = backend.fork()
    other.truncate(0)
    other.import_cache(values)
    assert other.length == 7
    assert_same(backend, other.forward(IDS[7:], 1), expected)


@pytest.mark.parametrize("shape", [(3, 2, 1, 7, 32), (7, 32)])
def test_a_cache_of_another_model_is_refused(backend: TorchBackend, shape: tuple[int, ...]) -> None:
    backend.forward(IDS, 1)
    with pytest.raises(ValueError, match="not this model's"):
        backend.import_cache(np.zeros(shape, np.float32))
    assert backend.length == len(IDS)


def spoil_weights(backend: TorchBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    match backend._sequence:
        case DecoderSequence():
            decoder = backend._sequence._decoder
            scale = torch.full_like(decoder._embedding_scale, float("nan"))
            monkeypatch.setattr(decoder, "_embedding_scale", scale)
        case TransformersSequence() | StaticSequence():
            sequence = backend._sequence
            model = (
                sequence._model if isinstance(sequence, StaticSequence) else sequence._owner.model
            )
            norm = model.model.norm
            values = torch.full((64,), float("nan"), dtype=torch.bfloat16)
            monkeypatch.setattr(norm, "weight", torch.nn.Parameter(values))


def test_numbers_that_are_not_finite_are_an_error(
    backend: TorchBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.forward([1, 2], 1)
    spoil_weights(backend, monkeypatch)
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


@pytest.mark.parametrize(
    ("device", "message"), [("tpu", "no device"), ("cuda", "GPU|converted for the CPU")]
)
def test_a_device_that_is_not_there_is_an_error(
    device: str, message: str, tiny_model: Path
) -> None:
    with pytest.raises(ModelError, match=message):
        TorchBackend.load(tiny_model, device=device)


@pytest.mark.parametrize(
    ("room", "offered"), [(0, "a smaller model"), (0.5, "gpu_weights to 4bit")]
)
def test_weights_that_do_not_fit_the_gpu_are_refused_before_loading(
    bf16_model: Path, monkeypatch: pytest.MonkeyPatch, room: float, offered: str
) -> None:
    free = (1 << 30) + int(room * (bf16_model / "weights.safetensors").stat().st_size)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "small")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free, 10**9))
    with pytest.raises(ModelError, match=f"{free / 1e9:.1f} GB are free") as caught:
        TorchBackend.load(bf16_model)
    assert offered in caught.value.hint


def test_an_unknown_format_of_gpu_weights_is_an_error(bf16_model: Path) -> None:
    with pytest.raises(ModelError, match="no '8bit' weights"):
        TorchBackend.load(bf16_model, device="cpu", gpu_weights="8bit")


def test_4_bit_weights_without_their_packages_are_an_error(
    bf16_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="bitsandbytes, accelerate") as caught:
        TransformersModel(bf16_model, torch.device("cpu"), four_bit=True)
    assert "pip install bitsandbytes accelerate" in caught.value.hint


def test_4_bit_weights_say_nearly_what_bf16_ones_do(bf16_model: Path) -> None:
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


def test_a_static_cache_computes_what_a_growing_one_does(
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
def test_only_models_that_see_the_whole_past_get_a_static_cache(change, expected) -> None:
    model = Qwen2ForCausalLM(Qwen2Config(**CONFIG, vocab_size=300))
    for name, value in change.items():
        setattr(model.config, name, value)
    assert fits(model) is expected


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_gpu_replays_short_passes(bf16_model: Path) -> None:
    backend = TorchBackend.load(bf16_model, device="cuda")
    assert isinstance(backend._sequence, StaticSequence)
    expected = TorchBackend.load(bf16_model, device="cpu")
    for ids in (IDS, [9], [8, 7, 6], [1]):
        actual = backend.forward(ids, len(ids))
        torch.testing.assert_close(actual, expected.forward(ids, len(ids)), rtol=0.1, atol=0.1)
    assert backend._sequence._graph is not None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_gpu_computes_what_the_cpu_computes(bf16_model: Path) -> None:
    expected = TorchBackend.load(bf16_model, device="cpu").forward(IDS, len(IDS))
    backend = TorchBackend.load(bf16_model, device="cuda")
    assert backend.info.device.startswith("cuda:0 ")
    torch.testing.assert_close(backend.forward(IDS, len(IDS)), expected, rtol=0.1, atol=0.1)


def test_int8_needs_no_transformers(tiny_model: Path) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from assistant.engine.torch_backend import TorchBackend; "
        f"TorchBackend.load(Path({str(tiny_model)!r})).forward([1], 1); "
        "sys.exit('transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_sequences_extended_together_are_as_if_alone(tiny_model: Path) -> None:
    backend = TorchBackend.load(tiny_model, threads=1)
    assert isinstance(backend, BatchingBackend)
    backend.forward(IDS, 0)
    short, empty = backend.fork(), backend.fork()
    short.truncate(3)
    empty.truncate(0)
    members = [(backend, [9, 8, 7, 6]), (short, [1]), (empty, [5, 4])]
    alone = [each.fork().forward(ids, len(ids)) for each, ids in members]
    together = backend.forward_together(members)
    assert [each.length for each, _ in members] == [len(IDS) + 4, 4, 2]
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3)
    for (each, ids), before in zip(members, (len(IDS), 3, 0), strict=True):
        each.truncate(before)
        assert_same(each, each.forward(ids, len(ids)), alone[members.index((each, ids))])


def test_a_failure_leaves_all_caches_as_they_were(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = TorchBackend.load(tiny_model, threads=1)
    assert isinstance(backend, BatchingBackend)
    backend.forward(IDS, 0)
    twin = backend.fork()
    spoil_weights(backend, monkeypatch)
    with pytest.raises(EngineError, match="not finite"):
        backend.forward_together([(backend, [1, 2]), (twin, [3])])
    assert (backend.length, twin.length) == (len(IDS), len(IDS))


def test_what_cannot_batch_is_not_asked_to(bf16_model: Path) -> None:
    assert not isinstance(TorchBackend.load(bf16_model, device="cpu"), BatchingBackend)
