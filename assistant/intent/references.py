"""Tells what a task changes from what it only refers to."""

import re

_REFERENCE = re.compile(
    r"\b(?:(?:asked for|defined|described|documented|explained|given|listed|outlined|required|said"
    r"|shown|specified|stated|written) (?:at|by|in)|according to|as|as in|based on|compl\w+ with"
    r"|conform\w* to|follow\w*|from|match\w*|per|read|see"
    r"|(?:instruction|requirement|rule|spec|specification)s? (?:in|of))"
    r" (?:the )?(?:file )?[`\"'(]?$",
    re.IGNORECASE,
)
"""How a sentence leads to a text that is only read."""
_FAILS = re.compile(r"[`\"')]*(?:::\w+)*[`\"')]* (?:\w+ )?(?:break|fail|pass|red)", re.IGNORECASE)
"""How a sentence goes on after a test that fails or has to pass."""
_SCRIPT = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Kana, Han and Hangul, which are written without spaces around foreign words."""
_SEAM = re.compile(rf"(?<=[{_SCRIPT}])(?=[A-Za-z0-9_])|(?<=[A-Za-z0-9_])(?=[{_SCRIPT}])")


def is_changed(text: str, match: re.Match[str]) -> bool:
    """Whether the words around a match ask for a change there, rather than refer to something to
    read or to something that fails."""
    before, after = text[: match.start()], text[match.end() :]
    return not _REFERENCE.search(before) and not _FAILS.match(after)


def spaced(text: str) -> str:
    """The text with spaces between Latin words and East Asian ones, so that `\\b` finds both."""
    return _SEAM.sub(" ", text)
