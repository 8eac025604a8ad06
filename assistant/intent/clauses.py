"""Splits the words of a task into sentences and clauses."""

import re

_ALSO = "(?:(?:also|then|please|auch|dann|también|luego) )*"
AND = re.compile(
    rf"[,;]? (?:and|und|y|e|sowie|plus|as well as) {_ALSO}|[,;] {_ALSO}",
    re.IGNORECASE,
)
"""What joins two clauses, or two names."""
ASIAN_NAMES = (
    r"(?P<names>[`「]?[A-Za-z_]\w*(?!\w)[`」]?(?:\([^()]*\))?"
    r"(?:\s?(?:和|与|與|及|以及|、|と|や)\s?[`「]?[A-Za-z_]\w*(?!\w)[`」]?(?:\([^()]*\))?"
    r"(?!\s?(?:类|類|クラス|中|に)))*)"
)
"""One name or several in Chinese or Japanese text."""
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])\s*|\n")
_ASIAN_CLAUSE = re.compile(
    r"[，；]\s*(?:并|並|同时|然后|再)?|\s?(?:并且|并|並且|並)\s?|(?<=[しりえてで])、"
)


def sentences(text: str) -> list[str]:
    """The sentences of a text, with their punctuation; headings and items are sentences too."""
    return [each for each in _SENTENCE.split(text) if each.strip()]


def asian_clauses(sentence: str) -> list[str]:
    """The clauses of a sentence in Chinese or Japanese; a place at the front goes with its verb."""
    clauses, front = [], ""
    for part in _ASIAN_CLAUSE.split(sentence):
        if (
            re.match(r"\s*(?:在|给|給|为|為|向|对).*", part)
            and len(part) < 20
            and part[-1:] in "中里裡 "
        ):
            front += part
            continue
        clauses.append(front + part)
        front = ""
    return clauses


def identifiers(names: str) -> list[str]:
    """The names in a list of names, without parameters."""
    return re.findall(r"[A-Za-z_]\w*", re.sub(r"\([^()]*\)", "", names))
