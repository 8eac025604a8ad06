"""Writes small random models as published: folders for the hub, and GGUF files."""

import json
from pathlib import Path
from typing import Any

import gguf
import torch
from safetensors.torch import load_file
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from tests.tiny_model import MERGES, SPECIALS, TEMPLATE, tiny_tokenizer

FAMILIES = {
    "qwen2": (Qwen2Config, Qwen2ForCausalLM, {"tie_word_embeddings": True}),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM, {"head_dim": 32}),
    "llama": (LlamaConfig, LlamaForCausalLM, {"attention_bias": True}),
}


def make_folder(path: Path, family: str, **changes: Any) -> Any:
    """Write a small random model as published on the hub, and return the transformers model."""
    torch.manual_seed(0)
    kind, model_class, options = FAMILIES[family]
    tokenizer = tiny_tokenizer()
    config = kind(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=64, intermediate_size=96,
        num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=512, initializer_range=0.1, **options,
    )  # fmt: skip
    model = model_class(config).eval()
    for name, value in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(value, std=0.3)
    model.save_pretrained(path)
    tokenizer.save(str(path / "tokenizer.json"))
    (path / "chat_template.jinja").write_text(TEMPLATE)
    (path / "generation_config.json").write_text(json.dumps({"eos_token_id": [268, 267]}))
    config_file = path / "config.json"
    config_file.write_text(json.dumps({**json.loads(config_file.read_text()), **changes}))
    return model


def make_gguf(path: Path, folder: Path, family: str, **facts: Any) -> None:
    """Write the same model as llama.cpp's converter would."""
    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(str(path), family)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(512)
    writer.add_embedding_length(64)
    writer.add_feed_forward_length(96)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_key_length(config.get("head_dim") or 16)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    _add_tokenizer(writer)
    for key, value in facts.items():
        writer.add_string(key.replace("__", "."), value)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH_NAMES and _architecture(family), 2)
    for name, tensor in load_file(folder / "model.safetensors").items():
        if family == "llama" and (".q_proj." in name or ".k_proj." in name):
            heads = 4 if ".q_proj." in name else 2
            shape = (heads, 2, tensor.shape[0] // heads // 2, *tensor.shape[1:])
            tensor = tensor.reshape(shape).swapaxes(1, 2).reshape(tensor.shape)
        stored = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if tensor.dim() == 1:
            writer.add_tensor(stored, tensor.float().numpy())
        else:
            kind = gguf.GGMLQuantizationType.Q8_0
            data = gguf.quants.quantize(tensor.float().numpy(), kind)
            writer.add_tensor(stored, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _architecture(family: str) -> gguf.MODEL_ARCH:
    return next(arch for arch, name in gguf.MODEL_ARCH_NAMES.items() if name == family)


def _add_tokenizer(writer: gguf.GGUFWriter) -> None:
    tokenizer = tiny_tokenizer()
    words = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([word for word, _ in words])
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_token_types([control if word in SPECIALS else normal for word, _ in words])
    writer.add_token_merges(list(MERGES))
    writer.add_eos_token_id(tokenizer.token_to_id("<|im_end|>"))
    writer.add_chat_template(TEMPLATE)
