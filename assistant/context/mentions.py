"""Parses mentions: @path, @folder/ and @path::unit in a task select files.

Names that contain spaces are put in double quotes: @"user guide.md::First steps".
"""

import re
from collections.abc import Collection, Iterable

from assistant.context.bundle import Selected

_MENTION = re.compile(r'(?:^|(?<=\s))@(?:"([^"]+)"|([^\s@"]+))')
_CLOSING = ".,;:!?)"
_LEADING = re.compile(r"\s+(?:in|of|from|to|at|for|on|with)$", re.IGNORECASE)


def mentions(text: str, paths: Iterable[str]) -> tuple[Selected, ...]:
    """Finds the mentions in a task, without those of nothing."""
    known = set(paths)
    found = (_selected(match, known) for match in _MENTION.finditer(text))
    return tuple(dict.fromkeys(item for item in found if item is not None))


def without_mentions(text: str, selected: Collection[str]) -> str:
    """The text without mentions of the selected paths at its ends.

    Within the sentence their paths stay, as plain words: the sentence needs them.
    """

    def plain(match: re.Match[str]) -> str:
        return (match[1] or match[2]) if _selected(match, selected) else match[0]

    kept = text.strip()
    while (first := _MENTION.match(kept)) and _selected(first, selected):
        kept = kept[first.end() :].strip()
    while (last := _last(kept)) and _selected(last, selected):
        kept = _LEADING.sub("", kept[: last.start()].rstrip())
    return _MENTION.sub(plain, kept) or text.strip()


def holds_files(folder: str, paths: Iterable[str]) -> bool:
    """Whether a folder, given with a slash at its end, contains files."""
    return any(path.startswith(folder) for path in paths)


def _last(text: str) -> re.Match[str] | None:
    """The mention at the end of a text."""
    return next((each for each in _MENTION.finditer(text) if each.end() == len(text)), None)


def _selected(match: re.Match[str], known: Collection[str]) -> Selected | None:
    """What a mention selects of the known paths; None if there is no such path."""
    path, _, unit = (match[1] or match[2]).partition("::")
    if match[2]:  # without quotes, punctuation of the sentence may follow
        unit = unit.rstrip(_CLOSING)
        path = path if path in known else path.rstrip(_CLOSING)
    if path in known:
        return Selected(path, unit)
    if not unit and path.endswith("/") and (path[:-1] in known or holds_files(path, known)):
        return Selected(path.rstrip("/"))
    return None
