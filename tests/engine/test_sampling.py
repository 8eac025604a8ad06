"""Scoring rows of logits together, as on a GPU, against one by one; what a sampler needs of it."""

import pytest
import torch

from assistant.engine.base import Sampling
from assistant.engine.sampling import Sampler, Scored, _score_together, score
from assistant.errors import EngineError

ROWS = torch.randn(5, 300, generator=torch.Generator().manual_seed(0)) * 4


def test_rows_scored_together_are_those_scored_alone() -> None:
    for together, row in zip(_score_together(ROWS), ROWS, strict=True):
        alone = score(row)
        torch.testing.assert_close(together.logprobs, alone.logprobs)
        assert together.entropy == pytest.approx(alone.entropy, rel=1e-5)
        assert together.best is not None
        number, logprob = together.best
        assert number == int(row.argmax())
        assert logprob == pytest.approx(alone.logprob(number), rel=1e-5)


def test_rows_that_are_not_finite_are_an_error() -> None:
    broken = ROWS.clone()
    broken[1, 7] = float("nan")
    rows = _score_together(broken)
    next(rows)
    with pytest.raises(EngineError, match="not finite"):
        next(rows)


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_a_known_best_id_changes_no_choice(temperature: float) -> None:
    def chosen(scored: list[Scored], allowed: torch.Tensor | None) -> list[int]:
        sampler = Sampler(Sampling(temperature, seed=3))
        return [sampler.choose(each, allowed) for each in scored]

    together, alone = list(_score_together(ROWS)), [score(row) for row in ROWS]
    odd = torch.arange(300) % 2 == 1
    assert chosen(together, None) == chosen(alone, None)
    assert chosen(together, odd) == chosen(alone, odd)
    assert all(number % 2 for number in chosen(together, odd))
