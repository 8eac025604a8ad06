"""Prefill: chunk sizes, progress and cancelling."""

import pytest
import torch

from assistant.engine.base import Cancel, EngineEvent, Finish, Message, Prefill, Request, Sampling
from assistant.engine.decoding import CPU_CHUNKS, GPU_CHUNKS, PrefillPacer
from tests.engine.fake_backends import engine_over, hashed
from tests.engine.requests import SAMPLINGS


def test_prefill_is_chunked_and_ends_at_the_total() -> None:
    long = Request((Message("user", "word " * 200),), samplings=(Sampling(max_tokens=1),))
    events = list(engine_over(hashed(1)).stream(long, Cancel()))
    done = [event.done for event in events if isinstance(event, Prefill)]
    assert len(done) >= 3
    assert done == sorted(set(done))
    assert done[-1] == next(e.total for e in events if isinstance(e, Prefill))


def test_a_cancel_during_prefill_stops_after_the_chunk() -> None:
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
    ("rate", "chunks", "expected"),
    [
        (30, CPU_CHUNKS, [128, 64, 64, 64]),
        (150, CPU_CHUNKS, [128, 128, 128, 128]),
        (5_000, CPU_CHUNKS, [128, 256, 512, 512]),
        (500, GPU_CHUNKS, [1024, 256, 256, 256]),
        (20_000, GPU_CHUNKS, [1024, 2048, 4096, 4096]),
    ],
)
def test_chunks_take_about_a_second_on_any_machine(
    rate: int, chunks: tuple[int, ...], expected: list[int]
) -> None:
    """A cancel waits for the current chunk; short chunks are prefilled at half the speed."""
    now = 0.0
    sizes: list[int] = []

    class Sequence:
        def extend(self, ids: list[int], last: int) -> torch.Tensor:
            nonlocal now
            sizes.append(len(ids))
            now += len(ids) / rate
            return torch.zeros(last, 4)

    pacer = PrefillPacer(lambda: now, chunks)
    for _ in expected:
        pacer.read(Sequence(), list(range(9000)), 0)  # type: ignore[arg-type]
    assert sizes == expected


@pytest.mark.parametrize("size", [128, 256])
def test_small_variations_in_speed_change_no_chunk(size: int) -> None:
    """Other chunks could give another reply to the same prompt."""
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

    pacer = PrefillPacer(lambda: now)
    for _ in range(6):
        pacer.read(Sequence(), list(range(2000)), 0)  # type: ignore[arg-type]
    assert set(sizes[-5:]) == {size}


@pytest.mark.parametrize(("length", "forwards"), [(134, [134]), (192, [192]), (193, [128, 65])])
def test_a_short_remainder_joins_the_last_chunk(length: int, forwards: list[int]) -> None:
    sizes: list[int] = []

    class Sequence:
        def extend(self, ids: list[int], last: int) -> torch.Tensor:
            sizes.append(len(ids))
            return torch.zeros(last, 4)

    done, pacer = 0, PrefillPacer(lambda: 0.0)
    while done < length:
        done += pacer.read(Sequence(), list(range(length)), done)[1]  # type: ignore[arg-type]
    assert sizes == forwards
