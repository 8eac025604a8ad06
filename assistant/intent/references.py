"""Tells what a task changes from what it only refers to."""

import re

_REFERENCE = re.compile(
    r"\b(?:(?:asked for|defined|described|documented|explained|given|listed|outlined|required|said"
    r"|shown|specified|stated|written) (?:at|by|in)|according to|as|as in|based on|compl\w+ with"
    r"|conform\w* to|follow\w*|from|match\w*|per|read|see"
    r"|(?:instruction|requirement|rule|spec|specification)s? (?:in|of))"
    r" (?:the )?(?:file )?[`\"'(]?$"
    r"|\b(?:wie in|siehe|laut|gemäß|entsprechend|aus|lies|según|como en|véase|ver|desde|lee)"
    r" (?:de[rmn] |die |das |el |la )?(?:datei |archivo )?[`\"'(]?$"
    r"|(?:按照?|根据|根據|依照|依据|参照|参考|參考|遵循|见|見|阅读|查看|从|從|如)\s?[`\"'(（「]?$",
    re.IGNORECASE,
)
"""How a sentence leads to a text that is only read."""
_CLOSING = r"[`\"')）」]*(?:::\w+)*[`\"')）」]*"
_FAILS = re.compile(
    rf"{_CLOSING} (?:\w+ )?(?:break|fail|pass|red"
    r"|(?:fehlschl\w+|schl(?:ägt|agen) fehl|scheiter\w*|läuft|besteh(?:t|en)|grün|rot"
    r"|fall(?:an?|en?)|pas(?:an?|en?))\b)"
    rf"|{_CLOSING}\s?(?:用例)?(?:仍|都|全部|能|可以)*(?:失败|失敗|通过|通過|报错|不过)"
    rf"|{_CLOSING}\s?(?:[がは]|を)\s?(?:失敗|通|落ち|パス|成功)",
    re.IGNORECASE,
)
"""How a sentence goes on after a test that fails or has to pass."""
_READ = re.compile(
    rf"(?:\.\w+)?{_CLOSING}\s?(?:(?:中|里|裡)?\s?(?:所述|所写|描述|的(?:说明|要求|描述|规定))"
    r"|に(?:従|沿|基づ|書かれ|書いて|記載)|を(?:参照|参考|見|読)|の(?:通り|とおり|指示)|から)"
)
"""How a sentence goes on after a text that is only read, where the verb comes last."""


def is_changed(text: str, match: re.Match[str]) -> bool:
    """Whether the words around a match ask for a change there, rather than refer to something to
    read or to something that fails."""
    before, after = text[: match.start()], text[match.end() :]
    read = _REFERENCE.search(before) or _READ.match(after)
    return not (read or _FAILS.match(after))


def goes_into(text: str, name: str) -> bool:
    """Whether the words put something into what has this name, as in "a parameter to `fetch`"."""
    place = rf"\b(?:to|into|in|on|zu|zur|zum|a|al|en) (?:\w+ )?[`'\"]?(?:\w+\.)*{re.escape(name)}\b"
    return re.search(place, text, re.IGNORECASE) is not None
