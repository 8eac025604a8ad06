"""Which definition a task says to remove, where it says nothing else."""

import re
from dataclasses import dataclass

from assistant.repo.words import spaced

_KINDS = (
    r"(?:static |abstract )?(?:function|method|class|struct|interface|enum|trait|helper|property"
    r"|funktion|methode|klasse|función|método|clase)"
)
_NAME = r"[`'\"]?(?P<{}>[^\W\d][\w.:#]*[?!]?)(?:\(\))?[`'\"]?"
_PLACE = (
    r"(?: (?:from|in|inside|of|aus|von|de|en)(?: (?:the|der|dem|la|el))?"
    r"(?: (?:class|struct|interface|enum|trait|type|file|module|klasse|datei|modul|clase|archivo"
    r"|fichero|módulo))?"
    r" [`'\"]?(?P<{}>[^\W\d][\w./-]*)[`'\"]?(?: (?:class|struct|interface|file|module))?)?"
)
_WESTERN = re.compile(
    r"(?:please |bitte )?(?:remove|delete|drop|get rid of|entferne|lösche|elimina|borra|quita)"
    r"(?: the| die| das| la| el)?(?: unused| obsolete| deprecated| dead)?"
    rf" (?:{_KINDS} {_NAME.format('a')}|{_NAME.format('b')} {_KINDS})"
    rf"{_PLACE.format('p')}{_PLACE.format('q')}[.!]?",
    re.IGNORECASE,
)
_ASIAN_KINDS = "(?:函数|函數|方法|类|類|関数|メソッド|クラス|文件|ファイル|模块|モジュール)"
_ASIAN_NAME = (
    rf"{_ASIAN_KINDS}?\s?[`「]?(?P<{{}}>[A-Za-z_][\w./]*)[`」]?(?:\(\))?\s?{_ASIAN_KINDS}?"
)
_ASIAN_PLACE = (
    rf"(?:(?:从|從|在)?\s?{_ASIAN_NAME}\s?(?:中的|里的|中|里|裡|的|から|の|にある|内の)\s?)?"
)
_VERB = "(?:删除|刪除|移除|删掉|去掉)"
_EASTERN = re.compile(
    rf"(?=.*{_ASIAN_KINDS})(?:请|請)?\s?(?:"
    rf"{_VERB}\s?{_ASIAN_PLACE.format('p')}{_ASIAN_NAME.format('a')}"
    rf"|{_ASIAN_PLACE.format('q')}{_VERB}\s?{_ASIAN_NAME.format('b')}"
    rf"|{_ASIAN_PLACE.format('r')}{_ASIAN_NAME.format('c')}\s?を(?:削除|消)\S{{0,8}})\s?。?"
)


@dataclass(frozen=True, slots=True)
class Removal:
    """A definition that is removed, and nothing else."""

    name: str
    within: tuple[str, ...] = ()
    """The types, modules and files that the task says it is in."""


def removal(text: str) -> Removal | None:
    """The definition whose removal is the whole task; None for any other task."""
    said = spaced(text.strip())
    match = _WESTERN.fullmatch(said) or _EASTERN.fullmatch(said)
    if match is None:
        return None
    found = match.groupdict()
    full = next(found[key] for key in "abc" if found.get(key))
    *owners, name = re.split(r"\.|::|#", full.rstrip("."))
    places = (found[key].rstrip(".") for key in "pqr" if found.get(key))
    return Removal(name, (*filter(None, [".".join(owners)]), *places))
