"""What the engine allocates, against the plan that is made before it loads anything."""

import json
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import MistralConfig, MistralForCausalLM

from assistant.engine.base import Cancel, Message, Request, Sampling
from assistant.engine.cache import Cache
from assistant.engine.local import LocalEngine
from assistant.engine.transformers_backend import TransformersModel
from assistant.models.memory.from_config import shape_of_config
from assistant.models.memory.plan import Way, cache_bytes, load_of
from assistant.models.memory.shape import ModelShape
from tests.tiny_model import tiny_tokenizer

WINDOW = 1024
CPU = Way("cpu", "int8", own=True)
OTHER, MIXED = Way("cuda", "bf16", own=False), ModelShape("x", 0, (), (), 0, decodable=False)


def shape_in(folder: Path) -> ModelShape:
    return shape_of_config(json.loads((folder / "config.json").read_text()))


@pytest.fixture
def peak(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Most bytes of all caches together so far, as the only entry."""
    living: weakref.WeakSet[Cache] = weakref.WeakSet()
    most = [0]
    reserve, made = Cache.reserve, Cache.__init__

    def total() -> int:
        return sum(layer.nbytes for cache in living for layer in cache.layers)

    def init(self: Cache, *arguments: Any) -> None:
        made(self, *arguments)
        living.add(self)

    def watched(self: Cache, length: int) -> None:
        before = total()
        old = self.layers
        reserve(self, length)
        grown = sum(layer.nbytes for layer in self.layers) if self.layers is not old else 0
        most[0] = max(most[0], before + grown)

    monkeypatch.setattr(Cache, "__init__", init)
    monkeypatch.setattr(Cache, "reserve", watched)
    return most


@pytest.mark.parametrize("candidates", [1, 3])
def test_the_caches_stay_within_the_plan(
    candidates: int, tiny_model: Path, peak: list[int]
) -> None:
    engine = LocalEngine.load(tiny_model, device="cpu", threads=1, context_tokens=WINDOW)
    load = load_of(shape_in(tiny_model), CPU, WINDOW, candidates)
    samplings = tuple(Sampling(max_tokens=40, seed=seed) for seed in range(candidates))
    for start in ("one", "two", "three", "one", "four"):
        text = start + " and another word" * 50
        asked = Request((Message("user", text),), samplings=samplings)
        for _ in engine.stream(replace(asked, wants_all=True), Cancel()):
            pass
    planned = load.cache + load.candidates + load.earlier + load.growth
    assert planned / 3 < peak[0] <= planned


def test_our_cache_has_the_planned_size(tiny_model: Path) -> None:
    from assistant.engine.cache import DecoderConfig

    config = json.loads((tiny_model / "config.json").read_text())
    cache = Cache(DecoderConfig.from_json(config))
    cache.reserve(WINDOW)
    planned = cache_bytes(shape_of_config(config), CPU, WINDOW)
    assert planned == sum(layer.nbytes for layer in cache.layers)


@pytest.mark.parametrize("tied", [True, False])
def test_4_bit_weights_on_a_gpu_have_the_planned_size(tied: bool) -> None:
    pytest.importorskip("triton")
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from assistant.engine.gpu.loading import assemble
    from assistant.engine.gpu.matrices import QuantizedMatrix

    config = Qwen2Config(
        hidden_size=256, intermediate_size=512, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, vocab_size=300, tie_word_embeddings=tied,
    )  # fmt: skip
    known = Qwen2ForCausalLM(config).to(torch.bfloat16).state_dict()
    weights = assemble(config.to_dict(), known.__getitem__, known.__contains__, QuantizedMatrix)
    held = [weights.embedding, weights.norm]
    matrices = [weights.head]
    for layer in weights.layers:
        held += [layer.attention_norm, layer.mlp_norm, layer.bias]
        matrices += [layer.qkv, layer.output, layer.gate_up, layer.down]
    held += [each for m in matrices for each in (m._packed, m._scales)]
    actual = sum(each.nbytes for each in held)
    planned = shape_of_config(config.to_dict()).weight_bytes("4bit")
    # Scales of the output projection are shared by fewer numbers, where heads are narrow.
    assert planned == pytest.approx(actual, rel=0.005)


def test_a_cache_on_a_gpu_has_the_planned_size() -> None:
    pytest.importorskip("triton")
    from tests.engine.test_gpu import made

    theirs, sequence = made()
    shape = shape_of_config(theirs.config.to_dict())
    sequence._reserve(2048)
    way = Way("cuda", "bf16", own=True)
    numbers = sequence._cache.numel()
    assert cache_bytes(shape, way, 2048) == 2 * numbers
    decoder = sequence._decoder
    buffers = (decoder._rotation, *decoder.buffers.parts)
    assert load_of(shape, way, 200).base - load_of(MIXED, OTHER, 200).base == sum(
        each.nbytes for each in buffers
    )


def test_transformers_keeps_what_lies_outside_a_window(tmp_path: Path) -> None:
    config = MistralConfig(
        vocab_size=tiny_tokenizer().get_vocab_size(), hidden_size=64, intermediate_size=96,
        num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2, head_dim=16,
        sliding_window=128, max_position_embeddings=1024,
    )  # fmt: skip
    MistralForCausalLM(config).to(torch.bfloat16).save_pretrained(tmp_path)
    sequence = TransformersModel(tmp_path, torch.device("cpu")).sequence()
    with torch.inference_mode():
        sequence.forward([7] * 400, 1)
    layers = sequence._cache.values.layers  # type: ignore[union-attr]
    actual = sum(layer.keys.nbytes + layer.values.nbytes for layer in layers)
    shape = shape_of_config(config.to_dict())
    assert actual == cache_bytes(shape, Way("cpu", "bf16", own=False), 400)
