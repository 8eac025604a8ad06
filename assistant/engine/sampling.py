"""Owns how a token is chosen from a row of logits, and what the model itself thought of it.

Knows nothing of text. A candidate takes exactly one random number per token it samples, so drafts
and caches cannot change what a seed gives.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from assistant.engine.base import Sampling
from assistant.errors import EngineError


@dataclass(frozen=True, slots=True)
class Scored:
    """The model's own distributions over the vocabulary, before masking and temperature."""

    logprobs: Tensor
    """[rows, vocabulary], float32."""
    entropies: list[float]
    """Nats, one per row."""


def score_rows(logits: Tensor) -> Scored:
    """Log-probabilities and entropies of [rows, vocabulary] logits.

    Raises EngineError when a row is not a distribution.
    """
    logprobs = torch.log_softmax(logits, dim=-1)
    entropies = torch.special.entr(logprobs.exp()).sum(dim=-1)
    if not torch.isfinite(entropies).all():
        raise EngineError(
            "The model computed numbers that are not finite.",
            hint="Pull the model again; if it stays so, choose another one.",
        )
    return Scored(logprobs, entropies.tolist())


class Sampler:
    """Draws the tokens of one candidate."""

    def __init__(self, sampling: Sampling) -> None:
        self._temperature = sampling.temperature
        self._top_p = sampling.top_p
        self._random = torch.Generator().manual_seed(sampling.seed % 2**63)

    def choose(self, logprobs: Tensor, allowed: Tensor | None) -> int:
        """One id from a row of log-probabilities, among the allowed ([vocabulary], bool)."""
        if allowed is not None:
            logprobs = logprobs.masked_fill(~allowed, float("-inf"))
        if self._temperature <= 0:
            return int(logprobs.argmax())
        point = float(torch.rand((), generator=self._random))
        return _draw(torch.softmax(logprobs / self._temperature, dim=-1), self._top_p, point)


def _draw(probabilities: Tensor, top_p: float, point: float) -> int:
    """The id at `point` (0 to 1) of the nucleus, the likeliest first."""
    head = min(probabilities.numel(), 1024)
    values, ids = probabilities.topk(head)  # a full sort of the vocabulary costs 20 times as much
    if head < probabilities.numel() and float(values.sum()) < top_p:
        values, ids = probabilities.sort(descending=True)
    sums = values.cumsum(0)
    last = int((sums < top_p).sum()) if top_p < 1 else values.numel() - 1
    last = min(last, values.numel() - 1)
    within = sums[: last + 1]
    at = int((within <= point * float(within[-1])).sum())
    return int(ids[min(at, last)])
