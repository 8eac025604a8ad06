"""The prefix cache in memory."""

from pathlib import Path

from assistant.engine.prefix import CachedSequence, PrefixCache
from assistant.engine.prefix_store import PrefixStore
from assistant.engine.torch_backend import TorchBackend
from tests.engine.fake_backends import hashed

LONG = [number % 200 for number in range(600)]
OTHER = [199, *LONG]


def cache(**limits: int) -> PrefixCache:
    return PrefixCache(CachedSequence(hashed(1)), **limits)


def read(prefixes: PrefixCache, ids: list[int]) -> int:
    """Prefills a prompt; returns how much of it was cached."""
    sequence = prefixes.take(ids)
    cached = len(sequence.ids)
    sequence.extend(ids[cached:], 1)
    return cached


def test_the_same_prompt_leaves_one_token_to_read() -> None:
    prefixes = cache()
    assert read(prefixes, LONG) == 0
    assert read(prefixes, LONG) == len(LONG) - 1


def test_a_longer_prompt_extends_the_shorter_one() -> None:
    prefixes = cache()
    read(prefixes, LONG)
    assert read(prefixes, [*LONG, 7, 8]) == len(LONG)
    assert len(prefixes.sequences) == 1


def test_a_small_loss_does_not_fork() -> None:
    prefixes = cache()
    read(prefixes, LONG)
    assert read(prefixes, [*LONG[:500], 7]) == 500
    assert len(prefixes.sequences) == 1


def test_a_large_loss_forks() -> None:
    prefixes = cache()
    read(prefixes, LONG)
    assert read(prefixes, [*LONG[:100], 7, 7]) == 100
    assert read(prefixes, LONG) == len(LONG) - 1


def test_sequences_are_limited_and_the_oldest_is_evicted() -> None:
    prefixes = cache(sequences=2)
    read(prefixes, LONG)
    read(prefixes, OTHER)
    read(prefixes, [198, *LONG])
    assert len(prefixes.sequences) == 2
    assert read(prefixes, OTHER) == len(OTHER) - 1
    assert read(prefixes, LONG) == 0


def test_tokens_are_limited() -> None:
    prefixes = cache(sequences=9, tokens=1300)
    for first in range(5):
        read(prefixes, [first, *LONG])
    assert sum(len(each.ids) for each in prefixes.sequences) <= 1300
    assert read(prefixes, [4, *LONG]) == len(LONG)


def test_a_single_sequence_works() -> None:
    prefixes = cache(sequences=1)
    read(prefixes, LONG)
    assert read(prefixes, OTHER) == 0
    assert len(prefixes.sequences) == 1


def test_clear_keeps_one_empty_sequence() -> None:
    prefixes = cache()
    read(prefixes, LONG)
    read(prefixes, OTHER)
    prefixes.clear()
    assert [each.ids for each in prefixes.sequences] == [[]]
    assert read(prefixes, LONG) == 0


def test_what_is_too_large_for_the_store_is_not_exported(tiny_model: Path, tmp_path: Path) -> None:
    backend = TorchBackend.load(tiny_model, device="cpu", threads=1)
    size = 2 * 2 * 32 * 4 * len(LONG)
    exported: list[int] = []
    real = backend.export_cache

    def export(length: int):
        exported.append(length)
        return real(length)

    backend.export_cache = export  # type: ignore[method-assign]
    for limit, stored in ((size - 1, False), (size, True)):
        store = PrefixStore(tmp_path / str(limit), "key", limit=limit)
        prefixes = PrefixCache(CachedSequence(backend), store)
        backend.truncate(0)
        read(prefixes, LONG)
        exported.clear()
        prefixes.save()
        assert (exported == [1, len(LONG)]) is stored
        assert bool(list((tmp_path / str(limit)).rglob("*.prefix"))) is stored
