"""Runs any model that transformers supports, on a GPU or the CPU.

Weights are bf16, or 4-bit on request: NF4 with double quantization (QLoRA,
https://arxiv.org/abs/2305.14314), which bitsandbytes applies while loading.

No code that ships with a model is executed.
"""

import copy
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import AutoModelForCausalLM, DynamicCache

from assistant.engine.static_backend import StaticSequence, fits
from assistant.errors import ModelError

_FOUR_BIT_PACKAGES = ("bitsandbytes", "accelerate")


class TransformersModel:
    """The weights of a bf16 folder on a device; keeps no sequence."""

    def __init__(self, folder: Path, device: torch.device, *, four_bit: bool = False) -> None:
        """Raises ModelError if the weights cannot be loaded."""
        options = _four_bit_options(device) if four_bit else {}
        try:
            model: Any = AutoModelForCausalLM.from_pretrained(
                folder,
                **options,
                dtype=torch.bfloat16,
                attn_implementation="sdpa",
                trust_remote_code=False,
                use_safetensors=True,
                local_files_only=True,
            )
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            raise ModelError(
                f"transformers cannot load {folder}: {error}",
                hint="Pull the model again, or choose another one.",
            ) from error
        self.device = device
        self.model = model.eval() if four_bit else model.to(device).eval()
        self._replays = device.type == "cuda" and not four_bit and fits(model)
        self.vocabulary: int = self.model.config.get_text_config().vocab_size

    def sequence(self) -> "TransformersSequence | StaticSequence":
        """An empty sequence; on a GPU, one that is replayed if the model supports it."""
        if self._replays:
            return StaticSequence(self.model)
        return TransformersSequence(self, DynamicCache())


class TransformersSequence:
    """One sequence with a growing cache."""

    def __init__(self, owner: TransformersModel, cache: DynamicCache) -> None:
        self._owner = owner
        self._cache: Any = (
            cache  # typed as a union of layer kinds; all of ours have keys and values
        )

    @property
    def length(self) -> int:
        length: int = self._cache.get_seq_length()
        return length

    def forward(self, ids: Sequence[int], last: int) -> Tensor:
        output = self._owner.model(
            input_ids=torch.tensor([ids], device=self._owner.device),
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=max(last, 1),
        )
        logits: Tensor = output.logits[0].float()
        return logits[len(logits) - last :]

    def truncate(self, length: int) -> None:
        # After a failure, layers may differ in length.
        for layer in self._cache.layers:
            excess = layer.get_seq_length() - length
            if excess > 0:
                layer.crop(-excess)

    def copy(self) -> "TransformersSequence":
        return TransformersSequence(self._owner, copy.deepcopy(self._cache))

    def export(self, length: int) -> NDArray[np.float32]:
        pairs = [torch.stack((layer.keys[0], layer.values[0])) for layer in self._cache.layers]
        values: NDArray[np.float32] = torch.stack(pairs)[:, :, :, :length].float().cpu().numpy()
        return values

    def load(self, values: NDArray[np.float32]) -> None:
        """Raises ValueError if the values do not fit this model."""
        config = self._owner.model.config.get_text_config()
        if values.ndim != 5 or values.shape[0] != config.num_hidden_layers:
            raise ValueError(f"a cache of shape {values.shape} does not fit this model")
        cache = DynamicCache()
        for number, pair in enumerate(torch.from_numpy(values)):
            keys, entries = pair[:, None].to(self._owner.device, torch.bfloat16)
            cache.update(keys, entries, number)
        self._cache = cache


def _four_bit_options(device: torch.device) -> dict[str, Any]:
    missing = [name for name in _FOUR_BIT_PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelError(
            f"4-bit weights need packages that are not installed: {', '.join(missing)}.",
            hint=f"Run pip install {' '.join(missing)}, or set gpu_weights to bf16.",
        )
    from transformers import BitsAndBytesConfig

    quantization = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    return {"quantization_config": quantization, "device_map": {"": device}}
