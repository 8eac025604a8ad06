"""Owns how a file is written in a prompt. Pure."""

import re

from assistant.context.bundle import ContextFile
from assistant.repo.languages import language_of as language_of
from assistant.sanitize import sanitize_line

_FENCE = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")


def render_file(file: ContextFile) -> str:
    """A path on its line, then the text in a fence; no line end after it."""
    text = shown(file.text)
    end = "" if text.endswith("\n") or not text else "\n"
    fence = fence_for(text)
    return f"{sanitize_line(file.path)}\n{fence}{language_of(file.path)}\n{text}{end}{fence}"


def shown(text: str) -> str:
    """Text as a model reads it: one kind of line end, no byte order mark, no stray bytes."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", plain)


def fence_for(text: str) -> str:
    """A fence longer than any that starts a line of the text."""
    longest = max((len(match[1]) for match in _FENCE.finditer(text)), default=2)
    return "`" * (longest + 1)
