"""Shapes of models, against transformers' own models and caches."""

import json
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, DynamicCache
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

from assistant.errors import ModelError
from assistant.models.catalog import CATALOG, HUB_MODELS
from assistant.models.convert import convert
from assistant.models.folder import TensorReader
from assistant.models.found.places import Places
from assistant.models.gguf import GGUFFile
from assistant.models.memory.from_config import shape_of_config
from assistant.models.memory.from_gguf import shape_of_gguf
from assistant.models.memory.known import shape_of
from assistant.models.memory.shape import LayerGroup, ModelShape, Tensors
from assistant.models.store import ModelStore
from tests.models.weights import FAMILIES, make_folder

KINDS = [
    "llama", "qwen2", "qwen3", "mistral", "mixtral", "phi3", "starcoder2", "seed_oss", "granite",
    "gemma2", "gemma3_text", "gemma4_text", "olmo3", "cohere2", "gpt_oss", "qwen3_moe",
    "glm4_moe", "glm4_moe_lite", "deepseek_v3", "qwen3_next", "qwen3_5_text", "qwen3_5_moe_text",
]  # fmt: skip
"""Dense, mixture of experts, latent attention, sliding windows, linear attention."""

SMALL = {
    "vocab_size": 300, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 4,
    "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "pad_token_id": 0,
    "max_position_embeddings": 4096,
}  # fmt: skip
EXPERTS = {"num_experts_per_tok": 2, "moe_intermediate_size": 32}
LATENT = {"kv_lora_rank": 32, "q_lora_rank": 48, "qk_rope_head_dim": 8, "qk_nope_head_dim": 16,
          "v_head_dim": 16, "n_routed_experts": 8, "n_group": 1, "topk_group": 1, "head_dim": 8,
          "num_key_value_heads": 4, **EXPERTS}  # fmt: skip
DELTA = {"linear_num_value_heads": 4, "linear_num_key_heads": 2, "linear_key_head_dim": 16,
         "linear_value_head_dim": 16}  # fmt: skip
