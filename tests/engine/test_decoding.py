"""The decode loop over backends whose logits are known."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from assistant.engine import torch_backend
from assistant.engine.base import (
    Cancel,
    EngineEvent,
    Finish,
    Message,
    Prefill,
    Request,
    Sampling,
    Token,
)
from assistant.engine.decoding import Pace
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


def test_drafts_save_forwards() -> None:
    backend, plain = writing(CODE), writing(CODE)
    asked = request(Sampling(), draft=CODE.replace("+", "-"))
    [drafted] = run(engine_over(backend), asked)
    [undrafted] = run(engine_over(plain, drafts=False), asked)
    assert drafted.text == undrafted.text == CODE
    assert drafted.finish is not None
    assert drafted.finish.drafted > 0.7 * drafted.finish.tokens
    assert len(backend.forwards) < 0.4 * len(plain.forwards)


def test_drafts_on_the_tiny_model(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In float32: a rounding error of attention can move an int8 level, and then a near-tie."""
    monkeypatch.setattr(torch_backend, "choose_kernel", lambda: plain)
    asked = request(*SAMPLINGS, draft=CODE)
    drafting, undrafted = LocalEngine.load(tiny_model, threads=1), LocalEngine.load(tiny_model)
    undrafted.drafts = False
    for one, other in zip(run(drafting, asked), run(undrafted, asked), strict=True):
        assert one.text == other.text
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-3)
    assert sum(each.finish.drafted for each in run(drafting, asked) if each.finish) > 0


def test_cached_equals_uncached_on_the_tiny_model(tiny_model: Path) -> None:
    engine = LocalEngine.load(tiny_model, threads=1)
    first, second = (
        Request((*HELLO, Message("user", more)), samplings=SAMPLINGS[:2]) for more in ("one", "two")
    )
    run(engine, first)
    cached = run(engine, second)
    uncached = run(LocalEngine.load(tiny_model, threads=1), second)
    assert [each.text for each in cached] == [each.text for each in uncached]


def test_common_prefix_is_not_read_again() -> None:
    backend = hashed(3)
    engine = engine_over(backend)
    run(engine, request())
    backend.forwards.clear()
    events = list(engine.stream(request(Sampling(max_tokens=1)), Cancel()))
    assert isinstance(events[0], Prefill)
    assert events[0].cached == events[0].total - 1
    assert backend.forwards == [1]


def test_two_conversations_stay_cached_side_by_side() -> None:
    engine = engine_over(hashed(2))
    long = [Request((Message("user", f"{name} " * 300),), samplings=(Sampling(max_tokens=1),))
            for name in ("first", "second")]  # fmt: skip
    for asked in long:
        run(engine, asked)
    for asked in long:
        prefill = next(engine.stream(asked, Cancel()))
        assert isinstance(prefill, Prefill)
        assert prefill.cached == prefill.total - 1


def test_same_seed_same_text_other_seed_other_text() -> None:
    one, same, other = run(
        engine_over(hashed(4)),
        request(*(Sampling(1.0, seed=seed, max_tokens=30) for seed in (7, 7, 8))),
    )
    assert one.text == same.text != other.text


def test_candidates_equal_separate_runs() -> None:
    together = run(engine_over(hashed(4)), request(*SAMPLINGS))
    apart = [run(engine_over(hashed(4)), request(each))[0] for each in SAMPLINGS]
    assert [each.pieces for each in together] == [each.pieces for each in apart]


def test_nucleus_of_nothing_is_greedy() -> None:
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


def test_prefill_comes_in_chunks_and_ends_at_the_total() -> None:
    long = Request((Message("user", "word " * 200),), samplings=(Sampling(max_tokens=1),))
    events = list(engine_over(hashed(1)).stream(long, Cancel()))
    done = [event.done for event in events if isinstance(event, Prefill)]
    assert len(done) >= 3
    assert done == sorted(set(done))
    assert done[-1] == next(e.total for e in events if isinstance(e, Prefill))


def test_cancel_in_prefill_reads_no_further_chunk() -> None:
    backend = hashed(1)
    cancel = Cancel()
    events: list[EngineEvent] = []
    long = Request((Message("user", "word " * 400),), samplings=SAMPLINGS[:2])
    for event in engine_over(backend).stream(long, cancel):
        events.append(event)
        cancel.set()
    assert len(backend.forwards) == 1
    assert [type(event) for event in events] == [Prefill, Finish, Finish]
    assert {event.reason for event in events if isinstance(event, Finish)} == {"cancelled"}


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(30, [128, 64, 64, 64]), (150, [128, 128, 128, 128]), (5_000, [128, 256, 512, 512])],
)
def test_a_chunk_takes_about_a_second_whatever_the_machine(rate: int, expected: list[int]) -> None:
    """A cancel waits for the chunk under way; short chunks are read at half the speed."""
    now = 0.0
    sizes: list[int] = []

    class Sequence:
        def extend(self, ids: list[int], last: int) -> torch.Tensor:
            nonlocal now
            sizes.append(len(ids))
            now += len(ids) / rate
            return torch.zeros(last, 4)

    pace = Pace(lambda: now)
    for _ in expected:
        pace.read(Sequence(), list(range(2000)), 0)  # type: ignore[arg-type]
    assert sizes == expected


