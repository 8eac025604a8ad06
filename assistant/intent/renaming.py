"""Reads which names a task renames, and whether it asks for anything else."""

import re
from collections.abc import Iterator

from assistant.intent.remainder import asks_for_more
from assistant.intent.values import Renaming
from assistant.repo.words import spaced

_OPEN, _CLOSE = "[`\"'“«「]?", "(?:\\(\\))?[`\"'”»」]?"
_WORD = r"(?:[\w-]+/)*[A-Za-z_$][\w$]*(?:(?:\.|::|#)[A-Za-z_$][\w$]*)*"


def _name(group: str) -> str:
    return rf"{_OPEN}(?P<{group}>{_WORD}){_CLOSE}"


_KINDS = {
    "module": (
        r"module|modul|módulo|模块|模組|モジュール|files?|datei|archivo|fichero|文件|ファイル"
    ),
    "class": r"class|type|struct|interface|klasse|clase|类|類|クラス",
    "method": r"method|methode|método|方法|メソッド",
    "function": r"function|func|funktion|función|函数|函數|関数",
    "parameter": r"parameter|argument|param|parámetro|argumento|参数|參數|引数|パラメータ",
    "attribute": r"attribute|field|property|attribut|feld|atributo|campo|属性|字段|フィールド",
    "variable": r"variable|constant|global|konstante|constante|变量|變量|常量|変数|定数",
}
_KIND = "|".join(f"(?P<{kind}>{words})" for kind, words in _KINDS.items())
_TOO = _KIND.replace("?P<", "?P<_")
"""The same in another place of a pattern."""
_ARTICLE = r"(?:(?:the|die|der|das|den|el|la|los|las)\s+)?"
_THE = (
    rf"{_ARTICLE}(?:(?:helper|name|symbol)\s+)?"
    rf"(?:(?:\w+\s+)?(?:{_KIND})\s*(?:called\s+)?)?"
)
_PLACE = r"(?:\s+(?:in|of|from|on|and|im|der|aus|von|und|en|de|del|y)\s+(?:\S+\s+){0,4}?\S+?)??"
_END = (
    r"(?=\s*(?:$|[.,;:!?。、，；)（(]|\n)|\s+[-–—]\s|\s+(?:in|of|on|and|everywhere|across|throughout|with"
    r"|including|for|instead|so|because|please|bitte|um|und|überall|en|y|con|并|並|以及|及|が|に|と)\b|\s*[\u3040-\u9fff])"
)
_OLD, _NEW = _name("old"), _name("new")
_ARROW = r"(?:->|→|=>)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        rf"\brenam(?:e|ed|ing)\s+{_THE}{_OLD}{_PLACE}\s+(?:to|into|as|{_ARROW})\s+{_NEW}{_END}",
        rf"(?<!\w)(?:rename\s+)?{_THE}{_OLD}{_PLACE}\s+(?:should|must|has to|is to|ought to)\s+"
        rf"(?:now\s+)?be\s+(?:called|named|renamed\s+(?:to|into|as))\s+{_NEW}{_END}",
        rf"\bchange\s+the\s+name\s+of\s+{_THE}{_OLD}{_PLACE}\s+(?:to|into)\s+{_NEW}{_END}",
        rf"\b(?:call|name)\s+{_THE}{_OLD}{_PLACE}\s+{_NEW}\s+instead\b",
        rf"^\s*(?:rename:?\s+)?{_OLD}\s*{_ARROW}\s*{_NEW}\s*[.;,]?\s*$",
        rf"\b(?:benenne|nenne)\s+{_THE}{_OLD}{_PLACE}\s+(?:in|zu|nach)\s+{_NEW}\s+um\b",
        rf"(?<!\w){_THE}{_OLD}{_PLACE}\s+(?:in|zu|nach)\s+{_NEW}\s+umbenennen\b",
        rf"(?<!\w){_THE}{_OLD}{_PLACE}\s+(?:soll(?:te)?|muss)\s+(?:jetzt\s+|künftig\s+)?{_NEW}\s+"
        r"hei(?:ß|ss)en\b",
        rf"\brenombr(?:a|ar|e)\s+{_THE}{_OLD}{_PLACE}\s+(?:a|como|por|en)\s+{_NEW}{_END}",
        rf"\bcambi(?:a|ar|e)\s+el\s+nombre\s+de\s+{_THE}{_OLD}{_PLACE}\s+(?:a|por)\s+{_NEW}{_END}",
        rf"(?<!\w){_THE}{_OLD}{_PLACE}\s+(?:debe|debería|tiene que)\s+llamarse\s+{_NEW}{_END}",
        rf"(?:(?:把|将|將|请|請)\s*)*(?:[^\s，。]*的\s*)?(?:{_KIND})?\s*{_OLD}"
        rf"\s*(?:{_TOO})?\s*(?:的名[字称]\s*)?(?:重命名|重新命名|改名|更名|改)\s*(?:为|為|成|作|叫)\s*{_NEW}",
        rf"重命名\s*(?:{_KIND})?\s*{_OLD}\s*(?:为|為|成)\s*{_NEW}",
        rf"{_OLD}\s*(?:应该|應該|应|需要)\s*(?:叫做?|命名为|改名为)\s*{_NEW}",
        rf"(?:{_KIND})?\s*{_OLD}\s*(?:という(?:{_TOO})\s*)?(?:の名前)?を"
        rf"\s*{_NEW}\s*(?:という名前)?に\s*(?:改名|リネーム|名前を?変|変更|変え|改め)",
        rf"{_OLD}\s*は\s*{_NEW}\s*(?:という名前|と(?:呼|名付|命名))",
    )
)
_NEXT = re.compile(
    rf"{_PLACE}\s*(?:,\s*and\b|,|;|\band\b|\bund\b|(?P<_y>\by\b))\s*{_ARTICLE}(?:(?:{_KIND})\s+)?"
    rf"{_OLD}{_PLACE}\s+(?:to|into|as|zu|in(?=\s+\S+\s+um\b)|(?(_y)a|(?!)))\s+{_NEW}{_END}",
    re.IGNORECASE,
)
"""Another pair after one that was found."""
_PROSE = frozenset(
    re.findall(
        r"\w+",
        "a all an and as be better both in it its match more of same so something that the them"
        " these this those to um use what which",
    )
)
_EVERYWHERE = re.compile(
    r"\beverywhere\b|\büberall\b|\ben todas partes\b|到处|各处|所有地方|至る所|すべての場所"
    r"|\b(?:comments?|strings?|docs|docstrings?|documentation|readme|changelog)\b|文档|注释"
    r"|ドキュメント|コメント|\b(?:doku|kommentare?n?|documentación|comentarios)\b",
    re.IGNORECASE,
)


