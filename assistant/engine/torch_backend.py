"""The torch backend: chooses forward pass and device for a converted folder.

int8 folders run on `decoder`, on the CPU; bf16 folders on `gpu` where that runs the model, else on
`transformers_backend`. Those are imported only then. torch's exceptions become engine errors here.
Knows nothing of sampling, prompts or text.
"""

import importlib.util
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
from assistant.engine.gpu.room import check_room
from assistant.engine.quantization import choose_kernel, keep_freed_memory
from assistant.errors import EngineError, ModelError, OutOfMemory
from assistant.models.folder import CONFIG, WEIGHTS, Manifest, TensorReader
from assistant.models.memory.from_config import shape_of_config
from assistant.models.memory.shape import ModelShape

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """What was loaded, and on which device."""

    device: str
    """`cpu`, or `cuda:0` followed by the GPU's name."""
    weights: str
    """Number format: int8, bf16, 4bit."""
    context_tokens: int
    """Maximum length of a sequence."""
    threads: int


class _Sequence(Protocol):
    """A token sequence and its cache over one forward pass; raises torch's exceptions."""

    @property
    def length(self) -> int: ...
    def forward(self, ids: Sequence[int], last: int) -> Tensor: ...
    def truncate(self, length: int) -> None: ...
    def copy(self) -> Self: ...
    def export(self, length: int) -> NDArray[np.float32] | None: ...
    def load(self, values: NDArray[np.float32]) -> None: ...


class TorchBackend:
    """One sequence over weights that its forks share; implements `backend.PortableBackend`."""

    def __init__(self, sequence: _Sequence, info: BackendInfo) -> None:
        """Callers use `load`."""
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
        """Loads the weights of a converted folder; the sequence is empty.

        `device` is auto, cpu or cuda; `gpu_weights` is bf16 or 4bit; `threads` 0 keeps torch's
        default. Raises ModelError for a damaged folder, and for a device that is missing or too
        small.
        """
        manifest = Manifest.read(folder)
        if threads:
            torch.set_num_threads(threads)
        target = _choose_device(device, manifest)
        if gpu_weights not in ("bf16", "4bit"):
            raise ModelError(
                f"Unknown gpu_weights {gpu_weights!r}.", hint="Set gpu_weights to bf16 or 4bit."
            )
        four_bit = gpu_weights == "4bit" and target.type == "cuda"
        info = BackendInfo(
            device=f"{target} {torch.cuda.get_device_name(target)}" if target.index is not None
            else "cpu",
            weights="4bit" if four_bit else manifest.weights,
            context_tokens=min(context_tokens, manifest.context_tokens),
            threads=torch.get_num_threads(),
        )  # fmt: skip
        sequence = _guarded(lambda: _open(folder, manifest, target, info))
        keep_freed_memory()  # only now: temporary memory of loading is returned
        return _kind_for(sequence, cls)(sequence, info)

    @property
    def length(self) -> int:
        return self._sequence.length

    @torch.inference_mode()
    def forward(self, ids: Sequence[int], last: int) -> Tensor:
        if not ids or not 0 <= last <= len(ids):
            raise ValueError(f"{last} of {len(ids)} rows requested")
        length = self._sequence.length
        try:
            logits = _guarded(lambda: self._sequence.forward(ids, last))
            _check_finite(logits)
        except EngineError:
            self._sequence.truncate(length)
            raise
        return logits

    @torch.inference_mode()
    def truncate(self, length: int) -> None:
        if not 0 <= length <= self._sequence.length:
            raise ValueError(f"cannot truncate {self._sequence.length} tokens to {length}")
        self._sequence.truncate(length)

    @torch.inference_mode()
    def fork(self) -> "TorchBackend":
        return type(self)(_guarded(self._sequence.copy), self.info)

    @torch.inference_mode()
    def export_cache(self, length: int) -> NDArray[np.float32] | None:
        """See `backend.PortableBackend`."""
        return self._sequence.export(length)

    @torch.inference_mode()
    def import_cache(self, values: NDArray[np.float32]) -> None:
        """See `backend.PortableBackend`."""
        _guarded(lambda: self._sequence.load(values))


class DecoderBackend(TorchBackend):
    """Over our own decoders, which extend several sequences in one pass."""

    @torch.inference_mode()
    def forward_together(self, parts: Sequence[tuple[Backend, Sequence[int]]]) -> list[Tensor]:
        """See `backend.BatchingBackend`."""
        members = [(_sequence_of(backend), ids) for backend, ids in parts]
        lengths = [sequence.length for sequence, _ in members]
        try:
            rows: list[Tensor] = _guarded(lambda: members[0][0].forward_together(members))
            for each in rows:
                _check_finite(each)
        except EngineError:
            for (sequence, _), length in zip(members, lengths, strict=True):
                sequence.truncate(length)
            raise
        return rows