@pytest.mark.parametrize("size", [128, 256])
def test_a_speed_that_varies_a_little_changes_no_chunk(size: int) -> None:
    """Other chunks would give other answers to the same question."""
    now = 0.0
    first = [5_000.0] if size == 256 else []
    rates = iter([*first, *[size * factor for factor in (1.1, 0.9, 1.2, 0.85, 2.2, 1.0)]])
    sizes: list[int] = []

    class Sequence:
        def extend(self, ids: list[int], last: int) -> torch.Tensor:
            nonlocal now
            sizes.append(len(ids))
            now += len(ids) / next(rates)
            return torch.zeros(last, 4)

    pace = Pace(lambda: now)
    for _ in range(6):
        pace.read(Sequence(), list(range(2000)), 0)  # type: ignore[arg-type]
    assert set(sizes[-5:]) == {size}


@pytest.mark.parametrize(("length", "forwards"), [(134, [134]), (192, [192]), (193, [128, 65])])
def test_a_short_rest_has_no_pass_of_its_own(length: int, forwards: list[int]) -> None:
    sizes: list[int] = []

    class Sequence:
        def extend(self, ids: list[int], last: int) -> torch.Tensor:
            sizes.append(len(ids))
            return torch.zeros(last, 4)

    done, pace = 0, Pace(lambda: 0.0)
    while done < length:
        done += pace.read(Sequence(), list(range(length)), done)[1]  # type: ignore[arg-type]
    assert sizes == forwards


def test_cancel_while_generating_needs_one_forward_at_most() -> None:
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


def test_end_token_ends_without_being_text() -> None:
    [found] = run(engine_over(writing("done.")), request())
    assert (found.text, reason(found)) == ("done.", "stop")


@pytest.mark.parametrize("limit", [0, 1, 3, 17])
def test_token_limit_is_exact_with_and_without_drafts(limit: int) -> None:
    asked = request(Sampling(max_tokens=limit), draft=CODE)
    for drafts in (True, False):
        [found] = run(engine_over(writing(CODE), drafts=drafts), asked)
        assert reason(found) == "length"
        assert len(found.pieces) == limit
        assert CODE.startswith(found.text)


def test_stop_string_across_tokens_is_never_shown() -> None:
    asked = request(Sampling(stop=("return total\n", "nothing")))
    [found] = run(engine_over(writing(CODE)), asked)
    assert found.text == CODE.split("return total")[0]
    assert reason(found) == "stop"


def test_text_that_only_begins_like_a_stop_is_kept() -> None:
    [found] = run(engine_over(writing("a ``b` c ``")), request(Sampling(stop=("```",))))
    assert found.text == "a ``b` c ``"
    assert reason(found) == "stop"


def test_characters_split_over_tokens() -> None:
    text = "naïve 日本語 🎉"
    [found] = run(engine_over(writing(text.encode())), request())
    assert found.text == text
    assert len(found.pieces) == len(text.encode())
    assert "" in found.pieces


def test_incomplete_character_at_the_limit_is_not_text() -> None:
    [found] = run(engine_over(writing("é".encode())), request(Sampling(max_tokens=1)))
    assert found.text == ""


def test_endless_repetition_is_stopped() -> None:
    [found] = run(
        engine_over(writing("x = 1\ny = 2\n", end=False)), request(Sampling(max_tokens=1000))
    )
    assert reason(found) == "repetition"
    assert len(found.pieces) < 200


def test_repetition_that_is_copied_is_no_fault() -> None:
    table = "0, " * 120
    [found] = run(engine_over(writing(table)), request(Sampling(), draft=table))
    assert (found.text, reason(found)) == (table, "stop")


def test_logits_that_are_no_numbers_are_an_error() -> None:
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


def test_overflow_says_prompt_answer_and_limit_before_any_work() -> None:
    backend = hashed(1)
    engine = engine_over(backend, context_tokens=100)
    with pytest.raises(EngineError, match=r"prompt has \d+ tokens .* 90: .* holds 100") as caught:
        next(engine.stream(request(Sampling(max_tokens=90)), Cancel()))
    assert caught.value.hint
    assert not backend.forwards


def test_score_prefers_what_the_model_prefers() -> None:
    engine = engine_over(writing("B"))
    scores = engine.score(request(), ["A", "B", "CC"], Cancel())
    assert scores.index(max(scores)) == 1
    assert sum(torch.tensor(scores).exp().tolist()) == pytest.approx(1.0)
    assert run(engine, request())[0].text == "B"


def test_score_of_a_long_label_is_the_product_of_its_tokens() -> None:
    engine = engine_over(hashed(3))
    asked = request()
    long, short = engine.score(asked, ["AB", "A"], Cancel())
    rest = request(opening="A")
    follow = engine.score(
        rest, ["B", *map(chr, range(33, 66)), *map(chr, range(67, 127))], Cancel()
    )
    assert long - short <= follow[0] + 1e-5


def test_empty_label_and_cancelled_score() -> None:
    engine = engine_over(hashed(3))
    with pytest.raises(EngineError, match="empty"):
        engine.score(request(), ["A", ""], Cancel())
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        engine.score(request(), ["A"], cancel)


def test_warm_leaves_one_token_to_read() -> None:
    backend = hashed(2)
    engine = engine_over(backend)
    steps = list(engine.warm(request(), Cancel()))
    assert steps[-1].done == steps[-1].total
    backend.forwards.clear()
    next(engine.stream(request(), Cancel()))
    assert backend.forwards == [1]
