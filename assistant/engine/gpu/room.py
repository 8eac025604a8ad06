"""Refuses models that do not fit a GPU, before anything is loaded."""

from pathlib import Path

import torch

from assistant.errors import ModelError
from assistant.models.folder import WEIGHTS
from assistant.models.memory.shape import ModelShape

_SPARE = 1 << 30
"""GPU bytes reserved for activations and what CUDA itself needs."""

_FOUR_BIT_SHARE = 0.4
"""Size of 4-bit weights relative to bf16 where their shape is unknown: a quarter, plus scales and
the unquantized embedding."""


def check_room(
    folder: Path,
    device: torch.device,
    shape: ModelShape | None,
    context_tokens: int,
    *,
    four_bit: bool,
) -> None:
    """Raises ModelError if weights and the cache of one context do not fit the free memory.

    Without `shape` the cache is not counted.
    """
    free, _ = torch.cuda.mem_get_info(device)
    weights = (folder / WEIGHTS).stat().st_size
    four_bit_size = shape.weight_bytes("4bit") if shape else int(weights * _FOUR_BIT_SHARE)
    other = _SPARE + (cache_bytes(shape, context_tokens) if shape else 0)
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


def cache_bytes(shape: ModelShape, tokens: int) -> int:
    """Size of what a sequence of this many tokens keeps, in bf16."""
    return 2 * shape.cache_numbers(tokens, windowed=False)
