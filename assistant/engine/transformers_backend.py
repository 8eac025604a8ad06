"""Runs any model that transformers supports, on a GPU or the CPU.

Weights are bf16, or 4-bit on request: NF4 with double quantization (QLoRA,
https://arxiv.org/abs/2305.14314), which bitsandbytes applies while loading.

No code that ships with a model is executed.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import AutoModelForCausalLM

from assistant.engine.checkpoints import Checkpoint, Checkpoints, LayerCache
from assistant.engine.static_backend import StaticSequence, cache_argument, fits
from assistant.errors import ModelError

_FOUR_BIT_PACKAGES = ("bitsandbytes", "accelerate")

_AGAIN = 16
"""Most tokens that are read again in one pass with those that follow; more get one of their own."""

_WORTH_KEEPING = 64
"""Tokens read again that are worth a checkpoint: prompts tend to differ at the same places."""

_SPACING = 1024
"""Most tokens between two checkpoints while text is generated."""

_TRIAL, _TRIAL_REST = 24, 8
_CLOSE, _ROUNDING = 0.15, 0.01
"""Differences of two ways to read a text, relative to the logits: the largest that is rounding in
bf16, and what is added to the difference seen for one token at a time."""


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
        self._cache_name = cache_argument(self.model)
        self._one_by_one = False
        if not self._replays and self._empty_cache().stateful:
            self._one_by_one = self._check_states()

    def sequence(self) -> "TransformersSequence | StaticSequence":
        """An empty sequence; on a GPU, one that is replayed if the model supports it."""
        if self._replays:
            return StaticSequence(self.model)
        return TransformersSequence(self)

    def read(self, ids: Sequence[int], cache: LayerCache, start: int, last: int) -> Tensor:
        """Reads ids after the `start` ones in the cache; logits of the last `last` of them."""
        if self._one_by_one and start:
            rows = [self._forward([number], cache, 1) for number in ids]
            logits = torch.cat(rows)
        else:
            logits = self._forward(ids, cache, last)
        return logits[len(logits) - last :]

    def _forward(self, ids: Sequence[int], cache: LayerCache, last: int) -> Tensor:
        output = self.model(
            input_ids=torch.tensor([ids], device=self.device),
            use_cache=True,
            logits_to_keep=max(last, 1),
            **{self._cache_name: cache.values},
        )
        logits: Tensor = output.logits[0].float()
        return logits

    @torch.inference_mode()
    def _check_states(self) -> bool:
        """Whether a recurrent state is continued only one token at a time.

        Some models ignore their state when they read several tokens. Raises ModelError for models
        that cannot be continued at all.
        """
        ids = [number * 7919 % self.vocabulary for number in range(1, _TRIAL + 1)]
        split = _TRIAL - _TRIAL_REST
        try:
            expected = self.read(ids, self._empty_cache(), 0, _TRIAL_REST)
            found = []
            for self._one_by_one in (True, False):
                cache = self._empty_cache()
                self.read(ids[:split], cache, 0, 0)
                actual = self.read(ids[split:], cache, split, _TRIAL_REST)
                found.append(_differ(actual, expected))
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            raise _cannot_continue(str(error)) from error
        singly, together = found
        if not singly <= _CLOSE:
            raise _cannot_continue("its state is lost between passes")
        return not together <= 2 * singly + _ROUNDING

    def _empty_cache(self) -> LayerCache:
        return LayerCache(self.model.config, self.device)


class TransformersSequence:
    """One sequence with a growing cache.

    Truncating goes back to a checkpoint where a layer cannot be cut. The tokens after it are read
    again by the next pass, together with what that appends.
    """

    def __init__(self, owner: TransformersModel) -> None:
        self._owner = owner
        self._cache = LayerCache(owner.model.config, owner.device)
        self.replays = not self._cache.cuttable
        """Whether truncating may have to read tokens again, so that `keep` saves time."""
        self._ids: list[int] = []
        self._read = 0
        """How many of the ids are in the cache; the next pass reads the others again."""
        self._kept = Checkpoints()
        self._before: Checkpoint | None = None
        """The state before the last pass of several tokens, of which some may be rejected."""

    @property
    def length(self) -> int:
        return len(self._ids)

    def forward(self, ids: Sequence[int], last: int) -> Tensor:
        again = self._ids[self._read :]
        if len(again) > _AGAIN:
            for start in range(0, len(again), _SPACING):
                self._pass(again[start : start + _SPACING], 0)
            if len(again) >= _WORTH_KEEPING:
                self.keep()
            again = []
        logits = self._pass([*again, *ids], last)
        self._ids += ids
        self._cache.trim(self._read, self._kept)
        return logits

    def truncate(self, length: int) -> None:
        del self._ids[length:]
        self._kept.drop_after(length)
        if length < self._read:
            self._go_back(length)

    def keep(self) -> None:
        """Keeps a checkpoint of the whole sequence, which makes truncating to it cheap."""
        if self.replays and self._read == len(self._ids) > self._kept.newest:
            self._kept.add(self._cache.checkpoint(self._read, torch.device("cpu")))

    def copy(self) -> "TransformersSequence":
        twin = TransformersSequence(self._owner)
        twin._cache, twin._kept = self._cache.copy(), self._kept.copy()
        twin._ids, twin._read, twin._before = list(self._ids), self._read, self._before
        return twin

    def export(self, length: int) -> NDArray[np.float32] | None:
        """As `PortableBackend.export_cache`."""
        if self.replays:
            return None
        pairs = [(layer.keys, layer.values) for layer in self._cache.values.layers]
        if len({getattr(part, "shape", None) for pair in pairs for part in pair}) != 1:
            return None
        joined = torch.stack([torch.stack((keys[0], values[0])) for keys, values in pairs])
        exported: NDArray[np.float32] = joined[:, :, :, :length].float().cpu().numpy()
        return exported

    def load(self, values: NDArray[np.float32]) -> None:
        """Raises ValueError if the values do not fit this model."""
        cache = LayerCache(self._owner.model.config, self._owner.device)
        if self.replays or values.ndim != 5 or values.shape[0] != len(cache.values.layers):
            raise ValueError(f"a cache of shape {values.shape} does not fit this model")
        for number, pair in enumerate(torch.from_numpy(values)):
            keys, entries = pair[:, None].to(self._owner.device, self._owner.model.dtype)
            cache.values.update(keys, entries, number)
        self._cache, self._read = cache, values.shape[3]
        self._ids = [0] * self._read  # such a cache can be cut: ids are never read again

    def _pass(self, ids: Sequence[int], last: int) -> Tensor:
        """Reads ids after those in the cache; a failure leaves it as it was."""
        start = self._read
        if self._cache.stateful:
            if len(ids) > 1 and (self._before is None or self._before.length != start):
                self._before = self._cache.checkpoint(start)
            if start - self._kept.newest >= _SPACING and self._read == len(self._ids):
                self.keep()
        try:
            logits = self._owner.read(ids, self._cache, start, last)
        except Exception:
            self._go_back(start)
            raise
        self._read = start + len(ids)
        return logits

    def _go_back(self, length: int) -> None:
        """Makes the cache end at `length`, or at a checkpoint before it."""
        if self._before is not None and self._before.length > length:
            self._before = None
        if self._cache.cut(length):
            self._read = length
            return
        points = [*self._kept, *([self._before] if self._before is not None else [])]
        usable = [p for p in points if p.length <= length and self._cache.restores(p)]
        if not usable:
            self._cache.clear()
            self._read = 0
            return
        best = max(usable, key=lambda each: each.length)
        self._cache.restore(best)
        self._read = best.length


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


def _differ(actual: Tensor, expected: Tensor) -> float:
    """The median, over the rows, of the difference relative to the centred logits."""
    centred = expected - expected.mean(-1, keepdim=True)
    return float(((actual - expected).norm(dim=-1) / centred.norm(dim=-1)).median())


def _cannot_continue(reason: str) -> ModelError:
    return ModelError(
        f"transformers cannot continue a text with this model: {reason}",
        hint="Choose another model, or run this one on a model server.",
    )
