"""What a plan says a model takes, and the largest window that fits."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.models.memory.from_config import shape_of_config
from assistant.models.memory.plan import (
    STEP,
    Way,
    cache_bytes,
    largest_window,
    load_of,
    ways_of,
)
from assistant.models.memory.shape import LayerGroup, ModelShape, Tensors

DENSE = ModelShape("qwen2", 4000, (Tensors("linear", 1000, 1000),), (LayerGroup(4, 32),), 0, True)
MIXED = ModelShape("x", 0, (Tensors("linear", 1000, 1000),), (LayerGroup(2, 32, 64),), 900, False)
CPU, GPU = Way("cpu", "int8", own=True), Way("cuda", "bf16", own=True)


def test_a_model_runs_on_a_cpu_and_in_two_formats_on_a_gpu() -> None:
    assert [(way.target, way.weights, way.own) for way in ways_of(DENSE)] == [
        ("cpu", "int8", True),
        ("cuda", "bf16", True),
        ("cuda", "4bit", True),
    ]
    assert [way.weights for way in ways_of(MIXED)] == ["bf16", "bf16", "4bit"]


def test_the_parts_of_a_plan_add_up() -> None:
    load = load_of(DENSE, CPU, 1024, candidates=3)
    token = 4 * 32 * 4
    assert (load.cache, load.candidates) == (1024 * token, 2 * 1024 * token)
    assert (load.earlier, load.growth) == (512 * token, 1024 * token)
    assert load.weights == DENSE.weight_bytes("int8")
    assert load.total == load.weights + 4.5 * 1024 * token + load.base
    assert load_of(DENSE, CPU, 1024, candidates=1).candidates == 0
    assert load_of(DENSE, CPU, 1024, candidates=32) == load_of(DENSE, CPU, 1024, candidates=8)


def test_a_gpu_keeps_half_the_bytes_and_some_room_ahead() -> None:
    assert load_of(DENSE, GPU, 1024).cache == load_of(DENSE, CPU, 1024).cache // 2
    assert load_of(DENSE, GPU, 1024).growth == 1.25 * load_of(DENSE, GPU, 1024).cache


def test_transformers_draws_candidates_one_after_the_other() -> None:
    way = ways_of(MIXED)[1]
    assert load_of(MIXED, way, 1024).candidates == 0
    # The engine keeps what lies outside a window, and one state for each sequence.
    assert load_of(MIXED, way, 1024).cache == 2 * (2 * 32 * 1024 + 900)


@given(st.integers(0, 40_000_000), st.integers(1, 9), st.sampled_from([CPU, GPU]))
def test_the_largest_window_fits_and_the_next_does_not(
    more: int, candidates: int, way: Way
) -> None:
    least = load_of(DENSE, way, 0, candidates).total
    window = largest_window(DENSE, way, least + more, candidates)
    assert 0 <= window <= DENSE.trained_tokens
    assert load_of(DENSE, way, window, candidates).total <= least + more
    if window < DENSE.trained_tokens:
        assert load_of(DENSE, way, window + STEP, candidates).total > least + more


def test_a_model_that_does_not_fit_has_no_window() -> None:
    assert largest_window(DENSE, CPU, load_of(DENSE, CPU, 0).total - 1) == 0
    assert largest_window(DENSE, CPU, 1 << 40) == DENSE.trained_tokens


@pytest.mark.weights
def test_the_cache_of_a_real_model_takes_what_the_plan_says(weights_dir: Path) -> None:
    from assistant.engine.cache import Cache, DecoderConfig

    config = json.loads((weights_dir / "config.json").read_text())
    cache = Cache(DecoderConfig.from_json(config))
    cache.reserve(4096)
    planned = cache_bytes(shape_of_config(config), CPU, 4096)
    assert planned == sum(layer.nbytes for layer in cache.layers) == 4096 * 24 * 2 * 2 * 64 * 4
