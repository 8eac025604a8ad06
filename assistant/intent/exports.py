"""Whether a task says to export what it adds from a package."""

import re

_VERB = r"(?:re-?)?export(?:s|ed|ing)?|expose[sd]?|importable|exportiere|exporta"
_THING = r"(?:it|them|both|this|these|the (?:new )?(?:function|class|name|exception|type|helper)s?)"
_FRONT = r"(?:from|in|by|through|at|via)"
_PACKAGE = rf"{_FRONT} (?:the )?(?:\w+ )?(?:package|top[- ]level|module|root|`?[\w./]*__init__)"
_ASKED = re.compile(
    rf"\b(?:{_VERB})\b[^.;\n]{{0,40}}?\b{_THING}\b"
    rf"|\b(?:{_VERB})\b[^.;\n]{{0,60}}?\b{_PACKAGE}"
    r"|\b(?:add|list|include|put)\b[^.;\n]{0,40}?\b__all__"
    r"|(?:从|由|從)[^。；\n]{0,40}?(?:导出|導出)|(?:导出|導出)(?:它|这|該|该)",
    re.IGNORECASE,
)


def asks_export(text: str) -> bool:
    """Whether the words say that a package exports what the task is about."""
    return _ASKED.search(text) is not None
