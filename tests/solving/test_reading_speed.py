"""How many tokens a model reads in a given time."""

from dataclasses import replace

import pytest

from assistant.engine.base import EngineInfo
from assistant.solving.readingspeed import tokens_in

SMALL = EngineInfo("small", "cpu", "int8", 8192, 2, 900_000_000, 3.0)


def test_more_memory_takes_longer_and_more_threads_less() -> None:
    small = tokens_in(SMALL, 9)
    large = tokens_in(replace(SMALL, memory_bytes=1_960_000_000), 9)
    fast = tokens_in(replace(SMALL, memory_bytes=1_960_000_000, threads=8), 9)
    assert small is not None
    assert large is not None
    assert fast is not None
    assert large < 302 * 9 < small
    assert fast == pytest.approx(4 * large, abs=4)


@pytest.mark.parametrize(
    "change", [{"device": "cuda:0 H200"}, {"address": "http://127.0.0.1:8080"}, {"memory_bytes": 0}]
)
def test_nothing_is_said_where_nothing_is_known(change: dict[str, object]) -> None:
    assert tokens_in(replace(SMALL, **change), 9) is None  # type: ignore[arg-type]