class StatefulBackend(TorchBackend):
    """Over models with recurrent states or sliding windows."""

    @torch.inference_mode()
    def keep(self) -> None:
        """See `backend.ReplayingBackend`."""
        sequence: Any = self._sequence
        _guarded(sequence.keep)


def _kind_for(sequence: _Sequence, plain: type[TorchBackend]) -> type[TorchBackend]:
    if hasattr(sequence, "forward_together"):
        return DecoderBackend
    return StatefulBackend if getattr(sequence, "replays", False) else plain


def _sequence_of(backend: Backend) -> Any:
    if not isinstance(backend, DecoderBackend):
        raise ValueError("only decoder sequences can be extended together")
    return backend._sequence


def _check_finite(logits: Tensor) -> None:
    if logits.device.type != "cpu":
        return  # checked when they are scored: here, it would mean another wait for the GPU
    # A single pass: both inf and nan survive the sum.
    if not math.isfinite(logits.sum().item()):
        raise EngineError(
            "The model produced numbers that are not finite.",
            hint="Pull the model again; if it persists, choose another one.",
        )


def _choose_device(device: str, manifest: Manifest) -> torch.device:
    if device not in ("auto", "cpu", "cuda"):
        raise ModelError(f"Unknown device {device!r}.", hint="Choose auto, cpu or cuda.")
    if device == "cuda" and not torch.cuda.is_available():
        raise ModelError("torch found no usable GPU.", hint="Choose --device cpu or auto.")
    if device == "cuda" and manifest.weights == "int8":
        raise ModelError(
            f"{manifest.name} was converted for the CPU (int8).",
            hint="Remove it and pull it again for the GPU, or choose --device cpu.",
        )
    if device == "cpu" or manifest.weights == "int8" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", 0)


def _open(folder: Path, manifest: Manifest, device: torch.device, info: BackendInfo) -> _Sequence:
    config = _read_config(folder)
    if manifest.weights == "int8":
        reader = TensorReader(folder / WEIGHTS)
        decoder = Decoder(reader, DecoderConfig.from_json(config), choose_kernel())
        reader.close()
        return DecoderSequence(decoder)
    startup.complete()
    four_bit = info.weights == "4bit"
    if device.type == "cuda":
        check_room(folder, device, _shape(config), info.context_tokens, four_bit=four_bit)
        sequence = _on_gpu(folder, config, device, info)
        if sequence is not None:
            return sequence
    from assistant.engine.transformers_backend import TransformersModel

    return TransformersModel(folder, device, four_bit=four_bit).sequence()


def _shape(config: dict[str, Any]) -> ModelShape | None:
    """The model's shape; None where its config does not tell."""
    try:
        return shape_of_config(config)
    except ModelError:
        return None


def _on_gpu(
    folder: Path, config: dict[str, Any], device: torch.device, info: BackendInfo
) -> _Sequence | None:
    """A sequence over our own GPU decoder; None where it cannot run this model here."""
    if importlib.util.find_spec("triton") is None:
        return None
    from assistant.engine.gpu import loading

    four_bit = info.weights == "4bit"
    if not loading.serves(config, device, four_bit=four_bit):
        return None
    return loading.open_sequence(folder, config, device, info.context_tokens, four_bit=four_bit)


def _guarded(action: Callable[[], _Result]) -> _Result:
    """Runs `action`; torch's exceptions become OutOfMemory or EngineError."""
    try:
        return action()
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or "alloc" in str(error):
            raise out_of_memory(error) from error
        raise EngineError(
            f"The model failed to run: {error}", hint="Pull the model again."
        ) from error


def out_of_memory(error: Exception) -> OutOfMemory:
    """The error for what torch raised; only that of a GPU offers the CPU."""
    if isinstance(error, torch.OutOfMemoryError):
        return OutOfMemory(
            "The GPU has not enough memory for this request.",
            hint="Select less context, choose a smaller model, or set device to cpu.",
        )
    return OutOfMemory(
        "Not enough memory for this request.",
        hint="Select less context, or choose a smaller model.",
    )


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder / CONFIG} cannot be read: {error}", hint="Pull the model again."
        ) from error
    return config
