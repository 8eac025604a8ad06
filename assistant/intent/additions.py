"""Which definitions a task says to add, and to what.

Only what is said with the name next to the kind of thing counts: "add a method rewind() to the
class seekable", "give Stack a `peek` method". A parameter is no definition: adding one changes a
function.
"""

import re
from collections.abc import Iterator

from assistant.intent.values import Addition, AdditionKind

_NAME = r"[`'\"]?(?P<name>[^\W\d][\w.]*?[?!]?)[`'\"]?(?:\([^()]*\))?"
_WORDS: dict[AdditionKind, str] = {
    AdditionKind.METHOD: (
        r"(?:class ?|static |instance )?methods?|propert(?:y|ies)|getters?|setters?|accessors?"
        r"|constructors?|shims?|method(?:e|en)|eigenschaft|método|propiedad"
    ),
    AdditionKind.FUNCTION: r"functions?|helpers?|funktion(?:en)?|función|funciones",
    AdditionKind.FIELD: (
        r"fields?|attributes?|members?|instance variables?|class variables?|feld|attribut|campo"
        r"|atributo"
    ),
    AdditionKind.CASE: (
        r"(?:enum )?(?:cases?|variants?|constants?|consts?|enumerators?|members? to the enum)"
        r"|fall|variante|konstante|caso|constante"
    ),
    AdditionKind.TYPE: (
        r"(?:exception |error )?class(?:es)?|structs?|interfaces?|enums?|traits?|exceptions?"
        r"|klasse|clase"
    ),
}
_ASIAN: dict[AdditionKind, str] = {
    AdditionKind.METHOD: "方法|属性|屬性|メソッド|プロパティ",
    AdditionKind.FUNCTION: "函数|函數|関数",
    AdditionKind.FIELD: "字段|欄位|成员|フィールド|メンバー",
    AdditionKind.CASE: "枚举值|分支|列挙子",
    AdditionKind.TYPE: "类|類|接口|クラス|構造体",
}
_VERB = (
    r"\b(?:add|adds|adding|create|define|expose|give|gives|implement|insert|introduce|provide"
    r"|write|füge|ergänze|erstelle|gib|schreibe|añade|agrega|crea|implementa|escribe)\b"
)
_PLACE = (
    r"(?:(?:to|in|into|on|zu|zur|a|en) (?:the |der |dem |la |el )?"
    r"(?:(?:class|struct|interface|enum|trait|klasse|clase) )?\S+ )?"
)
"""Where it goes, said before what it is."""
_BETWEEN = (
    r"(?:(?!\b(?:that|which|so|if|when|to|for|of|into|from|with|für|que|para)\b)[^.;:!?\n]){0,60}?"
)
"""Words between the verb and the thing: in the same clause, and about the thing itself. Something
added *to* a function is no new function."""
_NEW_TYPE = r"(?:(?:an?|another|new|eine?n?|neue?n?|una?|nuev[ao]) (?:\w+ ){0,2}?|^ ?)"
_MORE = re.compile(
    r"(?:,? (?:and|und|y) |, )[`'\"]?(?P<name>[^\W\d]\w*)(?:\([^()]*\)[`'\"]?|[`'\"])"
)
_CALLED = re.compile(r" (?:an? |the |new )?`?(?P<name>[^\W\d]\w*)\([^()]*\)`?(?P<place> to [`\w])?")
_PLAIN = re.compile(
    r" (?:an? |the )?(?P<name>[a-z]\w+) (?P<kind>method|property|attribute|field)"
    r" (?:to|in|on) (?:the )?(?:class )?`?[A-Z]\w+"
)
"""A plain word as a name, where a type that gets it follows."""
_ADJECTIVES = frozenset(
    {
        "abstract", "additional", "another", "basic", "common", "convenience", "custom", "default",
        "extra", "generic", "instance", "missing", "optional", "own", "private", "protected",
        "public", "required", "second", "separate", "simple", "single", "small", "utility",
        "useful", "virtual",
    }
)  # fmt: skip
_NO_NAMES = frozenset(
    {
        "a", "able", "an", "and", "as", "at", "attribute", "by", "called", "camelcase", "case",
        "class", "constant", "das", "de", "der", "die", "docstring", "el", "enum", "field", "for",
        "from", "function", "in", "into", "it", "its", "la", "like", "method", "methods", "mit",
        "named", "new", "of", "on", "one", "only", "or", "property", "que", "return", "returns",
        "similar", "snake_case", "so", "static", "struct", "that", "the", "this", "to", "two",
        "und", "value", "variant", "which", "with", "without", "zu",
    }
)  # fmt: skip
"""Words that stand where a name could."""


def additions(text: str) -> tuple[Addition, ...]:
    """The definitions that the words add, in order, each once."""
    return tuple(dict.fromkeys(_found(text)))


