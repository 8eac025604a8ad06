"""Owns the seam between the decode loop and whatever computes logits."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from torch import Tensor


class Backend(Protocol):
    """One sequence of tokens with its cache. Weights are shared between forks."""

    @property
    def length(self) -> int:
        """Tokens in the cache."""
        ...

    def forward(self, ids: Sequence[int], last: int) -> "Tensor":
        """Appends `ids` and gives float32 logits of the last `last` of them: [last, vocabulary].

        `last` may be 0 while a prompt is read: no logits are computed then.
        Raises OutOfMemory; the cache is then as before the call.
        """
        ...

    def truncate(self, length: int) -> None:
        """Forgets every token from position `length` on."""
        ...

    def fork(self) -> "Backend":
        """Another sequence with the same tokens so far; the two then grow apart."""
        ...


@runtime_checkable
class PortableBackend(Backend, Protocol):
    """A backend whose cache can be kept outside of the process."""

    def export_cache(self, length: int) -> "NDArray[float32]":
        """Keys and values of the first `length` tokens: [layers, 2, heads, length, head size]."""
        ...

    def import_cache(self, values: "NDArray[float32]") -> None:
        """Replaces the sequence by the exported one.

        Raises ValueError for values of another shape; the sequence is then as before.
        """
        ...


@runtime_checkable
class BatchingBackend(Backend, Protocol):
    """A backend that extends several of its sequences in one pass over the weights."""

    def forward_together(self, parts: Sequence[tuple["Backend", Sequence[int]]]) -> "list[Tensor]":
        """Appends ids to each sequence: forks of the same backend, this one not necessarily.

        Logits of all ids, [ids, vocabulary] for each part, as `forward` would give them. Raises
        OutOfMemory; the caches are then as before the call.
        """
        ...