def renamings(task: str) -> tuple[Renaming, ...]:
    """What the task renames, in the order named; empty where it asks for more than that."""
    text = spaced(task)
    found = tuple(_matches(text))
    if not found:
        return ()
    spans = [span for _, span in found]
    first = min(start for start, _ in spans)
    rest = text[first:]
    for start, end in sorted(spans, reverse=True):
        rest = f"{rest[: start - first]} {rest[end - first :]}"
    if asks_for_more(text[:first], rest):
        return ()
    return tuple(renaming for renaming, _ in found)


def wants_mentions(task: str) -> bool:
    """Whether a rename also changes comments, strings and documents that mention the name."""
    return _EVERYWHERE.search(spaced(task)) is not None


def _matches(text: str) -> Iterator[tuple[Renaming, tuple[int, int]]]:
    taken: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        for first in pattern.finditer(text):
            match: re.Match[str] | None = first
            old, new = first["old"], first["new"]
            inside = any(first.start() < end and start < first.end() for start, end in taken)
            if inside or old == new or {old.lower(), new.lower()} & _PROSE:
                continue
            kind = ""
            while match is not None:
                kind = _kind_of(match) or kind
                taken.append(match.span())
                yield Renaming(match["old"], match["new"], kind), match.span()
                match = _NEXT.match(text, match.end())


def _kind_of(match: re.Match[str]) -> str:
    groups = match.groupdict()
    named = (kind for kind in _KINDS if groups.get(kind) or groups.get(f"_{kind}"))
    return next(named, "")
