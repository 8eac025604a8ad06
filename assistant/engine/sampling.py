"""Chooses tokens from logits, and reports the model's own probabilities.

Knows nothing of text. A candidate consumes exactly one random number per sampled token, so drafts
and caches cannot change the result of a seed.
"""

import importlib.util
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

    values: Tensor
    """[vocabulary], float32: log-probabilities plus `normalizer`."""
    entropy: float
    """In nats."""
    best: tuple[int, float] | None = None
    """The likeliest id and its log-probability, where they were computed along."""
    normalizer: float = 0.0

    @property
    def logprobs(self) -> Tensor:
        return self.values - self.normalizer if self.normalizer else self.values

    def logprob(self, number: int) -> float:
        if self.best is not None and number == self.best[0]:
            return self.best[1]
        return float(self.values[number]) - self.normalizer


def score_rows(rows: Tensor) -> Iterator[Scored]:
    """Scores each row of logits, [rows, vocabulary]; raises EngineError as `score` does.

    Rows on a GPU are scored together and stay there: copying one to the CPU takes longer than
    sampling from it, and each wait for the GPU costs as much as several kernels.
    """
    if rows.device.type == "cpu" or importlib.util.find_spec("triton") is None:
        return map(score, rows)
    from assistant.engine.gpu import scoring

    return scoring.score_rows(rows)


def score(row: Tensor) -> Scored:
    """Log-probabilities and entropy of one row of logits.

    Raises EngineError if the row is not finite.
    """
    logprobs = torch.log_softmax(row, dim=-1)
    # The bound avoids 0 * -inf in the sum.
    entropy = -float(torch.dot(logprobs.exp(), logprobs.clamp(min=-1e4)))
    check_finite(entropy)
    return Scored(logprobs, max(entropy, 0.0))


def check_finite(entropy: float) -> None:
    """Raises EngineError."""
    if not math.isfinite(entropy):
        raise EngineError(
            "The model produced numbers that are not finite.",
            hint="Pull the model again; if it persists, choose another one.",
        )


_NUCLEUS = 1024
"""Ids of a nucleus that are copied from a GPU."""

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
        if self._temperature <= 0 and scored.best is not None and allowed is None:
            return scored.best[0]
        values = scored.values
        if allowed is not None:
            values = values.masked_fill(~allowed.to(values.device), float("-inf"))
        if self._temperature <= 0:
            return int(values.argmax())
        # 24 bits: as many as a float32 represents exactly.
        point = int(self._random.randint(2**32, dtype=np.uint32)) % 2**24 / 2**24
        probabilities = torch.softmax(values / self._temperature, dim=-1)
        if probabilities.device.type != "cpu":
            return _draw_copied(probabilities, self._top_p, point)
        return _draw(probabilities, self._top_p, point)


def _draw_copied(probabilities: Tensor, top_p: float, point: float) -> int:
    """As `_draw`, with one copy from the GPU where the nucleus is small."""
    likely = probabilities.topk(min(_NUCLEUS, probabilities.numel()))
    facts = torch.stack((likely.values.double(), likely.indices.double())).cpu()
    values, ids = facts[0].float(), facts[1].long()
    if top_p >= 1 or float(values.sum()) < top_p:
        return _draw(probabilities, top_p, point)
    ids, order = ids.sort()  # equal probabilities in the order of their ids
    return int(ids[_draw(values[order], top_p, point)])


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
