"""Renders a file for a prompt."""

import re

from assistant.context.bundle import ContextFile
from assistant.repo.languages import language_of as language_of
from assistant.sanitize import sanitize_line

_FENCE = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")


def render_file(file: ContextFile) -> str:
    """The path on a line of its own, then the text in a code fence, without a final newline."""
    text = shown(file.text)
    end = "" if text.endswith("\n") or not text else "\n"
    fence = fence_for(text)
    return f"{sanitize_line(file.path)}\n{fence}{language_of(file.path)}\n{text}{end}{fence}"


def shown(text: str) -> str:
    """Text as the model reads it: LF line ends, no byte order mark, no undecodable bytes."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", plain)


def fence_for(text: str) -> str:
    """A fence longer than any fence in the text."""
    longest = max((len(match[1]) for match in _FENCE.finditer(text)), default=2)
    return "`" * (longest + 1)
