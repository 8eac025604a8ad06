"""Reads what ripgrep and `git grep` print about one line that matches."""

import base64
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.repo.files import decode_text

_SHOWN = 300
"""Characters of a line that are kept."""
_BEFORE = 60
"""Characters kept before the first match of a long line."""
_MARK = re.compile(r"\x1b\[7m(.*?)\x1b\[m", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that matches."""

    path: str
    """Relative to the root; undecodable bytes are surrogate-escaped."""
    line: int
    """1-based."""
    column: int
    """Of the first match in the line of the file, in characters, 0-based."""
    text: str
    """The line without its end; of a long line, what is around the first match."""
    spans: tuple[tuple[int, int], ...] = ()
    """What matched, in characters of `text`; the ends are exclusive."""


def hit_of(path: str, line: int, text: str, spans: Sequence[tuple[int, int]]) -> Hit:
    """A hit, with a long line cut to what is around its first match."""
    column = spans[0][0] if spans else 0
    start = max(0, column - _BEFORE) if len(text) > _SHOWN else 0
    shown = text[start : start + _SHOWN]
    inside = tuple(
        (max(0, begin - start), min(end - start, len(shown)))
        for begin, end in spans
        if begin - start < len(shown)
    )
    return Hit(path, line, column, shown, inside)


def git_hit(record: bytes) -> Hit | None:
    """A line of `git grep -nz`, in which matches are printed in reverse video.

    None for what is no such line.
    """
    path, _, rest = record.partition(b"\0")
    number, separator, content = rest.partition(b"\0")
    if not separator or not number.isdigit():
        return None
    spans: list[tuple[int, int]] = []
    text, at = "", 0
    marked = decode_text(content.removesuffix(b"\r"))
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        spans.append((len(text), len(text) + len(match[1])))
        text += match[1]
        at = match.end()
    return hit_of(os.fsdecode(path), int(number), text + marked[at:], spans)


def ripgrep_hit(record: bytes) -> Hit | None:
    """A message of `rg --json`. None for one that is no match."""
    try:
        message = json.loads(record)
        if message["type"] != "match":
            return None
        data = message["data"]
        content = _bytes(data["lines"])
        path = os.fsdecode(_bytes(data["path"])).removeprefix("./")
        line = int(data["line_number"])
        offsets = [(int(each["start"]), int(each["end"])) for each in data["submatches"]]
    except (ValueError, KeyError, TypeError):
        return None
    spans = [
        (len(decode_text(content[:start])), len(decode_text(content[:end])))
        for start, end in offsets
    ]
    return hit_of(path, line, decode_text(content).rstrip("\r\n"), spans)


def _bytes(value: Mapping[str, Any]) -> bytes:
    """Text of ripgrep: as it is where it is UTF-8, else in base64."""
    if "text" in value:
        return str(value["text"]).encode("utf-8")
    return base64.b64decode(value["bytes"])
