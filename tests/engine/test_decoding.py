"""The decode loop on backends with known logits."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from assistant.engine import torch_backend
from assistant.engine.base import (
    Cancel,
    Finish,
    Message,
    Prefill,
    Request,
    Sampling,
    Token,
)
from assistant.engine.local import LocalEngine
from assistant.engine.quantization import plain
from assistant.errors import Cancelled, EngineError, OutOfMemory
from tests.engine.fake_backends import WIDTH, FakeBackend, engine_over, hashed, writing
from tests.engine.requests import CODE, HELLO, SAMPLINGS, reason, request, run


@pytest.mark.parametrize("memory", [1, 2, 5])
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_drafts_change_no_token(memory: int, sampling: Sampling) -> None:
    asked = request(sampling, draft=CODE, opening="def add")
    [plain] = run(engine_over(hashed(memory), drafts=False), asked)
    [drafted] = run(engine_over(hashed(memory)), asked)
    assert drafted.pieces == plain.pieces
    assert drafted.logprobs == plain.logprobs
    assert drafted.entropies == plain.entropies
    assert reason(drafted) == reason(plain)


def test_drafts_save_forward_passes() -> None:
    backend, plain = writing(CODE), writing(CODE)
    asked = request(Sampling(), draft=CODE.replace("+", "-"))
    [drafted] = run(engine_over(backend), asked)
    [undrafted] = run(engine_over(plain, drafts=False), asked)
    assert drafted.text == undrafted.text == CODE
    assert drafted.finish is not None
    assert drafted.finish.drafted > 0.7 * drafted.finish.tokens
    assert len(backend.forwards) < 0.4 * len(plain.forwards)


def test_drafts_on_the_tiny_model(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In float32: rounding in attention can move an int8 level, and with it a near-tie."""
    monkeypatch.setattr(torch_backend, "choose_kernel", lambda: plain)
    asked = request(*SAMPLINGS, draft=CODE)
    drafting, undrafted = LocalEngine.load(tiny_model, threads=1), LocalEngine.load(tiny_model)
    undrafted.drafts = False
    for one, other in zip(run(drafting, asked), run(undrafted, asked), strict=True):
        assert one.text == other.text
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-3)
    assert sum(each.finish.drafted for each in run(drafting, asked) if each.finish) > 0


def test_caching_changes_no_token_on_the_tiny_model(tiny_model: Path) -> None:
    engine = LocalEngine.load(tiny_model, threads=1)
    first, second = (
        Request((*HELLO, Message("user", more)), samplings=SAMPLINGS[:2]) for more in ("one", "two")
    )
    run(engine, first)
    cached = run(engine, second)
    uncached = run(LocalEngine.load(tiny_model, threads=1), second)
    assert [each.text for each in cached] == [each.text for each in uncached]


def test_a_common_prefix_is_not_prefilled_again() -> None:
    backend = hashed(3)
    engine = engine_over(backend)
    run(engine, request())
    backend.forwards.clear()
    events = list(engine.stream(request(Sampling(max_tokens=1)), Cancel()))
    assert isinstance(events[0], Prefill)
    assert events[0].cached == events[0].total - 1
    assert backend.forwards == [1]


def test_two_conversations_stay_cached() -> None:
    engine = engine_over(hashed(2))
    long = [Request((Message("user", f"{name} " * 300),), samplings=(Sampling(max_tokens=1),))
            for name in ("first", "second")]  # fmt: skip
    for asked in long:
        run(engine, asked)
    for asked in long:
        prefill = next(engine.stream(asked, Cancel()))
        assert isinstance(prefill, Prefill)
        assert prefill.cached == prefill.total - 1


def test_the_seed_decides_the_text() -> None:
    one, same, other = run(
        engine_over(hashed(4)),
        request(*(Sampling(1.0, seed=seed, max_tokens=30) for seed in (7, 7, 8))),
    )
    assert one.text == same.text != other.text


def test_candidates_equal_separate_requests() -> None:
    together = run(engine_over(hashed(4)), request(*SAMPLINGS))
    apart = [run(engine_over(hashed(4)), request(each))[0] for each in SAMPLINGS]
    assert [each.pieces for each in together] == [each.pieces for each in apart]


def test_an_empty_nucleus_is_greedy() -> None:
    greedy, narrow = run(
        engine_over(hashed(4)),
        request(Sampling(max_tokens=40), Sampling(1.0, top_p=1e-6, seed=3, max_tokens=40)),
    )
    assert greedy.pieces == narrow.pieces


def test_sampling_follows_the_distribution() -> None:
    def row(ids: Sequence[int]) -> Tensor:
        logits = torch.full((WIDTH,), -50.0)
        logits[40], logits[41], logits[42] = 2.0, 1.0, -3.0
        return logits

    samplings = [Sampling(1.0, top_p=1.0, seed=seed, max_tokens=1) for seed in range(400)]
    found = run(engine_over(FakeBackend(row)), request(*samplings))
    shares = [sum(each.text == text for each in found) / 400 for text in ("I", "J", "K")]
    assert shares[0] == pytest.approx(0.727, abs=0.06)
    assert shares[1] == pytest.approx(0.267, abs=0.06)


