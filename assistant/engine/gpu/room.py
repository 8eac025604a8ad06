"""Refuses models that do not fit a GPU, before anything is loaded."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from assistant.engine.cache import DecoderConfig
from assistant.errors import ModelError
from assistant.models.folder import WEIGHTS

_SPARE = 1 << 30
"""GPU bytes reserved for activations and what CUDA itself needs."""

_FOUR_BIT_SHARE = 0.4
"""Size of 4-bit weights relative to bf16: a quarter, plus scales and the unquantized embedding."""


_GROWING = ("full_attention", "sliding_attention", "chunked_attention", "attention", "hybrid")


def check_room(
    folder: Path,
    device: torch.device,
    config: DecoderConfig | None,
    context_tokens: int,
    *,
    four_bit: bool,
) -> None:
    """Raises ModelError if weights and the cache of one context do not fit the free memory.

    Without `config` the cache is not counted.
    """
    free, _ = torch.cuda.mem_get_info(device)
    weights = (folder / WEIGHTS).stat().st_size
    four_bit_size = int(weights * _FOUR_BIT_SHARE)
    other = _SPARE + (cache_bytes(config, context_tokens) if config else 0)
    needed = (four_bit_size if four_bit else weights) + other
    if needed <= free:
        return
    advice = (
        "set gpu_weights to 4bit"
        if not four_bit and four_bit_size + other <= free
        else "choose a smaller model"
    )
    raise ModelError(
        f"The model needs {needed / 1e9:.1f} GB of GPU memory for {context_tokens} tokens of"
        f" context; {free / 1e9:.1f} GB are free.",
        hint=f"Close other programs on the GPU, {advice}, or use --device cpu.",
    )


def attention_of(config: dict[str, Any]) -> DecoderConfig | None:
    """The layers of a model whose cache grows with the text, from its config.json; None where that
    does not tell their shape.
    """
    text = {**config, **config.get("text_config", {})}
    try:
        shape = DecoderConfig.from_json({"rms_norm_eps": 0.0, **text})
    except (KeyError, TypeError):
        return None
    kinds = text.get("layer_types") or ["full_attention"] * shape.layers
    return replace(shape, layers=sum(kind in _GROWING for kind in kinds))


def cache_bytes(config: DecoderConfig, tokens: int) -> int:
    """Size of the keys and values of this many tokens, in bf16."""
    return config.layers * 2 * config.kv_heads * config.head_dim * tokens * 2
