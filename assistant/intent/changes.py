"""Which existing code a task says to change, in a clause of its own, besides what it adds.

"Add a method `peek` and make `push` return the index" changes `push`; "add a method `peek` that
calls `push`" does not.
"""

import re
from collections.abc import Iterator

from assistant.intent.clauses import AND, ASIAN_NAMES, asian_clauses, identifiers, sentences

_ALSO = r"(?:(?:please|also|then|bitte) )*"
_CHANGE = re.compile(
    rf"{_ALSO}(?:make|let|have|change|update|adapt|adjust|fix|correct|extend|modify|rewrite"
    r"|refactor|simplify|(?:use|call|invoke) (?:it|them|this|that|both)|lass(?:e|t)?|mach|ändere"
    r"|passe?|aktualisiere|korrigiere|behebe|(?:verwende|benutze|nutze|rufe?) (?:sie|es|ihn|beide)"
    r"|haz que|cambia|actualiza|modifica|corrige|adapta|(?:úsa|lláma|utilíza)(?:lo|la)s?) ",
    re.IGNORECASE,
)
_KIND = (
    r"(?:the |der |die |das |el |la )?"
    r"(?:function |method |class |funktion |methode |función |método )?"
)
_PLAIN = re.compile(
    rf"{_KIND}(?!(?:in|im|en|for|by|with|sure|the)\b)(?P<name>[^\W\d]\w*)(?![\w-])", re.IGNORECASE
)
_MARKED = re.compile(
    r"`(?:\w+\.)?(?P<quoted>[^\W\d]\w*)(?:\([^()]*\))?`|(?<![\w`])(?P<called>[^\W\d]\w*)\("
    r"|(?<!\w)(?P<shaped>[a-z]+_\w+|[a-z]+[A-Z]\w*)"
)
_MORE = re.compile(rf"[`()]*(?:{AND.pattern})(?=[`\w]+[`(])")
_ASIAN_CHANGE = re.compile(
    r"让|讓|使|修改|更新|改|重写|修复|用它|调用它|ように|変更|修正|更新|直|使う|使用|使って|呼ぶ|呼び出"
)
_ASIAN_ADDITION = re.compile(
    "添加|增加|新增|加上|加一个|实现|编写|編寫|创建|創建|追加|加える|実装|作成"
)


def changed(text: str) -> frozenset[str]:
    """The names that clauses with a verb of changing name first, such as `push` in "update
    `push` to call `validate`"."""
    return frozenset(name for each in sentences(text) for name in _changed(each))


def _changed(sentence: str) -> Iterator[str]:
    for start in (0, *(match.end() for match in AND.finditer(sentence))):
        verb = _CHANGE.match(sentence, start)
        if verb is not None:
            yield from _first_names(sentence, verb.end())
    for clause in asian_clauses(sentence):
        if _ASIAN_CHANGE.search(clause) and not _ASIAN_ADDITION.search(clause):
            names = re.search(ASIAN_NAMES, clause)
            yield from identifiers(names["names"]) if names else ()


def _first_names(sentence: str, at: int) -> Iterator[str]:
    marked = _MARKED.search(sentence, at)
    plain = _PLAIN.match(sentence, at)
    if plain is not None and (marked is None or plain.start("name") < marked.start()):
        yield plain["name"]
    while marked is not None:
        yield next(name for name in marked.groups() if name)
        more = _MORE.match(sentence, marked.end())
        marked = _MARKED.match(sentence, more.end()) if more else None
