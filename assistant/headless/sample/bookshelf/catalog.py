"""The books that the library owns."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Book:
    number: int
    title: str
    author: str
    year: int


class Catalog:
    """Books by their number."""

    def __init__(self) -> None:
        self._books: dict[int, Book] = {}

    def add(self, book: Book) -> None:
        """Adds a book; a number is given only once."""
        if book.number in self._books:
            raise ValueError(f"number {book.number} is taken")
        self._books[book.number] = book

    def find(self, words: str) -> list[Book]:
        """Books whose title or author holds every word, by author and title."""
        wanted = words.lower().split()
        found = [
            book
            for book in self._books.values()
            if any(word in f"{book.title} {book.author}".lower() for word in wanted)
        ]
        return sorted(found, key=lambda book: (book.author, book.title))
