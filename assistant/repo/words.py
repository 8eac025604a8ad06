"""Splits text and names into the word stems used for ranking.

Chinese, Japanese and Korean are split into pairs of characters that overlap, because they are
written without spaces between words or with endings that would hide a word.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from unicodedata import normalize

_SCRIPT = (
    "\u3005\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Kana, Han and Hangul, as the contents of a character class."""
WORD_START = rf"(?<![^\W{_SCRIPT}])"
WORD_END = rf"(?![^\W{_SCRIPT}])"
"""Like `\\b` before and after a name, and also between a name and a character of these scripts."""

_CHARACTER = re.compile(f"[{_SCRIPT}]")
_SEAM = re.compile(rf"(?<=[{_SCRIPT}])(?=[A-Za-z0-9_])|(?<=[A-Za-z0-9_])(?=[{_SCRIPT}])")
_WORD = re.compile(rf"[{_SCRIPT}]+|[^\W\d_{_SCRIPT}]+(?:\d+)?|\d+")
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
    """Stems of the words in prose or code, in order; snake_case and camelCase are split.

    A run of Chinese, Japanese or Korean yields its pairs of characters, or its only character.
    """
    for word in _WORD.findall(text):
        yield from _stems(word)


@lru_cache(maxsize=1 << 16)  # code repeats a small vocabulary
def _stems(name: str) -> tuple[str, ...]:
    if name[0] > "\u3000" and _CHARACTER.match(name):
        return tuple(map("".join, pairwise(name))) if len(name) > 1 else (name,)
    parts = (part.lower() for part in _CAMEL.split(name))
    return tuple(stem(part) for part in parts if len(part) > 1 and part not in STOP_WORDS)


def spaced(text: str) -> str:
    """The text with spaces between Latin words and East Asian ones, so that `\\b` finds both, and
    with accents composed."""
    return _SEAM.sub(" ", normalize("NFC", text))


def stem(word: str) -> str:
    """The word without common English suffixes, so that parse, parses and parsing are equal."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _MIN_STEM:
            return word[: -len(suffix)]
    return word
