"""Prefixes on disk: found again, limited, private, and a miss when damaged."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.engine.base import Cancel, Finish, Message, Prefill, Request, Sampling, Token
from assistant.engine.local import LocalEngine
from assistant.engine.prefix_store import PrefixStore
from assistant.engine.torch_backend import TorchBackend

IDS = list(range(1000, 1400))
LONG = Request((Message("user", "word " * 120),), samplings=(Sampling(max_tokens=12),))


def values(ids: list[int]) -> NDArray[np.float32]:
    return np.arange(2 * 2 * 1 * len(ids) * 4, dtype=np.float32).reshape(2, 2, 1, len(ids), 4)


def stored(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.prefix"))


def filled(folder: Path) -> Path:
    PrefixStore(folder, "model").save(IDS, values(IDS))
    [path] = stored(folder)
    return path


def test_a_prefix_is_found_by_the_next_process(tmp_path: Path) -> None:
    filled(tmp_path)
    store = PrefixStore(tmp_path, "model")
    entry = store.best([*IDS[:300], 7, 8])
    assert entry is not None
    assert entry.common([*IDS[:300], 7, 8]) == 300
    found = store.load(entry)
    assert found is not None
    assert (found == values(IDS)).all()


def test_other_models_and_other_prefixes_are_misses(tmp_path: Path) -> None:
    filled(tmp_path)
    assert PrefixStore(tmp_path, "another").best(IDS) is None
    assert PrefixStore(tmp_path, "model").best([1, *IDS]) is None
    assert PrefixStore(tmp_path / "absent", "model").best(IDS) is None


def test_entries_are_private(tmp_path: Path) -> None:
    path = filled(tmp_path)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b"x",
        lambda raw: b"",
        lambda raw: b"something else altogether",
        lambda raw: raw[:30] + b"\xff" * 40 + raw[70:],
        lambda raw: raw.replace(b'"shape"', b'"shapf"'),
        lambda raw: raw.replace(b"[2, 2,", b"[4, 1,"),
        lambda raw: raw[:-5] + b"\xff" + raw[-4:],
    ],
)
def test_a_damaged_entry_is_a_miss_and_removed(tmp_path: Path, damage: object) -> None:
    path = filled(tmp_path)
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    store = PrefixStore(tmp_path, "model")
    entry = store.best(IDS)
    found = None if entry is None else store.load(entry)
    assert found is None or found.shape != values(IDS).shape
    if found is None:
        assert not path.exists()


def test_the_least_recently_used_entry_is_evicted_first(tmp_path: Path) -> None:
    size = values(IDS).nbytes
    store = PrefixStore(tmp_path, "model", limit=3 * size + 9000)
    prompts = [[first, *IDS[1:]] for first in range(4)]
    for age, ids in enumerate(prompts[:2]):
        store.save(ids, values(ids))
        for path in stored(tmp_path):
            os.utime(path, (age, age))
    entry = store.best(prompts[0])
    assert entry is not None
    store.load(entry)
    for ids in prompts[2:]:
        store.save(ids, values(ids))
    assert sum(path.stat().st_size for path in stored(tmp_path)) <= 3 * size + 9000
    assert store.best(prompts[0]) is not None
    assert store.best(prompts[1]) is None


def test_a_longer_prompt_replaces_the_shorter_and_repeats_are_not_written(tmp_path: Path) -> None:
    path = filled(tmp_path)
    store = PrefixStore(tmp_path, "model")
    before = path.stat().st_mtime_ns
    store.save(IDS[:350], values(IDS[:350]))
    assert stored(tmp_path) == [path]
    assert path.stat().st_mtime_ns == before
    longer = [*IDS, *range(300)]
    store.save(longer, values(longer))
    [path] = stored(tmp_path)
    entry = store.best(longer)
    assert entry is not None
    assert len(entry.ids) == len(longer)


def test_short_prompts_are_not_stored(tmp_path: Path) -> None:
    PrefixStore(tmp_path, "model").save(IDS[:100], values(IDS[:100]))
    assert not stored(tmp_path)


def test_leftovers_of_an_interrupted_write_are_removed(tmp_path: Path) -> None:
    path = filled(tmp_path)
    (path.parent / ".abc.part").write_bytes(b"half")
    longer = [5, *IDS]
    PrefixStore(tmp_path, "model").save(longer, values(longer))
    assert not list(path.parent.glob(".*.part"))


def test_an_unwritable_folder_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    PrefixStore(tmp_path / "file", "model").save(IDS, values(IDS))
    assert PrefixStore(tmp_path / "file", "model").best(IDS) is None


def generate(engine: LocalEngine) -> tuple[int, str]:
    """How much of the prompt was cached, and the text."""
    events = list(engine.stream(LONG, Cancel()))
    assert isinstance(events[0], Prefill)
    assert isinstance(events[-1], Finish)
    return events[0].cached, "".join(e.text for e in events if isinstance(e, Token))


def test_the_next_process_prefills_one_token_and_generates_the_same(
    tiny_model: Path, tmp_path: Path
) -> None:
    first = LocalEngine.load(tiny_model, threads=1, prefixes=tmp_path)
    cached, text = generate(first)
    assert cached == 0
    first.close()
    second = LocalEngine.load(tiny_model, threads=1, prefixes=tmp_path)
    cached, same = generate(second)
    assert cached > 256
    assert same == text
    second.close()
    assert len(stored(tmp_path)) == 1


def test_an_entry_of_another_shape_is_a_miss(tiny_model: Path, tmp_path: Path) -> None:
    engine = LocalEngine.load(tiny_model, threads=1, prefixes=tmp_path)
    _, text = generate(engine)
    engine.close()
    [path] = stored(tmp_path)
    raw = path.read_bytes()
    at = raw.index(b'"shape": [')
    assert b"[2, 2, 1," in raw[at : at + 40]
    path.write_bytes(raw.replace(b"[2, 2, 1,", b"[1, 2, 2,", 1))
    cached, same = generate(LocalEngine.load(tiny_model, threads=1, prefixes=tmp_path))
    assert cached == 0
    assert same == text


def test_an_exported_cache_can_be_imported(tiny_model: Path) -> None:
    one = TorchBackend.load(tiny_model, threads=1)
    rows = one.forward(list(range(40)), 1)
    other = TorchBackend.load(tiny_model, threads=1)
    other.import_cache(one.export_cache(39))
    assert other.length == 39
    assert np.allclose(other.forward([39], 1), rows, atol=1e-4)
    with pytest.raises(ValueError, match="shape"):
        other.import_cache(np.zeros((2, 2, 1, 5, 16), np.float32))
    assert other.length == 40