def _found(text: str) -> Iterator[Addition]:
    for sentence in re.split(r"(?<=[.!?;])\s+|\n", text):
        verb = re.search(_VERB, sentence, re.IGNORECASE)
        if verb is not None:
            yield from _western(sentence[verb.end() :])
        if re.search("添加|增加|新增|加上|加一个|实现|追加|加える|実装", sentence):
            yield from _eastern(sentence)


def _western(said: str) -> Iterator[Addition]:
    """What follows the verb names first is added; what it names later is where, or what for."""
    found: list[tuple[int, AdditionKind, re.Match[str]]] = []
    for kind, words in _WORDS.items():
        new = _NEW_TYPE if kind is AdditionKind.TYPE else ""
        after = (
            rf"{new}\b(?:{words})\b(?: (?:called|named|namens|llamad[oa]))?[:,]? {_NAME}(?![\w-])"
        )
        before = rf"(?<![\w.-]){_NAME} (?:{words})\b"
        for pattern in (after, before) if not new else (after,):
            match = re.match(rf" ?{_PLACE}{_BETWEEN}(?:{pattern})", said, re.IGNORECASE)
            name = match["name"].rpartition(".")[2] if match else ""
            if match and _is_name(name, match[0]):
                found.append((match.start("name"), kind, match))
    if not found:
        called = _CALLED.match(said)
        if called is not None:
            kind = AdditionKind.METHOD if called["place"] else AdditionKind.FUNCTION
            yield Addition(kind, called["name"])
            return
        plain = _PLAIN.match(said)
        if plain is not None and not _is_adjective(plain["name"]):
            method = plain["kind"] in ("method", "property")
            yield Addition(AdditionKind.METHOD if method else AdditionKind.FIELD, plain["name"])
        return
    _, kind, match = min(found, key=lambda each: each[0])
    yield Addition(kind, match["name"].rpartition(".")[2])
    at = match.end()
    while more := _MORE.match(said, at):
        yield Addition(kind, more["name"])
        at = more.end()


def _is_adjective(word: str) -> bool:
    return word.endswith("ing") or word in _NO_NAMES | _ADJECTIVES


def _is_name(word: str, said: str) -> bool:
    """Whether a word is a name rather than prose: quoted, called, or shaped like one; or a plain
    word that stands right after the kind of thing."""
    if word.lower() in _NO_NAMES:
        return False
    quoted = re.search(rf"[`'\"(]{re.escape(word)}|{re.escape(word)}[?!]?[`'\"(]", said)
    shaped = "_" in word or not (word.islower() or word.istitle())
    plain = re.search(rf" {re.escape(word)}$", said) and not word.endswith("ing")
    return bool(quoted or shaped or plain)


def _eastern(sentence: str) -> Iterator[Addition]:
    for kind, words in _ASIAN.items():
        if kind is AdditionKind.TYPE and not re.search("新しい|新的|新增|一个|一個", sentence):
            continue  # the type is rather where something goes
        name = r"[`「]?(?P<name>[A-Za-z_]\w*)[`」]?(?:\([^()]*\))?"
        for pattern in (rf"(?:{words})\s?{name}", rf"{name}\s?(?:という|的)?\s?(?:{words})"):
            match = re.search(pattern, sentence)
            if match is not None:
                yield Addition(kind, match["name"])
                return


_TYPE = (
    r"class|struct(?:ure)?|interface|enum(?:eration)?|trait|type|module"
    r"|impl(?: block)?(?: (?:of|for))?|klasse|clase"
)
_ARTICLE = r"(?:(?:the|a|an|der|die|das|dem|la|el|las?) )?"
_AFTER = r"(?:directly |right |just )?(?:after|below|behind|nach|unter|después de|debajo de)"


def is_after(text: str, name: str) -> bool:
    """Whether the words say to insert after the definition `name`."""
    quoted = rf"[`'\"]?{re.escape(name)}(?:\(\))?(?![\w])"
    kinds = r"(?:(?:method|function|field|case|variant|methode|funktion|método|función) )?"
    if re.search(rf"\b{_AFTER} {_ARTICLE}{kinds}{quoted}", text, re.IGNORECASE):
        return True
    return bool(re.search(rf"(?<!\w){quoted}[`'\"]? ?(?:之后|之後|后面|後面|の後|のあと)", text))


def is_owner(text: str, name: str) -> bool:
    """Whether the words say that something is added to the type `name`."""
    quoted = rf"[`'\"]?{re.escape(name)}[`'\"]?(?![\w.])"
    said = (
        rf"(?<!\w)(?:{_TYPE}) {quoted}",
        rf"(?<!\w){quoted} (?:{_TYPE})\b",
        rf"\b(?:give|gives|gib|for|in|into|on|to|zu|zur|zum|al|en) {_ARTICLE}{quoted}",
        rf"(?:在|给|給|为|為|向|类|類|クラス) ?{quoted}",
        rf"(?<!\w){quoted} ?(?:类|類|クラス|に)",
    )
    return any(re.search(each, text, re.IGNORECASE) for each in said)
