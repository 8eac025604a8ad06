"""The torch backend on a tiny random model: caching never changes what is computed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from assistant.engine.backend import BatchingBackend, PortableBackend
from assistant.engine.decoder import DecoderSequence
from assistant.engine.static_backend import StaticSequence
from assistant.engine.torch_backend import TorchBackend
from assistant.engine.transformers_backend import TransformersSequence
from assistant.errors import EngineError, ModelError, OutOfMemory

IDS = [5, 80, 17, 200, 41, 7, 7, 133, 90, 12]


@pytest.fixture(params=["int8", "bf16", "bf16, static cache"])
def backend(request: pytest.FixtureRequest, tiny_model: Path) -> TorchBackend:
    """The static cache is what a GPU replays, here without a graph."""
    folder = tiny_model if request.param == "int8" else request.getfixturevalue("bf16_model")
    backend = TorchBackend.load(folder, device="cpu", threads=1, context_tokens=512)
    if "static" in request.param and isinstance(backend._sequence, TransformersSequence):
        backend._sequence = StaticSequence(backend._sequence._owner.model)
    return backend


def assert_same(backend: TorchBackend, actual: torch.Tensor, expected: torch.Tensor) -> None:
    """Equal to rounding: float32 for int8 weights, bf16 for bf16 weights."""
    limit = 1e-3 if backend.info.weights == "int8" else 6e-2
    torch.testing.assert_close(actual, expected, rtol=limit, atol=limit)


def test_info_reports_what_was_loaded(backend: TorchBackend) -> None:
    assert backend.info.device.startswith("cpu")
    assert backend.info.weights in ("int8", "bf16")
    assert (backend.info.context_tokens, backend.info.threads) == (512, 1)
    assert backend.length == 0


def test_logits_have_one_row_per_requested_token(backend: TorchBackend) -> None:
    logits = backend.forward(IDS, 3)
    assert logits.shape == (3, 270)
    assert logits.dtype == torch.float32
    assert backend.length == len(IDS)


@pytest.mark.parametrize("cut", [1, 4, 9])
def test_chunks_equal_a_single_pass(backend: TorchBackend, cut: int) -> None:
    whole = backend.fork().forward(IDS, len(IDS))
    chunked = torch.cat((backend.forward(IDS[:cut], cut), backend.forward(IDS[cut:], 10 - cut)))
    assert_same(backend, chunked, whole)


def test_single_tokens_equal_a_single_pass(backend: TorchBackend) -> None:
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


def test_forks_are_independent(backend: TorchBackend) -> None:
    backend.forward(IDS[:5], 1)
    twin = backend.fork()
    expected = backend.fork().forward(IDS[5:], 1)
    twin.forward([99, 98, 97], 1)
    assert backend.length == 5
    assert twin.length == 8
    assert_same(backend, backend.forward(IDS[5:], 1), expected)


def test_the_cache_grows_beyond_a_block(backend: TorchBackend) -> None:
    ids = [(7 * i) % 260 for i in range(400)]
    whole = backend.fork().forward(ids, 1)
    for start in range(0, 400, 150):
        logits = backend.forward(ids[start : start + 150], 1)
    assert_same(backend, logits, whole)


def test_logits_can_be_skipped(backend: TorchBackend) -> None:
    expected = backend.fork().forward(IDS, 1)
    assert backend.forward(IDS[:6], 0).shape == (0, 270)
    assert_same(backend, backend.forward(IDS[6:], 1), expected)


@pytest.mark.parametrize("last", [-1, 3])
def test_nonexistent_rows_are_refused(backend: TorchBackend, last: int) -> None:
    with pytest.raises(ValueError, match="rows"):
        backend.forward([1, 2], last)


@pytest.mark.parametrize("length", [-1, 3])
def test_truncation_beyond_the_cache_is_refused(backend: TorchBackend, length: int) -> None:
    backend.forward([1, 2], 1)
    with pytest.raises(ValueError, match="truncate"):
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
def test_a_failure_leaves_the_cache_unchanged(
    failure: Exception,
    kind: type[EngineError],
    backend: TorchBackend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = backend.fork().forward(IDS, 1)
    backend.forward(IDS[:6], 1)
    forward = type(backend._sequence).forward

    def fail(self: Any, ids: Any, last: int) -> Any:
        forward(self, ids, last)  # this write must be undone
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(type(backend._sequence), "forward", fail)
        with pytest.raises(EngineError) as caught:
            backend.forward([9, 9, 9], 1)
    assert type(caught.value) is kind
    assert caught.value.__cause__ is failure
    assert backend.length == 6
    assert_same(backend, backend.forward(IDS[6:], 1), expected)


def test_a_failed_fork_is_out_of_memory(
    backend: TorchBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(type(backend._sequence), "copy", fail)
    with pytest.raises(OutOfMemory):
        backend.fork()


def test_an_exported_cache_can_be_imported(backend: TorchBackend) -> None:
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
def test_the_cache_of_another_model_is_refused(
    backend: TorchBackend, shape: tuple[int, ...]
) -> None:
    backend.forward(IDS, 1)
    with pytest.raises(ValueError, match="does not fit this model"):
        backend.import_cache(np.zeros(shape, np.float32))
    assert backend.length == len(IDS)


def corrupt_weights(backend: TorchBackend, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_non_finite_logits_are_an_error(
    backend: TorchBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.forward([1, 2], 1)
    corrupt_weights(backend, monkeypatch)
    with pytest.raises(EngineError, match="not finite"):
        backend.forward([3], 1)
    assert backend.length == 2


def test_truncated_weights_are_an_error(tiny_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="damaged"):
        TorchBackend.load(folder)


def test_an_unknown_format_version_is_an_error(tiny_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format_version": 99}))
    with pytest.raises(ModelError, match="format 99"):
        TorchBackend.load(folder)


@pytest.mark.parametrize(
    ("device", "message"), [("tpu", "Unknown device"), ("cuda", "GPU|converted for the CPU")]
)
def test_a_missing_device_is_an_error(device: str, message: str, tiny_model: Path) -> None:
    with pytest.raises(ModelError, match=message):
        TorchBackend.load(tiny_model, device=device)


def test_int8_does_not_import_transformers(tiny_model: Path) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from assistant.engine.torch_backend import TorchBackend; "
        f"TorchBackend.load(Path({str(tiny_model)!r})).forward([1], 1); "
        "sys.exit('transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_batched_sequences_match_single_ones(tiny_model: Path) -> None:
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


def test_a_failed_batch_leaves_all_caches_unchanged(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = TorchBackend.load(tiny_model, threads=1)
    assert isinstance(backend, BatchingBackend)
    backend.forward(IDS, 0)
    twin = backend.fork()
    corrupt_weights(backend, monkeypatch)
    with pytest.raises(EngineError, match="not finite"):
        backend.forward_together([(backend, [1, 2]), (twin, [3])])
    assert (backend.length, twin.length) == (len(IDS), len(IDS))
