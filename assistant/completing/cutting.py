"""What is kept of a text that the model wrote at a cursor, and where it ends.

Inside a line, one line; at the end of a line, a few lines, up to a blank line, a line that is
indented less, or one that is there already.
"""

from dataclasses import dataclass

from assistant.sanitize import sanitize

MOST_LINES = 4
_LEAST_REPEATED = 4
"""Characters of the text after the cursor that a completion repeats and loses, whatever they are.
"""
_OPENERS, _CLOSERS = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Place:
    """The lines around a cursor."""

    line: str
    """What precedes the cursor in its line."""
    rest: str
    """What follows it in its line."""
    following: str
    """The next line that is not blank, without white space around it."""

    @property
    def gap(self) -> str:
        """White space before the cursor. The model does not read it, but writes it itself: tokens
        of code begin with white space, and after some the model often adds more."""
        return self.line[len(self.line.rstrip(" \t")) :]

    @classmethod
    def of(cls, text: str, cursor: int) -> "Place":
        before = text[text.rfind("\n", 0, cursor) + 1 : cursor]
        end = text.find("\n", cursor)
        if end < 0:
            return cls(before, text[cursor:], "")
        following = text[end:].lstrip().partition("\n")[0].rstrip()
        return cls(before, text[cursor:end], following)


@dataclass(frozen=True, slots=True)
class Cut:
    text: str
    """Without white space at its end."""
    done: bool
    """Whether nothing that the model could add would be kept."""


def cut(raw: str, place: Place, *, ended: bool = False) -> Cut:
    """What is kept of `raw`, the text so far, or all of it where the model has `ended` it.

    `raw` begins where the gap before the cursor does.
    """
    fitting = _without_gap(raw, place)
    if fitting is None:
        return Cut("", done=True)
    raw, plain = fitting, _plain(fitting)
    inside = bool(place.rest.strip())
    found = _one_line(plain, place) if inside else _lines(plain, place, ended)
    return Cut(found.text.rstrip(), found.done or plain != raw)


def _without_gap(raw: str, place: Place) -> str | None:
    """The text from the cursor on; None where it has another indentation than the user typed."""
    gap = place.gap
    if raw.startswith(gap):
        return raw[len(gap) :]
    if gap.startswith(raw):
        return ""
    return raw.lstrip(" \t") if place.line.strip() else None


def _plain(raw: str) -> str:
    """The text before the first control character."""
    shown = sanitize(raw)
    if shown == raw:
        return raw
    at = next((n for n, pair in enumerate(zip(raw, shown, strict=False)) if len(set(pair)) > 1), 0)
    return raw[:at]


def _one_line(raw: str, place: Place) -> Cut:
    text, ended, _ = raw.partition("\n")
    return Cut(_unrepeated(text, place.rest), bool(ended))


def _lines(raw: str, place: Place, ended: bool) -> Cut:
    lines = raw.split("\n")
    if len(lines) > 1 and not lines[0].strip():
        return Cut("", done=True)
    depth = _indentation(place.line + lines[0])
    for number, line in enumerate(lines):
        whole = ended or number < len(lines) - 1
        shown = line if number else place.line + line
        if number and _ends(shown, number, depth, whole):
            return Cut("\n".join(lines[:number]), done=True)
        if _repeats(shown, place) if whole else _may_repeat(shown, place):
            return Cut("\n".join(lines[:number]), done=whole)
    return Cut(raw, done=False)


def _ends(line: str, number: int, depth: int, whole: bool) -> bool:
    """Whether a line after the first is no part of the completion."""
    if not line.strip():
        return whole
    return number == MOST_LINES or _indentation(line) < depth


def _repeats(line: str, place: Place) -> bool:
    return bool(place.following) and line.strip() == place.following


def _may_repeat(line: str, place: Place) -> bool:
    """Whether an unfinished line can still become one that is there already."""
    return bool(line.strip()) and place.following.startswith(line.strip())


def _unrepeated(text: str, rest: str) -> str:
    """The text without an end that repeats the start of the rest of the line."""
    for length in range(min(len(text), len(rest)), 0, -1):
        end = rest[:length]
        if text.endswith(end) and (length >= _LEAST_REPEATED or _is_unmatched(text, end)):
            return text[:-length]
    return text


def _is_unmatched(text: str, end: str) -> bool:
    """Whether `end` closes what the text did not open: a bracket, or a quote."""
    if end[0] in "\"'`":
        return text.count(end[0]) % 2 == 1
    if end[0] not in _CLOSERS:
        return False
    opener = _OPENERS[_CLOSERS.index(end[0])]
    return text.count(end[0]) > text.count(opener)


def _indentation(line: str) -> int:
    """Width of the white space that a line begins with; a tab counts as eight."""
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())
