"""Which definition a task says to remove, where it says nothing else."""

import re

_KINDS = (
    r"function|method|class|struct|interface|helper|property|funktion|methode|klasse|función|método"
    r"|clase"
)
_NAME = r"[`'\"]?([^\W\d][\w.]*[?!]?)(?:\(\))?[`'\"]?"
_WESTERN = re.compile(
    rf"(?:please |bitte )?(?:remove|delete|drop|get rid of|entferne|lösche|elimina|borra|quita)"
    rf" (?:the |die |das |la |el )?(?:unused |obsolete |deprecated |dead )?"
    rf"(?:(?:{_KINDS}) {_NAME}|{_NAME} (?:{_KINDS}))"
    rf"(?: (?:from|in|of|aus|de|en) (?:the )?(?:(?:class|file|module) )?[`'\w./]+)?[.!]?",
    re.IGNORECASE,
)
_EASTERN = re.compile(
    r"(?:请)?(?:删除|刪除|移除)(?:函数|方法|类)\s?`?([A-Za-z_]\w*)`?(?:\(\))?。?"
    r"|(?:関数|メソッド|クラス)\s?`?([A-Za-z_]\w*)`?(?:\(\))?\s?を(?:削除|消)\S{0,8}"
)


def removal(text: str) -> str:
    """The name of the definition whose removal is the whole task; empty for any other task."""
    said = text.strip()
    for pattern in (_WESTERN, _EASTERN):
        match = pattern.fullmatch(said)
        if match is not None:
            return next(name for name in match.groups() if name).rpartition(".")[2]
    return ""
