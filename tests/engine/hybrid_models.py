"""Tiny random models of the kinds that people run: hybrid, windowed, latent attention."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM

from assistant.engine.backend import Backend
from assistant.engine.torch_backend import TorchBackend
from assistant.models.convert import convert
from tests.engine.fake_backends import END, WIDTH
from tests.tiny_model import tiny_tokenizer

_BASE: dict[str, Any] = {
    "vocab_size": WIDTH,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 2048,
    "initializer_range": 0.3,
    "tie_word_embeddings": False,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": None,
}
_DELTA = {
    "linear_num_value_heads": 4,
    "linear_num_key_heads": 2,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "full_attention_interval": 4,
}
_EXPERTS = {
    "num_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 16,
    "shared_expert_intermediate_size": 16,
}
_WINDOW = {"sliding_window": 24}
_LATENT = {
    "num_key_value_heads": 4,
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 8,
    "v_head_dim": 8,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 16,
    "n_group": 1,
    "topk_group": 1,
}
_MAMBA = {"mamba_d_state": 8, "mamba_d_conv": 4}

MODELS: dict[str, dict[str, Any]] = {
    "qwen3_next": _DELTA | _EXPERTS,
    "qwen3_5_text": _DELTA,
    "gpt_oss": _WINDOW | {"num_local_experts": 4, "num_experts_per_tok": 2},
    "gemma3_text": _WINDOW
    | {"layer_types": ["sliding_attention"] * 3 + ["full_attention"], "query_pre_attn_scalar": 8},
    "deepseek_v3": _LATENT,
    "falcon_h1": _MAMBA
    | {
        "mamba_d_ssm": 32,
        "mamba_n_heads": 4,
        "mamba_d_head": 8,
        "mamba_n_groups": 1,
        "mamba_chunk_size": 16,
    },
    "lfm2": {
        "layer_types": ["conv", "conv", "full_attention", "conv"],
        "block_ff_dim": 48,
        "block_auto_adjust_ff_dim": False,
    },
    "jamba": _MAMBA
    | {"attn_layer_period": 4, "attn_layer_offset": 3, "num_experts": 2, "mamba_dt_rank": 4},
}
"""Settings of each model, by its type."""

STATEFUL = ("qwen3_next", "qwen3_5_text", "falcon_h1", "lfm2", "jamba")
"""The types that have layers which cannot be cut."""


def model_of(kind: str) -> Any:
    """Random weights of this type, the same in every process."""
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, **{**_BASE, **MODELS.get(kind, {})})
    return AutoModelForCausalLM.from_config(config)


def load(kind: str, folder: Path) -> TorchBackend:
    """The backend of a converted folder, computing in float32: rounding then flips no token."""
    source = folder / "source"
    model_of(kind).save_pretrained(source)
    tiny_tokenizer().save(str(source / "tokenizer.json"))
    convert(source, folder / "model", "bf16", lambda stage, done, total: None)
    backend = TorchBackend.load(folder / "model", device="cpu", threads=1, context_tokens=2048)
    owner(backend).model.float()
    return backend


def owner(backend: TorchBackend) -> Any:
    """The model of a backend, with its transformers model in `model`."""
    sequence: Any = backend._sequence
    return sequence._owner


def generated(backend: TorchBackend, ids: list[int], count: int) -> list[int]:
    """What the model's own `generate` continues with."""
    with torch.inference_mode():
        found = owner(backend).model.generate(
            torch.tensor([ids]), max_new_tokens=count, do_sample=False, eos_token_id=END
        )
    return [int(number) for number in found[0, len(ids) :]]


def greedy(backend: Backend, row: Tensor, count: int) -> list[int]:
    """Continues a sequence token by token; `row` are the logits of its last id."""
    found = [int(row.argmax())]
    while len(found) < count and found[-1] != END:
        found.append(int(backend.forward(found[-1:], 1)[0].argmax()))
    return found
