"""Whether the words around a rename ask for anything else than the rename and what follows from it.

Verbs are endless, so what may be said is listed instead: where the name is used, why it changes,
and courtesies. Any other clause is more work, and a rename without it would be half the task.
"""

import re

_CUT = re.compile(
    r"[,;:.!?](?=\s|$)|\n|\s[-–—]+\s|[()（），。；、：！？]|\b(?:and|then|und|dann|sowie|y|luego)\b"
    r"|并且?|並且?|同时|同時|然后",
    re.IGNORECASE,
)
_USES = (
    r"callers|call[ -]?sites|calls(?! \w)|references|usages|uses|imports|exports|tests|docs|strings"
    r"|docstrings|documentation|comments|readme|changelog|occurrences|mentions|places|files|users"
    r"|everything|everywhere|accordingly"
)
_USE = r"caller|call|reference|usage|use|import|test|comment|occurrence|place|file|code|name"
_ANY = r"(?:(?:all|any|of|its|the|their|other|existing|related|affected|in|that) )*"
_PLACES = (
    rf"(?:(?:make sure|ensure|also|please|just) )*(?:(?:updat|adjust|adapt|chang|correct|fix)\w* )?"
    rf"{_ANY}(?:{_USES}|(?:every|each|its|the) (?:{_USE})|it everywhere|them)\b",
    r"(?:(?:auch|bitte) )*(?:(?:pass|aktualisier|änder|korrigier)\w* )?"
    r"(?:(?:auch|alle|die|den|der|ihre|sämtliche|jeden?) )*"
    r"(?:aufruf|verwendung|referenz|import|test|doku|kommentar|stelle|überall)",
    r"(?:(?:actualiz|ajust|adapt|cambi|corrig)\w* )?(?:(?:también|tod[ao]s?|las?|los|sus?|el) )*"
    r"(?:llamada|uso|referencia|import|prueba|test|documentaci|comentario)",
    r"(?:请|也|需要)*(?:更新|修改|调整|調整|同步|替换|改)*(?:所有|全部|相关|对应|相应|其|的|它)*\s?"
    r"(?:调用|呼叫|引用|导入|使用|测试|文档|注释|地方|文件|代码)",
    r"(?:すべて|全て|全|関連する|その|の)*\s?"
    r"(?:呼び出し|参照|インポート|テスト|使用|利用|コメント|ドキュメント|文字列|箇所|ファイル)",
)
_ASIDES = (
    r"(?:in|inside|within|across|throughout|including|for|of|on|with|without|because|since|as|it|this"
    r"|that|these|they|which|instead|but|not|no|only|too|thanks?|wherever|where|so|to"
    r"|nothing|do not|don't|run (?:all |the )*tests)\b",
    r"(?:im|überall|inklusive|einschließlich|samt|mit|ohne|weil|da|denn|damit|nicht|aber|danke|um|es"
    r"|auch in)\b",
    r"(?:en|incluyendo|incluid[ao]s?|porque|ya que|para|también en|con|sin|pero|es)\b",
    r"在|包括|以及|因为|方便|避免|不要|一下|吧|等|.*(?:一致|清晰)$",
    r"(?:プロジェクト|リポジトリ|コード)全体|お願い|.*(?:ため|ので|から)$",
)
_AFTER = re.compile("|".join(f"(?:{each})" for each in (*_PLACES, *_ASIDES)), re.IGNORECASE)
_BEFORE = re.compile(
    r"the|an?|there|i|we|let's|let us|our|currently|hi|hello|could|can|would|go|open|look|see|`"
    r"|der|die|das|wir|ich|könn\w*|kannst|öffne|el|la|quiero|podrías|puedes|abre|我|请|請|把|将"
    r"|\S+ (?:is|are|was|isn't|ist|sind|es|son)\b",
    re.IGNORECASE,
)
"""How a clause begins that only leads to the rename."""
_DUTY = re.compile(
    r"\b(?:should|must|needs? to|ha(?:s|ve) to|ought to|soll(?:te)?n?|muss|müssen|deben?)"
    r" (?!(?:still |not |nicht |no )?(?:be )?(?:break|chang|pass|work|stay|remain|updat|adapt))\w"
    r"|应该|應該|べき|\b(?:file|module|class|function|method|variable) \S+ (?:in)?to \S",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"(?:(?:please|also|just|now|bitte|por favor|请|請)\b ?)+"
    r"|[\u3040-\u309f]{1,8}(?=$|[\u30a0-\u9fff])",
    re.IGNORECASE,
)
"""Words, and endings of a Japanese verb, that say nothing."""


def asks_for_more(before: str, after: str) -> bool:
    """Whether the words `before` and `after` a rename ask for another change."""
    label = re.match(r"\s*[\w()/ -]{1,30}:\s", before)
    lead = [part for part in _clauses(before[label.end() if label else 0 :])]
    if any(not (_AFTER.match(part) or _BEFORE.match(part)) for part in lead):
        return True
    rest = _clauses(after)
    if any(not _AFTER.match(part) for part in rest):
        return True
    return any(_DUTY.search(part) for part in (*lead, *rest))


def _clauses(text: str) -> list[str]:
    parts = (each.strip(" \t\"'") for each in _CUT.split(text))
    bare = (each[match.end() :] if (match := _COURTESY.match(each)) else each for each in parts)
    return [each for each in bare if each]
