"""Splits text and names into the word stems used for ranking."""

import re
from collections.abc import Iterator
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_]+(?:\d+)?|\d+", re.UNICODE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SUFFIXES = ("ations", "ation", "ings", "ing", "ies", "ers", "er", "ed", "es", "s", "e", "y")
_MIN_STEM = 3

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
"""English and code words that carry no information about relevance."""


def words(text: str) -> Iterator[str]:
    """Stems of the words in prose or code, in order; snake_case and camelCase are split."""
    for word in _WORD.findall(text):
        yield from _stems(word)


@lru_cache(maxsize=1 << 16)  # code repeats a small vocabulary
def _stems(name: str) -> tuple[str, ...]:
    parts = (part.lower() for part in _CAMEL.split(name))
    return tuple(stem(part) for part in parts if len(part) > 1 and part not in STOP_WORDS)


def stem(word: str) -> str:
    """The word without common English suffixes, so that parse, parses and parsing are equal."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _MIN_STEM:
            return word[: -len(suffix)]
    return word
