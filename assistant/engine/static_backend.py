"""GPU sequences with a static cache, whose short passes CUDA replays as a graph.

Launching the hundred or so kernels of one token from Python takes longer than running them. A graph
launches them at once but is bound to fixed addresses and shapes. So keys and values have spare
room, and up to SHORT tokens are always computed as SHORT; the surplus ones are written where the
next pass overwrites them. Longer passes are launched kernel by kernel, because there the GPU is the
bottleneck.

CUDA graphs: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_CACHE_ARGUMENTS = ("cache", "past_key_values", "cache_params")

SHORT = 8
"""Tokens of a replayed pass: one token, or one followed by a draft."""

_BLOCK = 2048
"""Initial capacity of a cache in tokens. It doubles on demand, and the graph is recorded again."""

_WARM_UP = 2
"""Passes before a graph is recorded: libraries allocate during the first ones."""


class StaticCache:
    """Keys and values of one sequence: per layer two of [1, kv_heads, capacity, head_dim].

    Implements what a transformers model needs from a cache when it is given positions and a mask.
    """

    def __init__(self, config: Any, device: torch.device) -> None:
        heads = config.num_key_value_heads
        width = getattr(config, "head_dim", None) or (
            config.hidden_size // config.num_attention_heads
        )
        shape = (config.num_hidden_layers, 2, 1, heads, 0, width)
        self.values = torch.zeros(shape, dtype=torch.bfloat16, device=device)
        self.length = 0
        self.positions = torch.zeros(0, dtype=torch.long, device=device)
        """Where the current pass writes."""
        self.end = 0
        """The end of what the current pass reads."""

    @property
    def capacity(self) -> int:
        return self.values.shape[4]

    def reserve(self, length: int) -> bool:
        """Makes room for `length` tokens; True if the cache moved."""
        if length <= self.capacity:
            return False
        size = max(_BLOCK * -(-length // _BLOCK), 2 * self.capacity)
        shape = self.values.shape
        grown = self.values.new_zeros((*shape[:4], size, shape[5]))
        grown[..., : self.length, :] = self.values[..., : self.length, :]
        self.values = grown
        return True

    def update(
        self, keys: Tensor, values: Tensor, layer: int, *_: object, **__: object
    ) -> tuple[Tensor, Tensor]:
        """Called by the model's attention: writes, and returns what to attend to."""
        store = self.values[layer]
        store[0].index_copy_(2, self.positions, keys)
        store[1].index_copy_(2, self.positions, values)
        return store[0, :, :, : self.end], store[1, :, :, : self.end]

    def get_seq_length(self, layer: int = 0) -> int:
        return self.length


class StaticSequence:
    """One sequence over a transformers model whose layers all attend to the whole past."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._cache_argument = cache_argument(model)
        self._device: torch.device = model.device
        self._cache = StaticCache(model.config.get_text_config(), self._device)
        self._ids = torch.zeros(1, SHORT, dtype=torch.long, device=self._device)
        self._start = torch.zeros((), dtype=torch.long, device=self._device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._logits = torch.empty(0)

    @property
    def length(self) -> int:
        return self._cache.length

    def forward(self, ids: Sequence[int], last: int) -> Tensor:
        start, end = self.length, self.length + len(ids)
        if self._cache.reserve(start + max(len(ids), SHORT)):
            self._graph = None
        if len(ids) <= SHORT:
            logits = self._short(ids)
        else:
            numbers = torch.tensor([ids], device=self._device)
            logits = self._run(numbers, torch.arange(start, end, device=self._device), end, last)
        self._cache.length = end
        # A copy: the next pass overwrites the logits of a graph.
        return logits[len(logits) - last :].to(torch.float32, copy=True)

    def truncate(self, length: int) -> None:
        self._cache.length = length

    def copy(self) -> "StaticSequence":
        twin = StaticSequence(self._model)
        twin._cache.reserve(self.length)
        twin._cache.values[..., : self.length, :] = self._cache.values[..., : self.length, :]
        twin._cache.length = self.length
        return twin

    def export(self, length: int) -> NDArray[np.float32]:
        part = self._cache.values[:, :, 0, :, :length]
        values: NDArray[np.float32] = part.float().cpu().numpy()
        return values

    def load(self, values: NDArray[np.float32]) -> None:
        """Raises ValueError if the values do not fit this model."""
        cache = StaticCache(self._model.config.get_text_config(), self._device)
        layers, _, _, heads, _, width = cache.values.shape
        length = values.shape[3] if values.ndim == 5 else -1
        if values.shape != (layers, 2, heads, length, width):
            raise ValueError(f"a cache of shape {values.shape} does not fit this model")
        cache.reserve(length)
        cache.values[:, :, 0, :, :length] = torch.from_numpy(values).to(cache.values)
        cache.length = length
        self._cache, self._graph = cache, None

    def _short(self, ids: Sequence[int]) -> Tensor:
        """Logits of up to SHORT ids, computed as SHORT."""
        self._ids.zero_()
        self._ids[0, : len(ids)] = torch.tensor(ids)
        self._start.fill_(self.length)
        if self._device.type != "cuda":
            self._replayed()
        else:
            if self._graph is None:
                self._graph = self._record()
            self._graph.replay()
        return self._logits[: len(ids)]

    def _record(self) -> torch.cuda.CUDAGraph:
        aside = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(aside):
            for _ in range(_WARM_UP):
                self._replayed()
        torch.cuda.current_stream(self._device).wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._replayed()
        return graph

    def _replayed(self) -> None:
        """The content of a graph: reads `_ids` and `_start`, writes `_logits`."""
        positions = self._start + torch.arange(SHORT, device=self._device)
        self._logits = self._run(self._ids, positions, self._cache.capacity, SHORT)

    def _run(self, ids: Tensor, positions: Tensor, end: int, last: int) -> Tensor:
        cache = self._cache
        cache.positions, cache.end = positions, end
        seen = torch.arange(end, device=self._device) <= positions[:, None]
        output = self._model(
            input_ids=ids,
            position_ids=positions[None],
            attention_mask=seen[None, None],
            use_cache=True,
            logits_to_keep=max(last, 1),
            **{self._cache_argument: cache},
        )
        logits: Tensor = output.logits[0]
        return logits


def cache_argument(model: Any) -> str:
    """The name by which a model's forward pass takes the cache; it depends on the version of
    transformers.
    """
    names = inspect.signature(model.forward).parameters
    return next(name for name in _CACHE_ARGUMENTS if name in names)


def fits(model: Any) -> bool:
    """Whether all layers of a model attend to the whole past, over plain keys and values."""
    config = model.config.get_text_config()
    window = getattr(config, "sliding_window", None)
    kinds = getattr(config, "layer_types", None) or ["sliding" if window else "full_attention"]
    plain = hasattr(config, "num_key_value_heads") and not hasattr(config, "kv_lora_rank")
    return plain and set(kinds) == {"full_attention"} and bool(model._can_compile_fullgraph)
