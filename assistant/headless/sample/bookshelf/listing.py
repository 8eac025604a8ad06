"""Printed lists of books."""

from collections.abc import Sequence

from bookshelf.catalog import Book
from bookshelf.paging import page, page_count


def listing(books: Sequence[Book], number: int = 1, size: int = 10) -> str:
    """One page of a list, with a foot line that says which page it is."""
    lines = [
        f"{book.number:>5}  {book.author}: {book.title} ({book.year})"
        for book in page(books, number, size)
    ]
    pages = max(1, page_count(len(books), size))
    return "\n".join([*lines, f"page {number} of {pages}"])
