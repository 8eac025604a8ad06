"""Chooses tokens from logits, and reports the model's own probabilities.

Knows nothing of text. A candidate consumes exactly one random number per sampled token, so drafts
and caches cannot change the result of a seed.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from assistant.engine.base import Sampling
from assistant.errors import EngineError


@dataclass(frozen=True, slots=True)
class Scored:
    """The model's distribution of the next token, before masking and temperature."""

    logprobs: Tensor
    """[vocabulary], float32."""
    entropy: float
    """In nats."""
    best: tuple[int, float] | None = None
    """The likeliest id and its log-probability, where they were computed along."""

    def logprob(self, number: int) -> float:
        if self.best is not None and number == self.best[0]:
            return self.best[1]
        return float(self.logprobs[number])


def score_rows(rows: Tensor) -> Iterator[Scored]:
    """Scores each row of logits, [rows, vocabulary]; raises EngineError as `score` does.

    Rows on a GPU are scored together and stay there: copying one to the CPU takes longer than
    sampling from it, and each wait for the GPU costs as much as several kernels.
    """
    if rows.device.type == "cpu":
        return map(score, rows)
    return _score_together(rows)


def _score_together(rows: Tensor) -> Iterator[Scored]:
    logprobs = torch.log_softmax(rows, dim=-1)
    entropies = -(logprobs.exp() * logprobs.clamp(min=-1e4)).sum(dim=-1)
    likeliest = logprobs.max(dim=-1)
    # Ids are below 2**24, so a float32 holds them.
    facts = torch.stack((entropies, likeliest.indices.float(), likeliest.values)).tolist()
    for row, entropy, number, logprob in zip(logprobs, *facts, strict=True):
        _check_finite(entropy)
        yield Scored(row, max(entropy, 0.0), (int(number), logprob))


def score(row: Tensor) -> Scored:
    """Log-probabilities and entropy of one row of logits.

    Raises EngineError if the row is not finite.
    """
    logprobs = torch.log_softmax(row, dim=-1)
    # The bound avoids 0 * -inf in the sum.
    entropy = -float(torch.dot(logprobs.exp(), logprobs.clamp(min=-1e4)))
    _check_finite(entropy)
    return Scored(logprobs, max(entropy, 0.0))


def _check_finite(entropy: float) -> None:
    if not math.isfinite(entropy):
        raise EngineError(
            "The model produced numbers that are not finite.",
            hint="Pull the model again; if it persists, choose another one.",
        )


_TAIL = 1e-5
"""Ids below this probability are left out of the nucleus unless it needs them."""


class Sampler:
    """Samples the tokens of one candidate: temperature, then nucleus sampling
    (https://arxiv.org/abs/1904.09751).
    """

    def __init__(self, sampling: Sampling) -> None:
        self._temperature = sampling.temperature
        self._top_p = sampling.top_p
        # numpy's generator: torch's needs modules whose import the worker postpones.
        self._random = np.random.RandomState(sampling.seed % 2**32)

    def choose(self, scored: Scored, allowed: Tensor | None) -> int:
        """One id, among the allowed ids ([vocabulary] bool)."""
        logprobs = scored.logprobs
        if allowed is not None:
            logprobs = logprobs.masked_fill(~allowed.to(logprobs.device), float("-inf"))
        if self._temperature <= 0:
            if scored.best is not None and allowed is None:
                return scored.best[0]
            return int(logprobs.argmax())
        # 24 bits: as many as a float32 represents exactly.
        point = int(self._random.randint(2**32, dtype=np.uint32)) % 2**24 / 2**24
        return _draw(torch.softmax(logprobs / self._temperature, dim=-1), self._top_p, point)


def _draw(probabilities: Tensor, top_p: float, point: float) -> int:
    """The id at `point` (0 to 1) of the nucleus, most likely ids first."""
    ids = (
        (probabilities > _TAIL).nonzero().squeeze(1)
    )  # sorting all ids would take 20 times as long
    values, order = probabilities[ids].sort(descending=True, stable=True)
    ids = ids[order]
    if float(values.sum()) < top_p or not ids.numel():
        values, ids = probabilities.sort(descending=True, stable=True)
    sums = values.cumsum(0)
    last = int((sums < top_p).sum()) if top_p < 1 else values.numel() - 1
    last = min(last, values.numel() - 1)
    within = sums[: last + 1]
    at = int((within <= point * float(within[-1])).sum())
    return int(ids[min(at, last)])
