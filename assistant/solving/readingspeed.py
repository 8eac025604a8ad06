"""How many tokens of a prompt a model reads in a given time."""

from assistant.engine.base import EngineInfo

_BYTES_PER_SECOND = 2e11
"""Bytes of memory times tokens that one thread reads in a second: two thirds of what `assistant
bench` measures on two quiet cores, 302 tokens a second with 2.1 GB and two threads."""


def tokens_in(info: EngineInfo, seconds: float) -> int | None:
    """Tokens that the model is likely to read in this time on a CPU; None where nothing is known:
    on a GPU and on servers."""
    if info.address or info.device != "cpu" or not info.memory_bytes:
        return None
    return int(seconds * _BYTES_PER_SECOND * max(1, info.threads) / info.memory_bytes)