def test_a_cancel_during_generation_takes_one_forward_at_most() -> None:
    backend = hashed(5)
    cancel = Cancel()
    after = 0
    for event in engine_over(backend, drafts=False).stream(request(), cancel):
        if isinstance(event, Token):
            cancel.set()
            after = after or len(backend.forwards)
    assert isinstance(event, Finish)
    assert event.reason == "cancelled"
    assert len(backend.forwards) <= after + 1


def test_the_end_token_is_not_text() -> None:
    [found] = run(engine_over(writing("done.")), request())
    assert (found.text, reason(found)) == ("done.", "stop")


@pytest.mark.parametrize("limit", [0, 1, 3, 17])
def test_the_token_limit_is_exact_with_and_without_drafts(limit: int) -> None:
    asked = request(Sampling(max_tokens=limit), draft=CODE)
    for drafts in (True, False):
        [found] = run(engine_over(writing(CODE), drafts=drafts), asked)
        assert reason(found) == "length"
        assert len(found.pieces) == limit
        assert CODE.startswith(found.text)


def test_a_stop_string_across_tokens_is_never_shown() -> None:
    asked = request(Sampling(stop=("return total\n", "nothing")))
    [found] = run(engine_over(writing(CODE)), asked)
    assert found.text == CODE.split("return total")[0]
    assert reason(found) == "stop"


def test_text_that_only_starts_like_a_stop_is_kept() -> None:
    [found] = run(engine_over(writing("a ``b` c ``")), request(Sampling(stop=("```",))))
    assert found.text == "a ``b` c ``"
    assert reason(found) == "stop"


def test_characters_may_span_tokens() -> None:
    text = "naïve 日本語 🎉"
    [found] = run(engine_over(writing(text.encode())), request())
    assert found.text == text
    assert len(found.pieces) == len(text.encode())
    assert "" in found.pieces


def test_an_incomplete_character_at_the_limit_is_dropped() -> None:
    [found] = run(engine_over(writing("é".encode())), request(Sampling(max_tokens=1)))
    assert found.text == ""


def test_endless_repetition_is_stopped() -> None:
    [found] = run(
        engine_over(writing("x = 1\ny = 2\n", end=False)), request(Sampling(max_tokens=1000))
    )
    assert reason(found) == "repetition"
    assert len(found.pieces) < 200


def test_copied_repetition_is_allowed() -> None:
    table = "0, " * 120
    [found] = run(engine_over(writing(table)), request(Sampling(), draft=table))
    assert (found.text, reason(found)) == (table, "stop")


def test_nan_logits_are_an_error() -> None:
    engine = engine_over(FakeBackend(lambda ids: torch.full((WIDTH,), float("nan"))))
    with pytest.raises(EngineError, match="not finite"):
        run(engine, request())


def test_out_of_memory_drops_the_cache_and_the_next_request_works() -> None:
    backend = hashed(2)
    engine = engine_over(backend)
    run(engine, request())
    real = backend.forward

    def full(ids: Sequence[int], last: int) -> Tensor:
        raise OutOfMemory("full")

    backend.forward = full  # type: ignore[method-assign]
    with pytest.raises(OutOfMemory):
        run(engine, request())
    assert backend.length == 0
    backend.forward = real  # type: ignore[method-assign]
    assert reason(run(engine, request())[0])


def test_an_overflow_reports_prompt_reply_and_limit_before_any_work() -> None:
    backend = hashed(1)
    engine = engine_over(backend, context_tokens=100)
    with pytest.raises(
        EngineError, match=r"prompt has \d+ tokens .* 90: .* context of 100"
    ) as caught:
        next(engine.stream(request(Sampling(max_tokens=90)), Cancel()))
    assert caught.value.hint
    assert not backend.forwards


def test_scores_follow_the_model() -> None:
    engine = engine_over(writing("B"))
    scores = engine.score(request(), ["A", "B", "CC"], Cancel())
    assert scores.index(max(scores)) == 1
    assert sum(torch.tensor(scores).exp().tolist()) == pytest.approx(1.0)
    assert run(engine, request())[0].text == "B"


def test_a_long_label_scores_the_product_of_its_tokens() -> None:
    engine = engine_over(hashed(3))
    asked = request()
    long, short = engine.score(asked, ["AB", "A"], Cancel())
    rest = request(opening="A")
    follow = engine.score(
        rest, ["B", *map(chr, range(33, 66)), *map(chr, range(67, 127))], Cancel()
    )
    assert long - short <= follow[0] + 1e-5


def test_an_empty_label_and_a_cancelled_score_are_errors() -> None:
    engine = engine_over(hashed(3))
    with pytest.raises(EngineError, match="empty"):
        engine.score(request(), ["A", ""], Cancel())
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        engine.score(request(), ["A"], cancel)


def test_warm_leaves_one_token_to_prefill() -> None:
    backend = hashed(2)
    engine = engine_over(backend)
    steps = list(engine.warm(request(), Cancel()))
    assert steps[-1].done == steps[-1].total
    backend.forwards.clear()
    next(engine.stream(request(), Cancel()))
    assert backend.forwards == [1]
