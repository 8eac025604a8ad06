"""Owns the one gate through which foreign text reaches a terminal.

Whatever came from a repository, a model or a test run may hold escape sequences. Nothing is
dropped: control characters are shown as visible escapes, and text after them is kept.
"""

import re

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and line feed, DEL, C1
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"  # bidi, zero width
    "\ud800-\udfff"  # undecodable bytes, kept as surrogates
    "\U000e0000-\U000e007f]"  # tag characters
)


def sanitize(text: str) -> str:
    """The text with every control, bidi, zero-width, tag and surrogate character made visible.

    Tabs and line feeds stay; a carriage return right before a line feed is dropped.
    """
    return _CONTROL.sub(_visible, text.replace("\r\n", "\n"))


def sanitize_line(text: str) -> str:
    """As `sanitize`, on one line: line feeds and tabs become visible too."""
    return sanitize(text.replace("\n", "\\n").replace("\t", "\\t"))


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{{{code:x}}}"
