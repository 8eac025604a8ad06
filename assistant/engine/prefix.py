"""Prefix caching: earlier prompts stay in memory as sequences and on disk in a store."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from assistant.engine.backend import Backend, BatchingBackend, PortableBackend, ReplayingBackend
from assistant.engine.prefix_store import PrefixStore
from assistant.errors import OutOfMemory

_WORTH_KEEPING = 256
_WORTH_READING = 64


class CachedSequence:
    """A backend's sequence together with the ids in its cache."""

    def __init__(self, backend: Backend, ids: Sequence[int] = ()) -> None:
        self._backend = backend
        self.ids = list(ids)
        self.prompt = 0
        """How many of the ids belong to the last prompt it was taken for."""

    def common(self, ids: Sequence[int]) -> int:
        """Length of the common prefix with `ids`."""
        shorter = min(len(self.ids), len(ids))
        if self.ids[:shorter] == list(ids[:shorter]):
            return shorter
        return next(at for at in range(shorter) if self.ids[at] != ids[at])

    def truncate(self, length: int) -> None:
        """Drops everything from `length` on; no effect if the sequence is not longer."""
        if length < len(self.ids):
            self._backend.truncate(length)
            del self.ids[length:]
            self.prompt = min(self.prompt, length)

    def extend(self, ids: Sequence[int], last: int) -> Tensor:
        """Appends `ids`; returns logits of the last `last` of them: [last, vocabulary]."""
        rows = self._backend.forward(ids, last)
        self.ids += ids
        return rows

    @property
    def replays(self) -> bool:
        """Whether `truncate` reads tokens again, unless it goes to where `keep` was called."""
        return isinstance(self._backend, ReplayingBackend)

    def keep(self) -> None:
        """Makes truncating to the current length cheap; no effect where it always is."""
        if isinstance(self._backend, ReplayingBackend):
            self._backend.keep()

    def export(self) -> NDArray[np.float32] | None:
        """Keys and values of its prompt; None if the backend cannot export them."""
        if not isinstance(self._backend, PortableBackend):
            return None
        return self._backend.export_cache(self.prompt)

    @property
    def export_bytes(self) -> int:
        """Size of what `export` returns."""
        if not isinstance(self._backend, PortableBackend) or not self.prompt:
            return 0
        values = self._backend.export_cache(1)
        return 0 if values is None else values.nbytes * self.prompt

    def restore(self, ids: Sequence[int], values: NDArray[np.float32]) -> bool:
        """Becomes the sequence of `ids`; False if the backend rejects the values."""
        if not isinstance(self._backend, PortableBackend):
            return False
        try:
            self._backend.import_cache(values)
        except ValueError:
            return False
        self.ids = list(ids)
        return True

    @property
    def batches(self) -> bool:
        """Whether extending several sequences costs little more than extending one."""
        return isinstance(self._backend, BatchingBackend)

    def fork(self) -> "CachedSequence":
        return CachedSequence(self._backend.fork(), self.ids)


def extend_together(parts: Sequence[tuple[CachedSequence, list[int]]]) -> list[Tensor]:
    """Appends to several sequences; returns logits of all appended ids for each.

    One pass where the backend supports it, else one after the other.
    """
    first = parts[0][0]._backend
    if len(parts) == 1 or not isinstance(first, BatchingBackend):
        return [sequence.extend(ids, len(ids)) for sequence, ids in parts]
    rows = first.forward_together([(sequence._backend, ids) for sequence, ids in parts])
    for sequence, ids in parts:
        sequence.ids += ids
    return rows


class PrefixCache:
    """A few sequences, most recently used first."""

    def __init__(
        self,
        root: CachedSequence,
        store: PrefixStore | None = None,
        *,
        sequences: int = 3,
        tokens: int = 16384,
    ) -> None:
        """`root` is the backend's first sequence; the others are forks of it, at most `sequences`
        in all, with at most `tokens` ids in total. `store` persists across processes.
        """
        self._sequences = [root]
        self._store = store
        self._limit = sequences
        self._tokens = tokens

    @property
    def sequences(self) -> tuple[CachedSequence, ...]:
        return tuple(self._sequences)

    def take(self, ids: Sequence[int]) -> CachedSequence:
        """The sequence that shares the longest prefix with `ids`, truncated to that prefix.

        The last of `ids` is always left out, because its logits are needed. A sequence that would
        lose many tokens is forked instead, where the memory limit allows it.
        """
        best = max(self._sequences, key=lambda each: each.common(ids))
        keep = min(best.common(ids), len(ids) - 1)
        if len(best.ids) - keep > _WORTH_KEEPING and self._limit > 1:
            best = self._fork(best, keep, len(ids))
        self._sequences.remove(best)
        self._sequences.insert(0, best)
        best.truncate(keep)
        self._load_stored(best, ids)
        best.prompt = len(ids)
        return best

    @contextmanager
    def cleared_without_memory(self) -> Iterator[None]:
        """Drops all sequences when the operation inside ends out of memory."""
        try:
            yield
        except OutOfMemory:
            self.clear()
            raise

    def save(self) -> None:
        """Saves the prompts of all sequences to the store, the most recent last."""
        for sequence in reversed(self._sequences):
            sequence.prompt = min(sequence.prompt, len(sequence.ids))
            if self._store is None or not sequence.prompt:
                continue
            if sequence.export_bytes > self._store.limit:  # exporting may take gigabytes
                continue
            values = sequence.export()
            if values is not None:
                self._store.save(sequence.ids[: sequence.prompt], values)

    def _load_stored(self, sequence: CachedSequence, ids: Sequence[int]) -> None:
        """Loads from the store if an entry covers clearly more of `ids` than the sequence."""
        entry = self._store.best(ids) if self._store is not None else None
        if self._store is None or entry is None:
            return
        length = min(entry.common(ids), len(ids) - 1)
        if length < len(sequence.ids) + _WORTH_READING:
            return
        values = self._store.load(entry)
        if values is not None:
            sequence.restore(ids[:length], values[:, :, :, :length])

    def clear(self) -> None:
        """Drops everything but one empty sequence."""
        del self._sequences[1:]
        self._sequences[0].truncate(0)

    def _fork(self, best: CachedSequence, keep: int, wanted: int) -> CachedSequence:
        """A sequence to work on that spares `best`, after making room for `wanted` tokens."""
        while len(self._sequences) > 1 and (
            len(self._sequences) >= self._limit or self._total_tokens() + wanted > self._tokens
        ):
            oldest = next(each for each in reversed(self._sequences) if each is not best)
            self._sequences.remove(oldest)
            if not keep:  # nothing to copy: reuse the oldest sequence
                self._sequences.append(oldest)
                return oldest
        if self._total_tokens() + wanted > self._tokens:
            return best
        copy = best.fork()
        self._sequences.append(copy)
        return copy

    def _total_tokens(self) -> int:
        return sum(len(each.ids) for each in self._sequences)