CACHES: dict[str, dict[str, Any]] = {
    "qwen2": {},
    "qwen3_moe": {"num_experts": 8, **EXPERTS},
    "gemma2": {"sliding_window": 128},
    "gpt_oss": {"num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 128},
    "glm4_moe_lite": LATENT,
    "deepseek_v3": LATENT,
    "qwen3_5_text": DELTA,
    "qwen3_next": {"num_experts": 8, "shared_expert_intermediate_size": 32, **DELTA, **EXPERTS},
}
TOKENS = 300


def config_of(kind: str, **sizes: Any) -> Any:
    if kind not in CONFIG_MAPPING_NAMES:
        pytest.skip(f"this transformers does not have {kind}")
    return AutoConfig.for_model(kind, **sizes)


@pytest.mark.parametrize("kind", KINDS)
def test_the_parameters_are_those_of_transformers(kind: str) -> None:
    config = config_of(kind)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    expected = sum(each.numel() for each in model.parameters())
    shape = shape_of_config(config.to_dict())
    assert shape.parameters == pytest.approx(expected, rel=0.0005)
    assert shape.weight_bytes("bf16") == 2 * shape.parameters


@pytest.mark.parametrize("kind", CACHES)
def test_the_cache_is_that_of_transformers(kind: str) -> None:
    config = config_of(kind, **{**SMALL, **CACHES[kind]})
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    cache = DynamicCache(config=config)
    with torch.inference_mode():
        model(input_ids=torch.randint(1, 290, (1, TOKENS)), past_key_values=cache)
    shape = shape_of_config(config.to_dict())
    # A layer with a window drops the oldest token as soon as the window is full.
    dropped = sum(each.count * each.values for each in shape.layers if each.window)
    assert numbers_in(cache) == shape.cache_numbers(TOKENS, windowed=True) - dropped


def numbers_in(cache: DynamicCache) -> int:
    found = 0
    for layer in cache.layers:
        for value in vars(layer).values():
            some = value.values() if isinstance(value, dict) else (value,)
            found += sum(each.numel() for each in some if torch.is_tensor(each) and each.dim() > 1)
    return found


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("weights", ["int8", "bf16"])
def test_the_weights_are_as_large_as_the_converted_file(
    family: str, weights: Any, tmp_path: Path
) -> None:
    make_folder(tmp_path / "source", family)
    convert(tmp_path / "source", tmp_path / "target", weights, lambda *_: None)
    file = tmp_path / "target" / "weights.safetensors"
    header = int.from_bytes(file.read_bytes()[:8], "little") + 8
    config = json.loads((tmp_path / "target" / "config.json").read_text())
    assert shape_of_config(config).weight_bytes(weights) == file.stat().st_size - header
    assert shape_of_config(config).decodable


@pytest.mark.weights
def test_the_weights_of_a_real_model_are_as_large_as_its_file(weights_dir: Path) -> None:
    config = json.loads((weights_dir / "config.json").read_text())
    file = weights_dir / "weights.safetensors"
    size = shape_of_config(config).weight_bytes("int8")
    assert 0 <= file.stat().st_size - size < 100_000
    embedding = TensorReader(file).shape("embed.weight")
    assert Tensors("embedding", *embedding) in shape_of_config(config).tensors


def test_the_published_shapes_have_the_published_parameters(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, places=Places())
    for entry in CATALOG:
        shape = shape_of(entry.id, store)
        repeated = sum(each.numbers for each in shape.tensors if each.role == "head")
        assert shape.parameters - repeated == entry.parameters
    for model in HUB_MODELS:
        assert shape_of(model.id, store).parameters == pytest.approx(model.parameters, rel=0.0005)


def test_the_text_part_of_a_model_with_several_is_counted() -> None:
    text = config_of("qwen3", **SMALL).to_dict()
    nested = {"model_type": "some_vl", "hidden_size": 1, "text_config": text}
    assert shape_of_config(nested).parameters == shape_of_config(text).parameters


def test_layers_that_share_the_cache_of_others_keep_nothing() -> None:
    config = {**config_of("gemma3_text", **SMALL).to_dict(), "num_kv_shared_layers": 3}
    assert sum(each.count for each in shape_of_config(config).layers) == 1


OLD = {**SMALL, "model_type": "qwen2", "sliding_window": 128}


@pytest.mark.parametrize(
    ("changes", "windows"),
    [
        ({}, {128: 4}),
        ({"use_sliding_window": False}, {0: 4}),
        ({"use_sliding_window": True, "max_window_layers": 3}, {0: 3, 128: 1}),
        ({"sliding_window_pattern": 2}, {0: 2, 128: 2}),
        ({"model_type": "gemma2"}, {0: 2, 128: 2}),
        ({"sliding_window": None}, {0: 4}),
        ({"model_type": "qwen3_next", **DELTA}, {0: 1}),
        ({"model_type": "qwen3_next", "full_attention_interval": 2, **DELTA}, {0: 2}),
    ],
)
def test_a_config_without_the_kinds_of_its_layers(
    changes: dict[str, Any], windows: dict[int, int]
) -> None:
    layers = shape_of_config({**OLD, **changes}).layers
    assert {each.window: each.count for each in layers} == windows


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "lacks num_hidden_layers"),
        ({"num_hidden_layers": "many"}, "lacks num_hidden_layers"),
        ({"num_hidden_layers": 2}, "lacks"),
        ({**SMALL, "hidden_size": None}, "lacks hidden_size"),
        ({**SMALL, "num_hidden_layers": 10**9}, "1,000,000,000 layers"),
    ],
)
def test_an_incomplete_config_is_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        shape_of_config(config)


def test_a_gguf_file_has_the_shape_of_its_model(tmp_path: Path, tiny_gguf: bytes) -> None:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(tiny_gguf)
    convert(file, tmp_path / "target", "int8", lambda *_: None)
    described = shape_of(str(file), ModelStore(tmp_path / "cache", places=Places()))
    converted = shape_of(str(tmp_path / "target"), ModelStore(tmp_path / "cache", places=Places()))
    assert described.parameters == converted.parameters
    assert described.weight_bytes("int8") == converted.weight_bytes("int8")
    assert (described.layers, described.state) == (converted.layers, 0)
    assert described.trained_tokens == converted.trained_tokens == 512
    assert described.decodable


