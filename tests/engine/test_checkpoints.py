"""How many checkpoints are kept, what they hold, and which models can be continued at all."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import LlamaConfig
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from assistant.engine import checkpoints
from assistant.engine.checkpoints import Checkpoint, Checkpoints, LayerCache
from assistant.engine.torch_backend import StatefulBackend
from assistant.engine.transformers_backend import TransformersModel
from assistant.errors import ModelError
from tests.engine.hybrid_models import load, owner

CPU = torch.device("cpu")
CONFIG = {"num_hidden_layers": 2, "hidden_size": 16, "num_attention_heads": 2}


def point(length: int, size: int = 1) -> Checkpoint:
    return Checkpoint(length, [{"state": {0: torch.zeros(size, dtype=torch.uint8)}}])


def lengths(points: Checkpoints) -> list[int]:
    return [each.length for each in points]


def filled(*lengths: int, **limits: int) -> Checkpoints:
    points = Checkpoints(**limits)
    for each in lengths:
        points.add(point(each))
    return points


def test_close_checkpoints_are_dropped_first() -> None:
    assert lengths(filled(100, 200, 210, 300, 400, most=4)) == [100, 200, 300, 400]
    assert lengths(filled(10, 500, 1000, most=2)) == [500, 1000]
    assert lengths(filled(10, 500, 1000, most=1)) == [1000]


def test_the_bytes_of_checkpoints_are_limited_but_the_last_one_stays() -> None:
    points = Checkpoints(most_bytes=250)
    for length in (100, 200, 300):
        points.add(point(length, 100))
    assert lengths(points) == [200, 300]
    points.add(point(400, 1000))
    assert lengths(points) == [400]


def test_checkpoints_after_a_truncation_are_dropped() -> None:
    points = filled(10, 20, 30)
    copy = points.copy()
    points.drop_after(20)
    assert lengths(points) == [10, 20]
    assert points.newest == 20
    assert lengths(copy) == [10, 20, 30]
    assert Checkpoints().newest == 0


def windowed(window: int = 6) -> LayerCache:
    return LayerCache(LlamaConfig(**CONFIG, layer_types=None, sliding_window=window), CPU)


def append(cache: LayerCache, start: int, end: int) -> None:
    """Appends keys and values that are their positions."""
    numbers = torch.arange(start, end, dtype=torch.float32)[None, None, :, None]
    for layer in range(2):
        cache.values.update(numbers, numbers, layer)


def kept(cache: LayerCache, layer: int = 0) -> list[int]:
    keys: Tensor = cache.values.layers[layer].keys
    return [int(each) for each in keys.flatten()]


def test_a_window_drops_only_what_lies_beyond_the_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "SLACK", 4)
    cache, points = windowed(), Checkpoints()
    assert not cache.cuttable
    assert not cache.stateful
    append(cache, 0, 13)
    cache.trim(13, points)
    assert kept(cache) == list(range(13))
    points.add(cache.checkpoint(13))
    append(cache, 13, 26)
    cache.trim(26, points)
    assert kept(cache) == list(range(17, 26))
    assert cache.cut(22)
    assert kept(cache) == list(range(17, 22))
    assert cache.values.get_seq_length() == 22
    assert not cache.cut(13)
    [saved] = points
    cache.restore(saved)
    assert kept(cache) == kept(cache, 1) == list(range(8, 13))
    assert cache.values.get_seq_length() == 13
    assert not cache.restores(Checkpoint(12, [{}, {}]))
    assert saved.size == 2 * 2 * 5 * 4


def test_the_windows_of_a_checkpoint_count_against_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checkpoints, "SLACK", 0)
    cache, points = windowed(), Checkpoints(most_bytes=100)
    for end in (10, 11, 12):
        append(cache, end - 10 if end == 10 else end - 1, end)
        points.add(cache.checkpoint(end))
    append(cache, 12, 40)
    cache.trim(40, points)
    assert lengths(points) == [12]


def test_layers_with_states_of_their_own_are_saved_whole() -> None:
    class Extended(DynamicLayer):
        """Keeps something that grows with the text and that `cut` knows nothing of."""

        def __init__(self) -> None:
            super().__init__()
            self.seen: list[Tensor] = []

    cache = LayerCache(LlamaConfig(**CONFIG), CPU)
    assert cache.cuttable
    layer = cache.values.layers[1] = Extended()
    assert cache.stateful
    append(cache, 0, 3)
    layer.seen.append(torch.ones(1))
    saved = cache.checkpoint(3)
    append(cache, 3, 5)
    layer.seen.append(torch.ones(1))
    layer.seen[0].zero_()
    assert not cache.cut(3)
    cache.restore(saved)
    assert kept(cache) == kept(cache, 1) == [0, 1, 2]
    assert [float(each) for each in layer.seen] == [1.0]


def test_a_window_of_an_older_transformers_is_saved_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(DynamicSlidingWindowLayer, "activate_past_recording")
    cache = windowed()
    assert cache.stateful
    append(cache, 0, 9)
    saved = cache.checkpoint(9)
    append(cache, 9, 20)
    assert not cache.cut(9)
    cache.restore(saved)
    assert kept(cache) == [4, 5, 6, 7, 8]
    assert cache.values.get_seq_length() == 9


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> StatefulBackend:
    backend = load("qwen3_next", tmp_path_factory.mktemp("qwen"))
    assert isinstance(backend, StatefulBackend)
    return backend


def storages(value: Any) -> set[int]:
    return {each.untyped_storage().data_ptr() for each in checkpoints._tensors(value)}


def test_a_fork_shares_no_tensor_that_is_written_to(qwen: StatefulBackend) -> None:
    backend = qwen.fork()
    backend.forward([1, 2, 3], 1)
    sequence: Any = backend._sequence
    twin: Any = backend.fork()._sequence
    for mine, its in zip(sequence._cache.values.layers, twin._cache.values.layers, strict=True):
        if hasattr(mine, "recurrent_states"):
            states = [mine.recurrent_states, mine.conv_states]
            assert storages(states).isdisjoint(storages([its.recurrent_states, its.conv_states]))
    assert sequence._ids is not twin._ids


def test_drafts_and_prompts_leave_few_checkpoints(qwen: StatefulBackend) -> None:
    backend: Any = qwen.fork()
    sequence = backend._sequence
    for _ in range(50):
        backend.forward([1, 2, 3], 3)
        backend.truncate(backend.length - 1)
    assert lengths(sequence._kept) == []
    for _ in range(40):
        backend.forward([1, 2, 3], 1)
        backend.keep()
    assert len(lengths(sequence._kept)) == checkpoints._MOST
    assert sequence._kept.newest == backend.length


def test_long_texts_get_checkpoints_without_being_asked(
    qwen: StatefulBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.engine.transformers_backend._SPACING", 10)
    backend: Any = qwen.fork()
    for _ in range(35):
        backend.forward([5], 1)
    assert lengths(backend._sequence._kept) == [10, 20, 30]


def test_rejected_tokens_are_read_again_with_the_next_ones(
    qwen: StatefulBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = qwen.fork()
    backend.forward([1, 2, 3, 4], 1)
    backend.forward([5, 6, 7, 8], 4)
    backend.truncate(6)
    read: list[list[int]] = []
    real = owner(backend)._forward
    monkeypatch.setattr(
        owner(backend), "_forward", lambda ids, *rest: read.append(list(ids)) or real(ids, *rest)
    )
    backend.forward([9], 1)
    assert read == [[5, 6, 9]]


def test_a_long_part_read_again_gets_a_checkpoint(qwen: StatefulBackend) -> None:
    backend: Any = qwen.fork()
    backend.forward([number % 100 for number in range(200)], 1)
    backend.truncate(150)
    backend.forward([7], 1)
    assert lengths(backend._sequence._kept) == [150]


def test_a_state_that_several_tokens_ignore_is_continued_one_by_one(
    qwen: StatefulBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Jamba in transformers, whose longer passes start from an empty state."""
    model = owner(qwen)
    real = model._forward

    def forgetful(ids: list[int], cache: LayerCache, last: int) -> Tensor:
        if len(ids) > 1:
            cache.clear()
        return real(ids, cache, last)

    monkeypatch.setattr(model, "_forward", forgetful)
    assert model._check_states()
    monkeypatch.setattr(model, "_one_by_one", True)
    backend = qwen.fork()
    backend.forward([1, 2, 3], 1)
    rows = backend.forward([4, 5, 6], 2)
    monkeypatch.undo()
    expected = qwen.fork().forward([1, 2, 3, 4, 5, 6], 2)
    torch.testing.assert_close(rows, expected, rtol=0, atol=1e-2)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (lambda ids, cache, last: cache.clear(), "its state is lost between passes"),
        (lambda ids, cache, last: {}["layer"], "'layer'"),
    ],
)
def test_a_model_that_cannot_be_continued_is_refused(
    qwen: StatefulBackend, monkeypatch: pytest.MonkeyPatch, fault: Any, expected: str
) -> None:
    model = owner(qwen)
    real = model._forward
    monkeypatch.setattr(
        model,
        "_forward",
        lambda ids, cache, last: fault(ids, cache, last) or real(ids, cache, last),
    )
    with pytest.raises(ModelError, match=expected) as caught:
        model._check_states()
    assert "model server" in caught.value.hint
    monkeypatch.undo()
    assert not model._check_states()


def test_the_trial_runs_when_the_model_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(model: TransformersModel) -> bool:
        raise ModelError("no state", hint="another")

    monkeypatch.setattr(TransformersModel, "_check_states", refuse)
    load("gemma3_text", tmp_path / "plain")
    with pytest.raises(ModelError, match="no state"):
        load("lfm2", tmp_path / "hybrid")
