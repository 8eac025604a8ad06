"""Long lists, a page at a time."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def page_count(total: int, size: int) -> int:
    """How many pages it takes to show `total` items, `size` on each."""
    if size < 1:
        raise ValueError("a page holds at least one item")
    return (total + size - 1) // size


def page(items: Sequence[T], number: int, size: int) -> list[T]:
    """The items on one page. The first page has number 1; the last one may be short."""
    if not 1 <= number <= max(1, page_count(len(items), size)):
        raise ValueError(f"there is no page {number}")
    start = (number - 1) * size
    return list(items[start : start + size])
