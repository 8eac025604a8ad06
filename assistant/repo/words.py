"""Owns how text and names fall into the words that ranking compares."""

import re
from collections.abc import Iterator
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_]+(?:\d+)?|\d+", re.UNICODE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SUFFIXES = ("ations", "ation", "ings", "ing", "ies", "ers", "er", "ed", "es", "s", "e", "y")
_SHORTEST_STEM = 3

# fmt: off
STOP_WORDS = frozenset((
    "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been",
    "before", "but", "by", "can", "code", "could", "do", "does", "each", "else", "file", "for",
    "from", "function", "get", "has", "have", "how", "if", "in", "into", "is", "it", "its",
    "let", "like", "line", "make", "may", "method", "must", "need", "new", "no", "not", "of",
    "off", "on", "one", "only", "or", "other", "our", "out", "over", "please", "same", "set",
    "should", "so", "some", "such", "test", "tests", "than", "that", "the", "their", "them",
    "then", "there", "these", "they", "this", "those", "to", "under", "up", "use", "used",
    "using", "very", "was", "way", "we", "were", "what", "when", "where", "which", "while",
    "who", "why", "will", "with", "without", "would", "you", "your", "self", "cls", "def",
    "return", "import", "none", "true", "false", "class",
))
# fmt: on
"""English and code words that say nothing about where to look."""


def words(text: str) -> Iterator[str]:
    """Stems of the words in prose or code, snake_case and camelCase taken apart, in order."""
    for word in _WORD.findall(text):
        yield from _stems(word)


@lru_cache(maxsize=1 << 16)  # code says the same few words over and over
def _stems(name: str) -> tuple[str, ...]:
    parts = (part.lower() for part in _CAMEL.split(name))
    return tuple(stem(part) for part in parts if len(part) > 1 and part not in STOP_WORDS)


def stem(word: str) -> str:
    """A word without its common English endings, so that parse, parses and parsing agree."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            return word[: -len(suffix)]
    return word
