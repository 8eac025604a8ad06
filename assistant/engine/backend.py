"""The interface between the decode loop and whatever computes logits."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from torch import Tensor


class Backend(Protocol):
    """One token sequence and its cache. Forks share the weights."""

    @property
    def length(self) -> int:
        """Number of tokens in the cache."""
        ...

    def forward(self, ids: Sequence[int], last: int) -> "Tensor":
        """Appends `ids` and returns float32 logits for the last `last` of them: [last, vocabulary].

        `last` may be 0 during prefill; no logits are computed then. Raises OutOfMemory and leaves
        the cache unchanged.
        """
        ...

    def truncate(self, length: int) -> None:
        """Drops every token from position `length` on."""
        ...

    def fork(self) -> "Backend":
        """An independent sequence that starts with the same tokens."""
        ...


@runtime_checkable
class PortableBackend(Backend, Protocol):
    """A backend whose cache can be stored outside the process."""

    def export_cache(self, length: int) -> "NDArray[float32] | None":
        """Keys and values of the first `length` tokens: [layers, 2, heads, length, head_dim].

        None where the model's layers keep something else, or differ in shape.
        """
        ...

    def import_cache(self, values: "NDArray[float32]") -> None:
        """Replaces the sequence with an exported one.

        Raises ValueError if the shape does not match and leaves the sequence unchanged.
        """
        ...


@runtime_checkable
class ReplayingBackend(Backend, Protocol):
    """A backend that may have to read tokens again after `truncate`, from a checkpoint on."""

    def keep(self) -> None:
        """Keeps a checkpoint of the sequence as it is, so that truncating to this length is cheap.

        Their number is limited: the backend may drop it later.
        """
        ...


@runtime_checkable
class BatchingBackend(Backend, Protocol):
    """A backend that extends several of its sequences in one pass over the weights."""

    def forward_together(self, parts: Sequence[tuple["Backend", Sequence[int]]]) -> "list[Tensor]":
        """Appends ids to each sequence. All are forks of one backend; this one need not be among
        them.

        Returns logits for all ids, [ids, vocabulary] per part, as `forward` would. Raises
        OutOfMemory and leaves the caches unchanged.
        """
        ...
