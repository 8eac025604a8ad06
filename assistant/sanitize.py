"""Makes untrusted text safe to print on a terminal.

Text from a repository, a model or a test run may contain escape sequences. All of it passes
through here before it is shown. Nothing is dropped: control characters become visible escapes.
"""

import re

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 except tab and line feed, DEL, C1
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"  # bidi, zero width
    "\ud800-\udfff"  # undecodable bytes, kept as surrogates
    "\U000e0000-\U000e007f]"  # tag characters
)


def sanitize(text: str) -> str:
    """Replace control, bidi, zero-width, tag and surrogate characters with visible escapes.

    Tabs and line feeds are kept, and CRLF becomes LF.
    """
    return _CONTROL.sub(_visible, text.replace("\r\n", "\n"))


def sanitize_line(text: str) -> str:
    """Like `sanitize`, but on one line: line feeds and tabs become escapes too."""
    return sanitize(text.replace("\n", "\\n").replace("\t", "\\t"))


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{{{code:x}}}"