def header(path: Path, kind: str, facts: dict[str, Any]) -> GGUFFile:
    writer = gguf.GGUFWriter(str(path), kind)
    for key, value in facts.items():
        add = writer.add_array if isinstance(value, list) else writer.add_uint32
        add(f"{kind}.{key}", value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return GGUFFile(path, vocabulary=False)


PLAIN = {
    "block_count": 4,
    "embedding_length": 64,
    "attention.head_count": 4,
    "attention.head_count_kv": 2,
    "attention.key_length": 16,
    "attention.value_length": 16,
}
RECURRENT = {"ssm.state_size": 16, "ssm.group_count": 2, "ssm.inner_size": 64, "ssm.conv_kernel": 4}
WINDOW = {"attention.sliding_window": 8}
LISTED = {"attention.sliding_window_pattern": [True, True, True, False], **WINDOW}
COMPRESSED = {"attention.kv_lora_rank": 32, "rope.dimension_count": 8}
UNEVEN = {"attention.head_count_kv": [2, 2, 0, 1]}


@pytest.mark.parametrize(
    ("kind", "facts", "layers", "state"),
    [
        ("qwen3moe", {}, [LayerGroup(4, 64)], 0),
        ("llama", UNEVEN, [LayerGroup(2, 64), LayerGroup(1, 32)], 0),
        ("gemma2", WINDOW, [LayerGroup(2, 64, 8), LayerGroup(2, 64)], 0),
        ("gemma4", LISTED, [LayerGroup(3, 64, 8), LayerGroup(1, 64)], 0),
        ("deepseek2", COMPRESSED, [LayerGroup(4, 40)], 0),
        ("qwen3next", RECURRENT, [LayerGroup(1, 64)], 3 * (128 * 4 + 64 * 16)),
    ],
)
def test_caches_by_the_metadata_of_gguf_files(
    kind: str, facts: dict[str, Any], layers: list[LayerGroup], state: int, tmp_path: Path
) -> None:
    shape = shape_of_gguf(header(tmp_path / "file.gguf", kind, {**PLAIN, **facts}))
    assert (list(shape.layers), shape.state) == (layers, state)


def test_the_state_in_a_gguf_file_is_that_of_its_config(tmp_path: Path) -> None:
    config = config_of("qwen3_5_text", **{**SMALL, **DELTA}).to_dict()
    stored = shape_of_gguf(header(tmp_path / "file.gguf", "qwen35", {**PLAIN, **RECURRENT}))
    assert stored.state == shape_of_config(config).state > 0


def test_a_gguf_file_without_sizes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="block_count"):
        shape_of_gguf(header(tmp_path / "a.gguf", "llama", {}))
    with pytest.raises(ModelError, match="head_count"):
        shape_of_gguf(header(tmp_path / "b.gguf", "llama", {"block_count": 2}))
    with pytest.raises(ModelError, match="layers"):
        shape_of_gguf(header(tmp_path / "c.gguf", "llama", {"block_count": 10**6}))


def test_all_experts_count_and_4_bits_leave_stacked_ones_out_of_transformers() -> None:
    mixture = shape_of_config(
        config_of("qwen3_moe", **{**SMALL, "num_experts": 8, **EXPERTS}).to_dict()
    )
    experts = 4 * 8 * 3 * 64 * 32
    assert sum(each.numbers for each in mixture.tensors if each.role == "expert") == experts
    assert mixture.weight_bytes("4bit") > 2 * experts
    dense = ModelShape("x", 0, (Tensors("linear", 128, 128),), (), 0, decodable=False)
    assert dense.weight_bytes("4bit") == pytest.approx(128 * 128 * 4.127 / 8, rel=0.001)


def test_what_nothing_describes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    store = ModelStore(tmp_path / "cache", places=Places())
    with pytest.raises(ModelError, match="Nothing on this machine describes org/unknown"):
        shape_of("org/unknown", store)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ModelError, match="not a JSON object"):
        shape_of(str(tmp_path / "config.json"), store)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelError, match="Cannot read"):
        shape_of(str(tmp_path), store)
