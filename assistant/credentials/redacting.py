"""Takes secrets out of text: for good, or with placeholders that can be put back."""

import re
from collections.abc import Callable, Collection, Mapping
from threading import Lock
from typing import Any

from assistant.credentials.finding import find

_MARK = "REDACTED_"
_KNOWN = "secret value"
"""The kind of a value that is known and not recognized."""
_PLACEHOLDER = re.compile(rf"{_MARK}[A-Z_]+_\d+(?![A-Z0-9_])")
_UNFINISHED = re.compile(
    "(?:"
    + "|".join(_MARK[:count] for count in range(len(_MARK) - 1, 0, -1))
    + rf"|{_MARK}[A-Z0-9_]*)$"
)
_LEAST_EVERYWHERE = 8
"""Characters of a value that is taken out wherever it occurs, and not only where it is assigned."""


def redacted(text: str, known: Collection[str] = ()) -> str:
    """The text without its secrets and the known ones, for logs and records.

    The number of lines stays the same.
    """
    parts, at = [], 0
    for each in find(text):
        lines = text[each.start : each.end].split("\n")
        name = _name(each.kind)
        parts += [text[at : each.start], "\n".join(name if line.strip() else "" for line in lines)]
        at = each.end
    found = "".join([*parts, text[at:]])
    for value in sorted(known, key=len, reverse=True):
        if "\n" not in value:
            found = found.replace(value, _name(_KNOWN))
    return found


def redacted_document(value: Any, known: Collection[str] = ()) -> Any:
    """A JSON document whose strings are without their secrets. A list of lines is one text."""
    match value:
        case str():
            return redacted(value, known)
        case [*lines] if lines and all(isinstance(each, str) for each in lines):
            return _redacted_lines(lines, known)
        case [*values]:
            return [redacted_document(each, known) for each in values]
        case Mapping():
            return {key: redacted_document(each, known) for key, each in value.items()}
        case _:
            return value


def _redacted_lines(lines: list[str], known: Collection[str]) -> list[str]:
    end = "" if all(line.endswith("\n") for line in lines[:-1]) else "\n"
    joined = redacted(end.join(lines), known)
    found = joined.split(end) if end else joined.splitlines(keepends=True)
    return found if len(found) == len(lines) else [redacted(line, known) for line in lines]


class Placeholders:
    """Names for the secrets of a session. The same secret always gets the same name, so that
    prompts keep their common beginning. Thread-safe."""

    def __init__(
        self,
        known: Callable[[], Collection[str]] = tuple,
        allowed: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """`known` returns values that are secret wherever they occur, such as those of the secret
        files of a repository; `allowed` those that may be seen. It is asked once, when the first
        secret is found."""
        self._known = known
        self._ask_allowed = allowed
        self._allowed: frozenset[str] | None = None
        self._names: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._lock = Lock()

    def hide(self, text: str) -> str:
        """The text with a placeholder in the place of each secret."""
        with self._lock:
            parts, at = [], 0
            for each in find(text):
                if self._may_be_seen(text[each.start : each.end]):
                    continue
                name = self._named(text[each.start : each.end], each.kind, text)
                parts += [text[at : each.start], name]
                at = each.end
            hidden = "".join([*parts, text[at:]])
            known = {value for value in self._known() if value in hidden}
            for value in sorted(known):
                self._named(value, _KNOWN, text)
            everywhere = known | {each for each in self._names if len(each) >= _LEAST_EVERYWHERE}
            return self._replaced(hidden, everywhere)

    def _replaced(self, text: str, values: Collection[str]) -> str:
        """The text with names for the values, but not within the names that it has already."""
        longest_first = sorted(values, key=len, reverse=True)
        pattern = "|".join([_PLACEHOLDER.pattern, *map(re.escape, longest_first)])
        return re.sub(pattern, lambda match: self._names.get(match[0], match[0]), text)

    def show(self, text: str) -> str:
        """The text with the secrets in the place of their placeholders."""
        with self._lock:
            return _PLACEHOLDER.sub(lambda match: self._values.get(match[0], match[0]), text)

    def undecided(self, text: str) -> bool:
        """Whether a text may end within a placeholder."""
        return bool(self._values) and _UNFINISHED.search(text) is not None

    def _may_be_seen(self, value: str) -> bool:
        if self._allowed is None:
            self._allowed = frozenset(self._ask_allowed())
        return value in self._allowed

    def _named(self, value: str, kind: str, text: str) -> str:
        if value not in self._names:
            number = len(self._names) + 1
            while f"{_name(kind)}_{number}" in text or f"{_name(kind)}_{number}" in self._values:
                number += 1
            name = f"{_name(kind)}_{number}"
            self._names[value], self._values[name] = name, value
        return self._names[value]


def _name(kind: str) -> str:
    return _MARK + re.sub(r"[^A-Z]+", "_", kind.upper())
