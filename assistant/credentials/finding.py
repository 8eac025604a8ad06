"""Finds keys and passwords in text.

Two rules of judgement keep false alarms rare: a value with a telling name must look chosen by
chance or by a person with care, and examples that documentation uses are none.
"""

import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.credentials.formats import (
    ASSIGNED,
    AUTHORIZATION,
    ENVIRONMENT,
    FORMATS,
    IN_ADDRESS,
    PASSWORD,
    PRIVATE_KEY,
    TELLING,
    TOKEN,
)

LONGEST = 4 * 2**20
"""Characters of a text that are read; files that a model reads are shorter."""

_EXAMPLE = re.compile(
    r"example|sample|dummy|changeme|change_me|placeholder|redacted|your[_-]?|my[_-]?(?:secret|pass)"
    r"|xxxx|\*\*\*|\.\.\.|^<|^\$|\{|\}|%[sd(]|^(?:user|pass|pw|pwd|password|passwd|secret|token|key)$"
    r"|^(?:none|null|true|false|undefined|nil)$",
    re.IGNORECASE,
)
_NAME_LIKE = re.compile(
    r"[a-z]+(?:[._:/-][a-z]+)*|[A-Z]+(?:[_-][A-Z]+)*|[a-z]*(?:[A-Z][a-z]+)+|(?:https?:/)?/\S*"
    r"|[A-Za-z_]\w*(?:\.\w+)+|--?[\w-]+"
)
"""Words, names, paths and addresses: what code assigns to a `token` that is no secret."""
_BASE64 = re.compile(r"[A-Za-z0-9+/=]{32,}")
_LINE = re.compile(
    r"^[ \t]*(?:export[ \t]+)?([\w.\"'-]*)([ \t]*[=:][ \t]*|[ \t]+)(\S.*?)[ \t]*,?$", re.M
)
_DULL = re.compile(
    r"(?:true|false|yes|no|on|off|null|none|[\d._:]+|[A-Za-z][a-z]*(?:[ _-][a-z]+)*|[A-Z]{1,6}"
    r"|[a-z]{2}(?:[_-][A-Z]{2}|-[a-z]+-\d)|[\w.-]+\.(?:com|org|net|io|dev|local|internal)(?::\d+)?"
    r"|localhost(?::\d+)?|https?://[^@\s]*|[.~]{0,2}/[\w./-]*|[{}\[\](),;]*)"
)
_PLAIN = re.compile(
    r"(?:true|false|yes|no|on|off|null|none|\d{1,5}|\$\S*|[{}\[\](),;]*)", re.IGNORECASE
)
"""Values of a secret file that are no secrets, whatever their names are."""
_SHORTEST, _SHORTEST_NAMED = 8, 4
_BEFORE, _AFTER = 200, 400
"""Characters of a long line that are read before and after a telling name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A secret in a text."""

    kind: str
    """What it looks like, in words: "GitHub token"."""
    start: int
    """Offsets in the text, in characters."""
    end: int
    line: int
    """Where it starts; 1 is the first."""


def find(text: str, *, secret_file: bool = False) -> tuple[Found, ...]:
    """The secrets of a text, in order and apart from each other.

    In a secret file every assigned value counts that is no plain word, number, path or address.
    Characters after the first LONGEST are not read.
    """
    text = text[:LONGEST]
    taken: list[tuple[int, int, str]] = []
    spans = [*_formats(text), *_named(text), *(_of_secret_file(text) if secret_file else ())]
    for span in spans:  # the first rules know more of what it is
        place = bisect(taken, span)
        free = place == 0 or taken[place - 1][1] <= span[0]
        if free and (place == len(taken) or span[1] <= taken[place][0]):
            taken.insert(place, span)
    lines, at, found = 1, 0, []
    for start, end, kind in taken:
        lines += text.count("\n", at, start)
        at = start
        found.append(Found(kind, start, end, lines))
    return tuple(found)


def _formats(text: str) -> Iterator[tuple[int, int, str]]:
    for each in FORMATS:
        if not any(mark in text for mark in each.marks):
            continue
        for match in each.pattern.finditer(text):
            start, end = match.span(match.lastindex or 0)
            if each.kind == PRIVATE_KEY:
                if not _BASE64.search(text, start, end):
                    continue
                body = text[start:end]
                start += len(body) - len(body.lstrip())
                end -= len(body) - len(body.rstrip())
            yield start, end, each.kind


def _named(text: str) -> Iterator[tuple[int, int, str]]:
    for match in IN_ADDRESS.finditer(text) if "://" in text else ():
        if not _EXAMPLE.search(match[1]):
            yield *match.span(1), PASSWORD
    for start, end in _windows(text):
        part = text[start:end]
        for match in AUTHORIZATION.finditer(part):
            if not _EXAMPLE.search(match[1]):
                yield start + match.start(1), start + match.end(1), TOKEN
        for match in (*ASSIGNED.finditer(part), *ENVIRONMENT.finditer(part)):
            group = match.lastindex or 0
            if _is_chosen(match[group]):
                yield start + match.start(group), start + match.end(group), _kind_of(match[0])


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """The lines with a telling name; of long ones, what is around it."""
    lower = text.replace("\u0130", "I").lower()  # the one character that gets longer
    places = sorted(at for word in TELLING for at in _places(lower, word))
    start = end = -1
    for at in places:
        first = max(text.rfind("\n", 0, at) + 1, at - _BEFORE)
        last = text.find("\n", at, at + _AFTER)
        last = min(at + _AFTER, len(text)) if last < 0 else last
        if first > end:
            if end >= 0:
                yield start, end
            start = first
        end = max(end, last)
    if end >= 0:
        yield start, end


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def _is_chosen(value: str) -> bool:
    """Whether a value looks like a password or key, and not like a name or an example."""
    if _EXAMPLE.search(value) or _NAME_LIKE.fullmatch(value):
        return False
    kinds = (str.isdigit, str.islower, str.isupper, lambda c: not c.isalnum())
    return sum(any(is_kind(char) for char in value) for is_kind in kinds) >= 2 and (
        any(map(str.isdigit, value)) or not value.isascii() or _is_symbolic(value)
    )


def _is_symbolic(value: str) -> bool:
    return any(char in "!@#$%^&*+?~" for char in value) and any(map(str.isalpha, value))


def _kind_of(name: str) -> str:
    lowered = name.lower()
    if "passw" in lowered or "pwd" in lowered or "passphrase" in lowered:
        return PASSWORD
    return TOKEN if "token" in lowered else "secret key"


def _of_secret_file(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _LINE.finditer(text):
        name, _, value = match.groups()
        start, end = match.span(3)
        if value[0] in "\"'" and value[-1] == value[0] and len(value) > 1:
            start, end = start + 1, end - 1
        value = text[start:end]
        tells = _tells(name)
        dull = (_PLAIN if tells else _DULL).fullmatch(value)
        if name.startswith("#") or dull or len(value) < (_SHORTEST_NAMED if tells else _SHORTEST):
            continue
        yield start, end, _kind_of(name) if tells else "secret value"


def _tells(name: str) -> bool:
    lowered = name.lower()
    return any(word in lowered for word in TELLING)
