"""What a model takes of memory at its peak, part by part, before anything is loaded.

The parts are those that the engine allocates: weights; the cache of the longest prompt with its
answer; copies of it for candidates that are drawn together; earlier prompts that are kept, of half
a window; the old cache while a longer one replaces it; and the rest of the process.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from assistant.models.memory.shape import Format, ModelShape

Target: TypeAlias = Literal["cpu", "cuda"]

STEP = 256
"""Windows are multiples of this many tokens."""

_MOST_TOGETHER = 8
"""Candidates that are decoded in one batch; as `engine.local`."""
_CPU_BASE = 550_000_000
"""Bytes of the worker in addition to weights and cache: torch, tokenizer, grammars, buffers.
Rounded up: with it, the 0.5B and the 1.5B had peaks of 81 % to 88 % of what is planned, because
rows of the embedding are read as they are used, and a cache that was allocated
ahead is not filled yet."""
_GPU_BASE = 1 << 30
"""Bytes of a GPU for CUDA itself and the buffers of a pass; as `engine.gpu.room`."""
_GPU_ROWS, _GPU_CHUNK = 64, 256
"""Rows of a recorded pass, and tokens of a chunk of its attention; as `engine.gpu`."""
_GROWTH = 1.25
"""Room that a growing cache on the GPU takes ahead; as `engine.gpu.sequence`."""
_WINDOWED = False
"""The engine keeps what lies outside a sliding window, so that drafts can be taken back."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to run a model."""

    target: Target
    weights: Format
    own: bool
    """Whether our own decoder runs it, which draws candidates together, and not transformers."""

    @property
    def title(self) -> str:
        return (
            f"{'CPU' if self.target == 'cpu' else 'GPU'}, {self.weights.replace('4bit', '4-bit')}"
        )

    @property
    def value_bytes(self) -> int:
        """Bytes of a number in the cache."""
        return 4 if self.own and self.target == "cpu" else 2


@dataclass(frozen=True, slots=True)
class Load:
    """Bytes that a run takes at its peak."""

    window: int
    """Tokens of the longest prompt with its answer."""
    weights: int
    cache: int
    """Of one sequence as long as the window."""
    candidates: int
    """Copies for candidates that are drawn together."""
    earlier: int
    """Prompts of earlier requests."""
    growth: int
    """What a growing cache takes for a moment."""
    base: int
    """All else in the process."""

    @property
    def total(self) -> int:
        caches = self.cache + self.candidates + self.earlier + self.growth
        return self.weights + caches + self.base


def ways_of(shape: ModelShape) -> tuple[Way, ...]:
    """On a CPU, and on a GPU with bf16 and 4-bit weights."""
    own = shape.decodable
    return (
        Way("cpu", "int8" if own else "bf16", own),
        Way("cuda", "bf16", own),
        Way("cuda", "4bit", own),
    )


def load_of(shape: ModelShape, way: Way, window: int, candidates: int = 3) -> Load:
    """What a run takes with this window, and at most so many candidates of a step."""
    kept = _cache_bytes(shape, way, window)
    copies = min(max(candidates, 1), _MOST_TOGETHER) - 1 if way.own else 0
    ahead = _GROWTH if way.target == "cuda" and way.own else 1.0
    return Load(
        window=window,
        weights=shape.weight_bytes(way.weights),
        cache=kept,
        candidates=round(copies * kept * ahead),
        earlier=_cache_bytes(shape, way, window // 2),
        growth=round(kept * ahead),
        base=_CPU_BASE if way.target == "cpu" else _GPU_BASE + _buffer_bytes(shape, way, window),
    )


def largest_window(shape: ModelShape, way: Way, available: int, candidates: int = 3) -> int:
    """The longest window with which a run takes at most `available` bytes; 0 if none does.

    A multiple of STEP, or the length that the model was trained for.
    """
    trained = shape.trained_tokens or 1 << 20
    low, high = 0, -(-trained // STEP)
    while low < high:
        middle = (low + high + 1) // 2
        window = min(middle * STEP, trained)
        if load_of(shape, way, window, candidates).total <= available:
            low = middle
        else:
            high = middle - 1
    return min(low * STEP, trained)


def cache_bytes(shape: ModelShape, way: Way, tokens: int) -> int:
    """Bytes of the cache of one sequence."""
    return shape.cache_numbers(tokens, windowed=_WINDOWED) * way.value_bytes


def _buffer_bytes(shape: ModelShape, way: Way, window: int) -> int:
    """Of our decoder on a GPU: rotations of all positions, and partial sums of attention."""
    if not way.own:
        return 0
    longest = window + _GPU_ROWS
    chunks = 1 << (-(-longest // _GPU_CHUNK) - 1).bit_length()
    sums = chunks * _GPU_ROWS * shape.heads * (shape.head_width + 2)
    return 4 * (sums + longest * shape.head_width)


def _cache_bytes(shape: ModelShape, way: Way, tokens: int) -> int:
    """As `cache_bytes`, with the cache's last block filled up."""
    return cache_bytes(shape, way, -(-tokens // STEP) * STEP)
