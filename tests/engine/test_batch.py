"""Batched candidates: same tokens and same order of events as one after the other."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from torch import Tensor

from assistant.engine import torch_backend
from assistant.engine.base import Cancel, Finish, Message, Request, Sampling, Token
from assistant.engine.local import LocalEngine
from assistant.engine.quantization import plain
from tests.engine.fake_backends import FakeBackend, engine_over, hashed

HELLO = (Message("user", "hello"),)
SAMPLINGS = (
    Sampling(max_tokens=30),
    Sampling(0.9, seed=1, max_tokens=25),
    Sampling(0.9, seed=2, max_tokens=60),
    Sampling(1.2, seed=3, max_tokens=5),
    Sampling(0.7, seed=4, max_tokens=40),
    Sampling(0.7, seed=5, max_tokens=0),
    Sampling(0.7, seed=6, max_tokens=10),
)


class BatchingFake(FakeBackend):
    """Counts each batched pass once; its parts are computed by `forward`."""

    def forward_together(self, parts: Sequence[tuple[FakeBackend, Sequence[int]]]) -> list[Tensor]:
        counted = list(self.forwards)
        rows = [backend.forward(ids, len(ids)) for backend, ids in parts]
        self.forwards[:] = [*counted, sum(len(ids) for _, ids in parts)]
        return rows


def batching(backend: FakeBackend) -> BatchingFake:
    return BatchingFake(backend._row)


def test_batching_changes_neither_tokens_nor_order() -> None:
    asked = Request(HELLO, samplings=SAMPLINGS, draft="def add(a, b):\n    return a + b\n")
    alone, together = hashed(2), batching(hashed(2))
    expected = list(engine_over(alone).stream(asked, Cancel()))
    found = list(engine_over(together).stream(asked, Cancel()))

    def summary(events: list[object]) -> list[tuple[object, ...]]:
        return [
            (type(e), e.candidate, e.text, e.logprob) if isinstance(e, Token)
            else (type(e), e.candidate, e.reason, e.tokens) if isinstance(e, Finish)
            else (type(e),)
            for e in events
        ]  # fmt: skip

    assert summary(found) == summary(expected)
    assert len(together.forwards) < 0.7 * len(alone.forwards)


def test_the_first_candidate_is_decoded_alone() -> None:
    backend = batching(hashed(3))
    cancel, finished = Cancel(), []
    for event in engine_over(backend, drafts=False).stream(
        Request(HELLO, samplings=SAMPLINGS[:4]), cancel
    ):
        if isinstance(event, Finish):
            finished.append(event.reason)
            cancel.set()
    assert finished[0] == "length"
    assert set(finished[1:]) == {"cancelled"}
    prompt = backend.forwards[0]
    assert backend.forwards == [prompt, *[1] * 29]


def test_all_candidates_are_batched_when_all_are_wanted() -> None:
    asked = Request(HELLO, samplings=SAMPLINGS[:4])
    usual, backend = batching(hashed(3)), batching(hashed(3))
    expected = list(engine_over(usual, drafts=False).stream(asked, Cancel()))
    found = engine_over(backend, drafts=False).stream(replace(asked, wants_all=True), Cancel())
    summary = [(e.candidate, e.text) for e in found if isinstance(e, Token)]
    assert summary == [(e.candidate, e.text) for e in expected if isinstance(e, Token)]
    assert backend.forwards[1] == 4
    assert len(backend.forwards) < len(usual.forwards)


def test_a_cancel_ends_all_candidates_in_the_batch() -> None:
    cancel, seen = Cancel(), []
    for event in engine_over(batching(hashed(3))).stream(
        Request(HELLO, samplings=SAMPLINGS[:4]), cancel
    ):
        if isinstance(event, Finish):
            seen.append((event.candidate, event.reason))
        elif isinstance(event, Token) and event.candidate == 1:
            cancel.set()
    assert [number for number, _ in seen] == [0, 1, 2, 3]
    assert {reason for _, reason in seen[1:3]} == {"cancelled"}


def test_batching_on_the_tiny_model(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In float32: see test_drafts_on_the_tiny_model."""
    monkeypatch.setattr(torch_backend, "choose_kernel", lambda: plain)
    together = LocalEngine.load(tiny_model, threads=1)
    texts: dict[int, str] = {}
    for event in together.stream(Request(HELLO, samplings=SAMPLINGS[:4]), Cancel()):
        if isinstance(event, Token):
            texts[event.candidate] = texts.get(event.candidate, "") + event.text
    for index, sampling in enumerate(SAMPLINGS[:4]):
        events = LocalEngine.load(tiny_model, threads=1).stream(
            Request(HELLO, samplings=(sampling,)), Cancel()
        )
        assert "".join(e.text for e in events if isinstance(e, Token)) == texts[index]


def test_an_error_during_a_batch_is_raised() -> None:
    class Broken(BatchingFake):
        def forward_together(self, parts: object) -> list[Tensor]:
            raise MemoryError

    with pytest.raises(MemoryError):
        list(
            engine_over(Broken(hashed(3)._row)).stream(
                Request(HELLO, samplings=SAMPLINGS[:4]), Cancel()
            )
        )
