"""Checkpoints: states of a transformers cache from which a sequence can be continued again.

Keys and values of full attention can be cut to any length. The state of a recurrent layer cannot,
and a sliding window forgets what it no longer needs. Such layers go back to a checkpoint, and the
tokens after it are read again. What a layer needs depends on its kind, never on the model's name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

_GROWING = ("keys", "values", "indexer_keys", "indexer_position_ids")
"""Attributes of a layer that get longer with every token. They are replaced, never written to."""

_CUTTABLE = ("DynamicLayer", "DynamicIndexedLayer", "DummyLayer")
_PARTLY_CUTTABLE = (*_CUTTABLE, "LinearAttentionLayer", "LinearAttentionAndFullAttentionLayer")
_WINDOW = "DynamicSlidingWindowLayer"

SLACK = 8192
"""Tokens that a sliding window keeps beyond what it needs, at least, before it drops any."""

_MOST = 32
_MOST_BYTES = 1 << 30


@dataclass(slots=True)
class Checkpoint:
    """The state of a sequence after its first `length` tokens. Its tensors are never written to."""

    length: int
    states: list[dict[str, Any]]
    """Per layer, the attributes that cannot be cut."""
    windows: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)
    """Keys and values, by layer, that a sliding window has dropped since."""

    @property
    def size(self) -> int:
        """Size in bytes."""
        return sum(each.nbytes for each in _tensors([self.states, self.windows]))


class Checkpoints:
    """The checkpoints of one sequence, in order of length, limited in number and size."""

    def __init__(self, *, most: int = _MOST, most_bytes: int = _MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._points: list[Checkpoint] = []

    def __iter__(self) -> Iterator[Checkpoint]:
        return iter(self._points)

    @property
    def newest(self) -> int:
        """Length of the last checkpoint; 0 without one."""
        return self._points[-1].length if self._points else 0

    def add(self, point: Checkpoint) -> None:
        """Adds the longest checkpoint."""
        self._points.append(point)
        self.limit()

    def drop_after(self, length: int) -> None:
        """Drops the checkpoints of more than `length` tokens."""
        self._points = [each for each in self._points if each.length <= length]

    def limit(self) -> None:
        """Drops checkpoints that lie close to others until the limits hold; the last one stays."""
        size = sum(each.size for each in self._points)
        while len(self._points) > 1 and (len(self._points) > self._most or size > self._most_bytes):
            lengths = [0, *(each.length for each in self._points)]
            gaps = [after - before for before, after in zip(lengths, lengths[2:], strict=False)]
            size -= self._points.pop(gaps.index(min(gaps))).size

    def copy(self) -> "Checkpoints":
        """The same checkpoints in a list of its own."""
        twin = Checkpoints(most=self._most, most_bytes=self._most_bytes)
        twin._points = list(self._points)
        return twin


class LayerCache:
    """A growing cache of a transformers model, and how each of its layers goes back."""

    def __init__(self, config: Any, device: torch.device) -> None:
        self._config = config
        self._device = device
        self.values: Any = DynamicCache(config=config)
        """What the model reads and writes: typed as a union of layer kinds."""
        self._starts: dict[int, int] = {}
        """Position of the first key that each sliding window has."""
        for number, layer in enumerate(self.values.layers):
            if _name(layer) == _WINDOW and hasattr(layer, "activate_past_recording"):
                layer.activate_past_recording()
                self._starts[number] = 0

    @property
    def cuttable(self) -> bool:
        """Whether all layers can be cut to any length, always."""
        return all(_name(layer) in _CUTTABLE for layer in self.values.layers)

    @property
    def stateful(self) -> bool:
        """Whether some layers have a state that can only go back to a checkpoint."""
        return any(
            number not in self._starts and _name(layer) not in _CUTTABLE
            for number, layer in enumerate(self.values.layers)
        )

    def cut(self, length: int) -> bool:
        """Drops everything from `length` on; False, and no effect, if some layer cannot do so.

        After a failed pass layers may differ in length.
        """
        if self.stateful or not all(self._reaches(n, length) for n in self._starts):
            return False
        for number, layer in enumerate(self.values.layers):
            self._cut_layer(number, layer, length)
        return True

    def checkpoint(self, length: int, device: torch.device | None = None) -> Checkpoint:
        """The state after the tokens read so far, which are `length`; on `device` if given."""
        states = [_saved(n in self._starts, layer) for n, layer in enumerate(self.values.layers)]
        return Checkpoint(length, _copied(states, device))

    def restores(self, point: Checkpoint) -> bool:
        """Whether `restore` is possible: windows have what they need, or the checkpoint does."""
        return all(n in point.windows or self._reaches(n, point.length) for n in self._starts)

    def restore(self, point: Checkpoint) -> None:
        """Goes back to a checkpoint of this sequence."""
        states = _copied(point.states, self._device)
        for number, (layer, state) in enumerate(zip(self.values.layers, states, strict=True)):
            if number in self._starts and not self._reaches(number, point.length):
                layer.keys, layer.values = _copied(point.windows[number], self._device)
                self._starts[number] = point.length - layer.keys.shape[-2]
            vars(layer).update(state)
            self._cut_layer(number, layer, point.length)

    def clear(self) -> None:
        """Drops everything."""
        fresh = LayerCache(self._config, self._device)
        self.values, self._starts = fresh.values, fresh._starts

    def trim(self, length: int, points: Checkpoints) -> None:
        """Drops what sliding windows of `length` tokens no longer need.

        Checkpoints save what they need of it.
        """
        for number, start in self._starts.items():
            layer = self.values.layers[number]
            window = layer.sliding_window - 1
            if length - start <= window + 2 * SLACK:
                continue
            first = length - window - SLACK
            for point in points:
                needed = max(0, point.length - window)
                if start <= needed < first and number not in point.windows:
                    part = slice(needed - start, point.length - start)
                    kept = (layer.keys[..., part, :], layer.values[..., part, :])
                    point.windows[number] = _copied(kept, torch.device("cpu"))
            layer.keys = layer.keys[..., first - start :, :].clone()
            layer.values = layer.values[..., first - start :, :].clone()
            self._starts[number] = first
        points.limit()

    def copy(self) -> "LayerCache":
        """An independent cache; only tensors that are never written to are shared."""
        twin = LayerCache(self._config, self._device)
        for number, (mine, its) in enumerate(
            zip(self.values.layers, twin.values.layers, strict=True)
        ):
            growing = number in self._starts or _name(mine) in _PARTLY_CUTTABLE
            shared = {n: v for n, v in vars(mine).items() if growing and n in _GROWING}
            own = {n: v for n, v in vars(mine).items() if n not in shared}
            vars(its).update(_copied(own, None) | shared)
        twin._starts = dict(self._starts)
        return twin

    def _reaches(self, number: int, length: int) -> bool:
        """Whether a sliding window still has the keys that it needs after `length` tokens."""
        window: int = self.values.layers[number].sliding_window - 1
        return self._starts[number] <= max(0, length - window)

    def _cut_layer(self, number: int, layer: Any, length: int) -> None:
        window = number in self._starts
        if not window and _name(layer) not in _PARTLY_CUTTABLE:
            return
        length -= self._starts.get(number, 0)
        if getattr(layer, "keys", None) is not None:
            layer.keys, layer.values = layer.keys[..., :length, :], layer.values[..., :length, :]
            if window:
                layer.cumulative_length = self._starts[number] + layer.keys.shape[-2]
        if getattr(layer, "indexer_keys", None) is not None:
            layer.indexer_keys = layer.indexer_keys[:, :length]
        if getattr(layer, "indexer_position_ids", None) is not None:
            layer.indexer_position_ids = layer.indexer_position_ids[..., :length]


def _name(layer: Any) -> str:
    """The layer's kind, if it is one of transformers' own; subclasses may keep further states."""
    kind = type(layer)
    return kind.__name__ if kind.__module__ == "transformers.cache_utils" else ""


def _saved(window: bool, layer: Any) -> dict[str, Any]:
    """The attributes of a layer that a checkpoint needs."""
    if window or _name(layer) in _CUTTABLE:
        return {}
    left_out = _GROWING if _name(layer) in _PARTLY_CUTTABLE else ()
    return {name: value for name, value in vars(layer).items() if name not in left_out}


def _copied(value: Any, device: torch.device | None) -> Any:
    """A copy with tensors of its own, on `device` if given."""
    if isinstance(value, Tensor):
        return value.to(device or value.device, copy=True)
    if isinstance(value, dict):
        return {key: _copied(each, device) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copied(each, device) for each in value)
    return value


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _tensors(each)
