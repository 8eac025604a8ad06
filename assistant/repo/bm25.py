"""BM25, the word score used for ranking (Robertson and Zaragoza, 2009)."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

_K1 = 1.2
"""Term frequency saturation."""
_B = 0.75
"""Length normalization."""


class Document:
    """A bag of words. Pass `length`, in words, if it is not the sum of the counts."""

    __slots__ = ("counts", "length")

    def __init__(self, counts: Mapping[str, int], length: float = -1.0) -> None:
        self.counts = counts
        self.length = length if length >= 0 else float(sum(counts.values()))

    def matched(self, query: Mapping[str, int]) -> set[str]:
        """Words of the query that occur in the document."""
        return {word for word in query if self.counts.get(word)}


def scores(query: Mapping[str, int], documents: Sequence[Document]) -> list[float]:
    """One score per document, 0 if no word of the query occurs in it.

    A word that the query repeats is weighted by the logarithm of its count.
    """
    if not documents:
        return []
    frequency = Counter(
        word for document in documents for word in query if document.counts.get(word)
    )
    total = len(documents)
    weights = {
        word: math.log(1 + (total - count + 0.5) / (count + 0.5)) * (1 + math.log(query[word]))
        for word, count in frequency.items()
    }
    mean = sum(document.length for document in documents) / total or 1.0
    return [_score(document, weights, mean) for document in documents]


def _score(document: Document, weights: Mapping[str, float], mean: float) -> float:
    norm = _K1 * (1 - _B + _B * document.length / mean)
    score = 0.0
    for word, weight in weights.items():
        count = document.counts.get(word, 0)
        if count:
            score += weight * count * (_K1 + 1) / (count + norm)
    return score
