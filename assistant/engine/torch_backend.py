"""Owns the torch side of the backend seam: which forward pass a folder gets, on which device.

int8 folders run on `decoder`, on the CPU; bf16 folders on `transformers_backend`, which is imported
only then. Errors of torch become ours here. Knows nothing of sampling, prompts or text.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from assistant.engine import startup
from assistant.engine.backend import Backend
from assistant.engine.cache import DecoderConfig
from assistant.engine.decoder import Decoder, DecoderSequence
from assistant.engine.quantization import choose_kernel, keep_freed_memory
from assistant.errors import EngineError, ModelError, OutOfMemory
from assistant.models.folder import CONFIG, WEIGHTS, Manifest, TensorReader

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """What was loaded, and where to."""

    device: str
    """cpu, or cuda:0 with its name."""
    weights: str
    """Number format: int8, bf16, 4bit."""
    context_tokens: int
    """Longest sequence this backend takes."""
    threads: int


class _Sequence(Protocol):
    """Tokens and their cache over one forward pass; raises whatever torch raises."""

    @property
    def length(self) -> int: ...
    def forward(self, ids: Sequence[int], last: int) -> Tensor: ...
    def truncate(self, length: int) -> None: ...
    def copy(self) -> Self: ...
    def export(self, length: int) -> NDArray[np.float32]: ...
    def load(self, values: NDArray[np.float32]) -> None: ...


class TorchBackend:
    """One sequence over weights that its forks share; see `backend.Backend` for the verbs."""

    def __init__(self, sequence: _Sequence, info: BackendInfo) -> None:
        """Use `load`."""
        self._sequence = sequence
        self.info = info

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        device: str = "auto",
        gpu_weights: str = "bf16",
        threads: int = 0,
        context_tokens: int = 8192,
    ) -> "TorchBackend":
        """Weights of a converted folder, ready to run, with an empty sequence.

        `device` is auto, cpu or cuda; `gpu_weights` bf16 or 4bit; `threads` 0 keeps torch's own
        choice.
        Raises ModelError for a damaged folder, and for a device that is not there or too small.
        """
        manifest = Manifest.read(folder)
        if threads:
            torch.set_num_threads(threads)
        place = _choose_device(device, manifest)
        if gpu_weights not in ("bf16", "4bit"):
            raise ModelError(
                f"There are no {gpu_weights!r} weights.", hint="Set gpu_weights to bf16 or 4bit."
            )
        four_bit = gpu_weights == "4bit" and place.type == "cuda"
        info = BackendInfo(
            device=f"{place} {torch.cuda.get_device_name(place)}" if place.index is not None
            else "cpu",
            weights="4bit" if four_bit else manifest.weights,
            context_tokens=min(context_tokens, manifest.context_tokens),
            threads=torch.get_num_threads(),
        )  # fmt: skip
        sequence = _guarded(lambda: _open(folder, manifest, place, four_bit))
        keep_freed_memory()  # from here on only: what loading needs for a moment is given back
        return DecoderBackend(sequence, info) if manifest.weights == "int8" else cls(sequence, info)

    @property
    def length(self) -> int:
        return self._sequence.length

    @torch.inference_mode()
    def forward(self, ids: Sequence[int], last: int) -> Tensor:
        if not ids or not 0 <= last <= len(ids):
            raise ValueError(f"{last} of {len(ids)} rows asked for")
        length = self._sequence.length
        try:
            logits = _guarded(lambda: self._sequence.forward(ids, last))
            _check_finite(logits)
        except EngineError:
            self._sequence.truncate(length)
            raise
        return logits

    def truncate(self, length: int) -> None:
        if not 0 <= length <= self._sequence.length:
            raise ValueError(f"cannot cut {self._sequence.length} tokens to {length}")
        self._sequence.truncate(length)

    @torch.inference_mode()
    def fork(self) -> "TorchBackend":
        return type(self)(_guarded(self._sequence.copy), self.info)

    @torch.inference_mode()
    def export_cache(self, length: int) -> NDArray[np.float32]:
        """See `backend.PortableBackend`."""
        return self._sequence.export(length)

    @torch.inference_mode()
    def import_cache(self, values: NDArray[np.float32]) -> None:
        """See `backend.PortableBackend`."""
        _guarded(lambda: self._sequence.load(values))


class DecoderBackend(TorchBackend):
    """Over our own decoder, which extends several sequences in one pass."""

    @torch.inference_mode()
    def forward_together(self, parts: Sequence[tuple[Backend, Sequence[int]]]) -> list[Tensor]:
        """See `backend.BatchingBackend`."""
        members = [(_sequence_of(backend), ids) for backend, ids in parts]
        lengths = [sequence.length for sequence, _ in members]
        try:
            rows = _guarded(lambda: DecoderSequence.forward_together(members))
            for each in rows:
                _check_finite(each)
        except EngineError:
            for (sequence, _), length in zip(members, lengths, strict=True):
                sequence.truncate(length)
            raise
        return rows


def _sequence_of(backend: Backend) -> DecoderSequence:
    match backend:
        case TorchBackend(_sequence=DecoderSequence() as sequence):
            return sequence
    raise ValueError("only sequences of the decoder are extended together")


def _check_finite(logits: Tensor) -> None:
    # One pass, and either kind of fault survives a sum.
    if not math.isfinite(logits.sum().item()):
        raise EngineError(
            "The model computed numbers that are not finite.",
            hint="Pull the model again; if it stays, choose another.",
        )


def _choose_device(device: str, manifest: Manifest) -> torch.device:
    if device not in ("auto", "cpu", "cuda"):
        raise ModelError(f"There is no device {device!r}.", hint="Choose auto, cpu or cuda.")
    if device == "cuda" and not torch.cuda.is_available():
        raise ModelError("torch finds no usable GPU.", hint="Choose --device cpu or auto.")
    if device == "cuda" and manifest.weights == "int8":
        raise ModelError(
            f"{manifest.name} was converted for the CPU (int8).",
            hint="Remove it and pull it again for the GPU, or choose --device cpu.",
        )
    if device == "cpu" or manifest.weights == "int8" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", 0)


def _open(folder: Path, manifest: Manifest, device: torch.device, four_bit: bool) -> _Sequence:
    if manifest.weights == "int8":
        shape = DecoderConfig.from_json(_read_config(folder))
        reader = TensorReader(folder / WEIGHTS)
        decoder = Decoder(reader, shape, choose_kernel())
        reader.close()
        return DecoderSequence(decoder)
    startup.complete()
    from assistant.engine.transformers_backend import TransformersModel

    return TransformersModel(folder, device, four_bit=four_bit).sequence()


def _guarded(action: Callable[[], _Result]) -> _Result:
    """Runs `action`; what torch raises becomes OutOfMemory or EngineError."""
    try:
        return action()
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or "alloc" in str(error):
            raise OutOfMemory(
                "There is not enough memory for this request.",
                hint="Select less context, or choose a smaller model.",
            ) from error
        raise EngineError(
            f"The model could not be run: {error}", hint="Pull the model again."
        ) from error


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder / CONFIG} cannot be read: {error}", hint="Pull the model again."
        ) from error
    return config
