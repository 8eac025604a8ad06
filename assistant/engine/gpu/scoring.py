"""Scores rows of logits on the GPU: two kernels and one wait for all rows of a pass."""

from collections.abc import Iterator

import triton
from torch import Tensor

from assistant.engine.gpu import kernels
from assistant.engine.sampling import Scored, check_finite

_BLOCK = 2048


def score_rows(rows: Tensor) -> Iterator[Scored]:
    """As `sampling.score_rows`, for rows in float32 on a GPU."""
    count, width = rows.shape
    parts = rows.new_empty(count, triton.cdiv(width, _BLOCK), 4)
    facts = rows.new_empty(count, 4)
    kernels.score_parts[(count, parts.shape[1])](rows, parts, width, rows.stride(0), BLOCK=_BLOCK)
    kernels.score_merge[(count,)](
        parts, facts, parts.shape[1], BLOCK=triton.next_power_of_2(parts.shape[1])
    )
    for row, (entropy, number, logprob, normalizer) in zip(rows, facts.tolist(), strict=True):
        check_finite(entropy)
        yield Scored(row, max(entropy, 0.0), (int(number), logprob), normalizer)
