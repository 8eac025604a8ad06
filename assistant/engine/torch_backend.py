"""Owns the torch side of the backend seam: which forward pass a folder gets, on which device.

int8 folders on the CPU run on `decoder`. Knows nothing of sampling, prompts or text.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from assistant.engine.decoder import ARCHITECTURES, Cache, Decoder, DecoderConfig
from assistant.engine.quantization import choose_kernel, keep_freed_memory
from assistant.errors import EngineError, ModelError, OutOfMemory
from assistant.models.folder import CONFIG, WEIGHTS, Manifest, TensorReader


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """What was loaded, and where to."""

    device: str
    """cpu, or cuda:0 with its name."""
    weights: str
    """Number format: int8, bf16."""
    context_tokens: int
    """Longest sequence this backend takes."""
    threads: int


class TorchBackend:
    """One sequence over weights that its forks share."""

    def __init__(self, decoder: Decoder, cache: Cache, info: BackendInfo) -> None:
        """Use `load`."""
        self._decoder = decoder
        self._cache = cache
        self.info = info

    @classmethod
    def load(
        cls, folder: Path, *, device: str = "auto", threads: int = 0, context_tokens: int = 8192
    ) -> "TorchBackend":
        """Weights of a converted folder, ready to run, with an empty sequence.

        `device` is auto, cpu or cuda; `threads` 0 keeps torch's own choice.
        Raises ModelError for a damaged folder or a device that is not there.
        """
        manifest = Manifest.read(folder)
        if threads:
            torch.set_num_threads(threads)
        keep_freed_memory()
        config = _read_config(folder)
        if manifest.architecture not in ARCHITECTURES:
            raise ModelError(f"The architecture {manifest.architecture} is not known.")
        shape = DecoderConfig.from_json(config)
        reader = TensorReader(folder / WEIGHTS)
        decoder = Decoder(reader, shape, choose_kernel())
        reader.close()
        info = BackendInfo(
            device="cpu",
            weights=manifest.weights,
            context_tokens=min(context_tokens, manifest.context_tokens),
            threads=torch.get_num_threads(),
        )
        return cls(decoder, Cache(shape), info)

    @property
    def length(self) -> int:
        return self._cache.length

    @torch.inference_mode()
    def forward(self, ids: Sequence[int], last: int) -> Tensor:
        if not ids or not 0 <= last <= len(ids):
            raise ValueError(f"{last} of {len(ids)} rows asked for")
        length = self._cache.length
        try:
            logits = self._decoder.forward(ids, self._cache, last)
        except (MemoryError, RuntimeError) as error:
            self._cache.length = length
            raise _translate(error) from error
        if not math.isfinite(logits.sum().item()):  # one pass, and either kind of fault survives it
            self._cache.length = length
            raise EngineError(
                "The model computed numbers that are not finite.",
                hint="Pull the model again; if it stays, choose another.",
            )
        return logits

    def truncate(self, length: int) -> None:
        if not 0 <= length <= self._cache.length:
            raise ValueError(f"cannot cut {self._cache.length} tokens to {length}")
        self._cache.length = length

    @torch.inference_mode()
    def fork(self) -> "TorchBackend":
        try:
            return TorchBackend(self._decoder, self._cache.copy(), self.info)
        except (MemoryError, RuntimeError) as error:
            raise _translate(error) from error

    @torch.inference_mode()
    def export_cache(self, length: int) -> NDArray[np.float32]:
        parts = [layer[:, :, :length].float().cpu() for layer in self._cache.layers]
        return torch.stack(parts).numpy()

    @torch.inference_mode()
    def import_cache(self, values: NDArray[np.float32]) -> None:
        length = values.shape[3] if values.ndim == 5 else 0
        cache = Cache(self._decoder.config)
        try:
            cache.reserve(length)
            for layer, kept in zip(cache.layers, torch.from_numpy(values), strict=True):
                if layer[:, :, :length].shape != kept.shape:
                    raise ValueError(f"values of shape {values.shape}")
                layer[:, :, :length] = kept
        except (MemoryError, RuntimeError) as error:
            raise _translate(error) from error
        cache.length = length
        self._cache = cache


def _translate(error: Exception) -> Exception:
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "alloc" in str(error):
        return OutOfMemory(
            "There is not enough memory for this request.",
            hint="Select less context, or choose a smaller model.",
        )
    return EngineError(f"The model could not be run: {error}")


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder / CONFIG} cannot be read: {error}", hint="Pull the model again."
        ) from error
    return config
