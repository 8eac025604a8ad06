"""What a sampler needs of scored rows, and sampling from few ids as from all."""

import pytest
import torch

from assistant.engine.base import Sampling
from assistant.engine.sampling import Sampler, Scored, _draw, _draw_copied, score

ROWS = torch.randn(5, 3000, generator=torch.Generator().manual_seed(0)) * 4


def unnormalized(row: torch.Tensor) -> Scored:
    """The scores of a row as a GPU gives them."""
    alone = score(row)
    best = int(row.argmax())
    return Scored(row, alone.entropy, (best, alone.logprob(best)), float(row.logsumexp(0)))


def test_logits_with_their_normalizer_are_log_probabilities() -> None:
    for row in ROWS:
        alone, scored = score(row), unnormalized(row)
        torch.testing.assert_close(scored.logprobs, alone.logprobs)
        assert scored.logprob(17) == pytest.approx(alone.logprob(17), rel=1e-5)


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_a_known_best_id_changes_no_choice(temperature: float) -> None:
    def chosen(scored: list[Scored], allowed: torch.Tensor | None) -> list[int]:
        sampler = Sampler(Sampling(temperature, seed=3))
        return [sampler.choose(each, allowed) for each in scored]

    together, alone = [unnormalized(row) for row in ROWS], [score(row) for row in ROWS]
    odd = torch.arange(3000) % 2 == 1
    assert chosen(together, None) == chosen(alone, None)
    assert chosen(together, odd) == chosen(alone, odd)
    assert all(number % 2 for number in chosen(together, odd))


@pytest.mark.parametrize("top_p", [0.5, 0.95, 1.0])
@pytest.mark.parametrize("scale", [0.01, 1.0])
def test_the_likeliest_ids_suffice(top_p: float, scale: float) -> None:
    for row in ROWS:
        probabilities = torch.softmax((row * scale).round(decimals=1), 0)
        for step in range(20):
            point = step / 20
            expected = _draw(probabilities, top_p, point)
            assert _draw_copied(probabilities, top_p, point) == expected
