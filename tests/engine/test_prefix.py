"""The prefix cache in memory."""

from assistant.engine.prefix import CachedSequence, PrefixCache
from tests.engine.fake_backends import hashed

LONG = [number % 200 for number in range(600)]
OTHER = [199, *LONG]


def cache(**limits: int) -> PrefixCache:
    return PrefixCache(CachedSequence(hashed(1)), **limits)


def read(prefixes: PrefixCache, ids: list[int]) -> int:
    """Reads a prompt; how much of it was there."""
    sequence = prefixes.take(ids)
    had = len(sequence.ids)
    sequence.extend(ids[had:], 1)
    return had


def test_same_prompt_leaves_one_token() -> None:
    prefixes = cache()
    assert read(prefixes, LONG) == 0
    assert read(prefixes, LONG) == len(LONG) - 1


def test_longer_prompt_goes_on_where_the_shorter_ended() -> None:
    prefixes = cache()
    read(prefixes, LONG)
    assert read(prefixes, [*LONG, 7, 8]) == len(LONG)
    assert len(prefixes.sequences) == 1


def test_a_small_loss_is_no_reason_for_a_copy() -> None:
    prefixes = cache()
    read(prefixes, LONG)
    assert read(prefixes, [*LONG[:500], 7]) == 500
    assert len(prefixes.sequences) == 1


def test_a_large_loss_is_kept_in_a_fork() -> None:
    prefixes = cache()
    read(prefixes, LONG)
    assert read(prefixes, [*LONG[:100], 7, 7]) == 100
    assert read(prefixes, LONG) == len(LONG) - 1


def test_sequences_are_bounded_and_the_oldest_goes() -> None:
    prefixes = cache(sequences=2)
    read(prefixes, LONG)
    read(prefixes, OTHER)
    read(prefixes, [198, *LONG])
    assert len(prefixes.sequences) == 2
    assert read(prefixes, OTHER) == len(OTHER) - 1
    assert read(prefixes, LONG) == 0


def test_tokens_are_bounded() -> None:
    prefixes = cache(sequences=9, tokens=1300)
    for first in range(5):
        read(prefixes, [first, *LONG])
    assert sum(len(each.ids) for each in prefixes.sequences) <= 1300
    assert read(prefixes, [4, *LONG]) == len(LONG)


def test_one_sequence_alone_works() -> None:
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
