"""Which definitions a task says to add, and to what.

Only what is said with the name next to the kind of thing counts: "add a method rewind() to the
class Reader", "give Stack a `peek` method". A parameter is no definition: adding one changes a
function.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from assistant.intent.clauses import AND, ASIAN_NAMES, asian_clauses, identifiers, sentences
from assistant.intent.values import Addition, AdditionKind

_NAME = r"[`'\"]?(?P<name>[^\W\d][\w.]*?[?!]?)[`'\"]?(?:\([^()]*\))?"
_WORDS: dict[AdditionKind, str] = {
    AdditionKind.METHOD: (
        r"(?:class ?|static |instance )?methods?|propert(?:y|ies)|getters?|setters?|accessors?"
        r"|constructors?|method(?:e|en)|eigenschaft|método|propiedad"
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
    r"(?:(?:class|struct|interface|enum|trait|klasse|clase) )?\S+ )??"
)
"""Where it goes, said before what it is."""
_BETWEEN = (
    r"(?:(?!\b(?:that|which|so|if|when|to|for|of|in(?!-)|inside|into|from|with|about|für|que|para)\b)"
    r"[^.;:!?\n]){0,60}?"
)
"""Words between the verb and the thing: in the same clause, and about the thing itself. Something
added *to* a function is no new function."""
_NEW_TYPE = r"(?:(?:an?|another|new|eine?n?|neue?n?|una?|nuev[ao]) (?:\w+ ){0,2}?|^ ?)"
_JOIN = r"(?:,? (?:and|und|y|&) |, )"
_MORE = re.compile(rf"{_JOIN}[`'\"]?(?P<name>[^\W\d]\w*)(?:\([^()]*\)[`'\"]?|[`'\"])")
_MORE_OF_SEVERAL = re.compile(
    rf"{_JOIN}[`'\"]?(?P<name>[^\W\d]\w*)(?:\([^()]*\))?[`'\"]?"
    rf"(?={_JOIN}| (?:to|in|into|on|for|zu|hinzu|a|en)\b|[.;:]|$)"
)
"""A further name of a list after a plural, where nothing else can follow."""
_EARLIER = re.compile(
    rf"(?:^|\s)(?P<names>(?:[`'\"]?[^\W\d]\w*(?:\([^()]*\))?[`'\"]?{_JOIN})+)[`'\"]?$"
)
"""The names of a list that ends with a plural: "`first` and `last` properties"."""
_PLURAL = re.compile(
    r"\b(?:methods|properties|getters|setters|accessors|functions|helpers|fields|attributes|members"
    r"|variables|cases|variants|constants|consts|enumerators|methoden|funktionen|eigenschaften"
    r"|felder|attribute|varianten|konstanten|métodos|propiedades|funciones|campos|atributos"
    r"|constantes)\b",
    re.IGNORECASE,
)
_ASIAN_VERB = re.compile(
    "添加|增加|新增|加上|加一个|实现|编写|編寫|创建|創建|追加|加える|実装|作成"
)
_ALL_WORDS = "|".join(_WORDS.values())
_PREPOSITION = r"(?:to|in|into|on|for|zu|zur|zum|im|der|dem|a|al|en)"
_FRONT = re.compile(rf"{_PREPOSITION} ", re.IGNORECASE)
"""A place in front of the verb."""
_ONLY_PLACE = re.compile(
    rf"(?: {_PREPOSITION}(?: [^\s,;]+){{1,4}}?)?(?: hinzu)?(?:{AND.pattern})", re.IGNORECASE
)
_ELLIPSIS = re.compile(
    rf"{_PLACE}(?:(?:an?|another|the|eine?n?|die|das|un[ao]?|el|la) )?(?:\w+ )?"
    rf"(?:[`'\"]?\w+[`'\"]? )?(?:{_ALL_WORDS})\b",
    re.IGNORECASE,
)
_LIKE = re.compile(rf"(?=\w+\(|`)`?(?P<name>[^\W\d]\w*)(?:\([^()]*\))?`? {_PREPOSITION} ")
_GOES_ON = re.compile(rf" (?:{_PREPOSITION}|that|which|returning|que) ", re.IGNORECASE)
_THING = (
    r"(?:(?!(?:that|which|so|if|when|to|for|of|in|on|at|by|as|inside|into|from|with|about|using"
    r"|\w*parameters?|arg(?:ument)?s?|kwargs?|keywords?|options?|flags?|calls?|imports?|aliase?s?"
    r"|variables?|keys?|support|warnings?|doc\w*|comments?|annotations?|types?|hints?)\b)"
    r"[a-z][\w-]* ){0,4}?"
)
"""What the thing is, in words that do not make it a part of something else."""
_CALLED = re.compile(
    rf" {_THING}`?(?P<name>[^\W\d]\w*)\([^()]*\)`?(?P<place>(?= to [`\w]))?(?! tests?\b)"
)
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
        "a", "able", "an", "and", "as", "at", "attribute", "by", "called", "case",
        "class", "constant", "das", "de", "der", "die", "docstring", "el", "enum", "field", "for",
        "from", "function", "in", "into", "it", "its", "la", "like", "method", "methods", "mit",
        "named", "new", "of", "on", "one", "only", "or", "property", "que", "return", "returns",
        "similar", "so", "static", "struct", "test", "tests", "that", "the", "this", "to", "two",
        "und", "value", "variant", "which", "with", "without", "zu",
    }
)  # fmt: skip
"""Words that stand where a name could."""


def additions(text: str) -> tuple[Addition, ...]:
    """The definitions that the words add, in order, each once."""
    return tuple(dict.fromkeys(_found(text)))


def _found(text: str) -> Iterator[Addition]:
    for sentence in sentences(text):
        yield from _western(sentence)
        for clause in asian_clauses(sentence):
            if _ASIAN_VERB.search(clause):
                names = tuple(_eastern(clause))
                yield from (Addition(*each, (clause, sentence)) for each in names)


def _western(sentence: str) -> Iterator[Addition]:
    """The additions of the clauses of a sentence. The verb may be left out after the first."""
    found: list[tuple[int, list[tuple[AdditionKind, str]]]] = []
    done = 0
    starts = [0, *(match.end() for match in AND.finditer(sentence))]
    for index, start in enumerate(starts):
        if start < done:
            continue
        end = starts[index + 1] if index + 1 < len(starts) else len(sentence)
        verb = re.search(_VERB, sentence[start:end], re.IGNORECASE)
        if verb is None and found:
            kind = found[-1][1][0][0]
            names, at = _without_verb(sentence[start:], sentence[done:start], kind)
        elif verb is None or (found and verb[0].endswith("s")):
            continue  # "and adds" goes on about what was added
        else:
            names, at = _first_named(sentence[start + verb.end() :])
            at += verb.end()
        if names:
            before = starts[index - 1] if index else 0
            place = index and before >= done and _FRONT.match(sentence, before)
            found.append((before if place else start, names))
            done = start + at
    bounds = [0, *(start for start, _ in found[1:]), len(sentence)]
    for (_, names), (start, end) in zip(found, pairwise(bounds), strict=False):
        yield from (Addition(*each, (sentence[start:end], sentence)) for each in names)


def _first_named(said: str) -> tuple[list[tuple[AdditionKind, str]], int]:
    """What follows the verb names first is added; what it names later is where, or what for.

    Returns the names, and where they end.
    """
    matches: list[tuple[int, AdditionKind, re.Match[str]]] = []
    for kind, words in _WORDS.items():
        new = _NEW_TYPE if kind is AdditionKind.TYPE else ""
        after = (
            rf"{new}\b(?:{words})\b(?: (?:functions?|methods?|property|field))?"
            rf"(?: (?:called|named|namens|llamad[oa]))?[:,]? {_NAME}(?![\w-])"
        )
        before = rf"(?<![\w.-]){_NAME} (?:{words})\b"
        for pattern in (after, before) if not new else (after,):
            match = re.match(rf" ?{_PLACE}{_BETWEEN}(?:{pattern})", said, re.IGNORECASE)
            name = match["name"].rpartition(".")[2] if match else ""
            if match and _is_name(name, match[0]):
                matches.append((match.start("name"), kind, match))
    if matches:
        _, kind, match = min(matches, key=lambda each: each[0])
        return _with_more(kind, match, said)
    if called := _CALLED.match(said):
        return _with_more(
            AdditionKind.METHOD if called["place"] is not None else AdditionKind.FUNCTION,
            called,
            said,
        )
    plain = _PLAIN.match(said)
    if plain is None or _is_adjective(plain["name"]):
        return [], 0
    method = plain["kind"] in ("method", "property")
    kind = AdditionKind.METHOD if method else AdditionKind.FIELD
    return [(kind, plain["name"])], plain.end()


def _with_more(
    kind: AdditionKind, match: re.Match[str], said: str
) -> tuple[list[tuple[AdditionKind, str]], int]:
    several = _PLURAL.search(match[0]) is not None
    earlier = _EARLIER.search(said, 0, match.start("name")) if several else None
    listed = earlier["names"] if earlier else ""
    names = [(kind, each) for each in re.findall(r"[^\W\d]\w*", listed) if _is_name(each, listed)]
    names.append((kind, match["name"].rpartition(".")[2]))
    at = match.end()
    while more := _MORE.match(said, at) or (several and _MORE_OF_SEVERAL.match(said, at)):
        names.append((kind, more["name"]))
        at = more.end()
    return names, at


def _without_verb(
    said: str, between: str, kind: AdditionKind
) -> tuple[list[tuple[AdditionKind, str]], int]:
    """What a clause adds that leaves out its verb: "and a method load to Config".

    `between` is what was said after the names before. In "that takes a key and a field name" the
    clause goes on about those.
    """
    plain = _ONLY_PLACE.fullmatch(between)
    if plain and (like := _LIKE.match(said)):
        return [(kind, like["name"])], like.end("name")
    if not _ELLIPSIS.match(said):
        return [], 0
    names, at = _first_named(f" {said}")
    return (names, at - 1) if names and (plain or _GOES_ON.match(said, at - 1)) else ([], 0)


def _is_adjective(word: str) -> bool:
    return word.endswith("ing") or word in _NO_NAMES | _ADJECTIVES


def _is_name(word: str, said: str) -> bool:
    """Whether a word is a name rather than prose: quoted, called, or shaped like one; or a plain
    word that stands right after the kind of thing."""
    if word.lower() in _NO_NAMES:
        return bool(re.search(rf"([`'\"]){word}(?:\([^()]*\))?\1|(?<!\w){word}\(", said))
    quoted = re.search(rf"[`'\"(]{re.escape(word)}|{re.escape(word)}[?!]?[`'\"(]", said)
    shaped = "_" in word or not (word.islower() or word.istitle())
    plain = re.search(rf" {re.escape(word)}$", said) and not word.endswith("ing")
    return bool(quoted or shaped or plain)


def _eastern(clause: str) -> Iterator[tuple[AdditionKind, str]]:
    for kind, words in _ASIAN.items():
        if kind is AdditionKind.TYPE and not re.search("新しい|新的|新增|一个|一個", clause):
            continue  # the type is rather where something goes
        for pattern in (
            rf"(?:{words})\s?{ASIAN_NAMES}",
            rf"{ASIAN_NAMES}\s?(?:という|的)?\s?(?:{words})",
        ):
            found = [match["names"] for match in re.finditer(pattern, clause)]
            if found:
                yield from ((kind, name) for names in found for name in identifiers(names))
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
