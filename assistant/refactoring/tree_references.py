"""Finds the uses of a definition in files that tree-sitter parses.

There is no type checker: what is at the top of a file is found through imports and, in Go and Java,
the folder; a member counts wherever no other type has one of its name.
"""

import posixpath
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from tree_sitter import Node, Parser

from assistant.refactoring.python_resolver import Resolver
from assistant.refactoring.sources import Sources, looks_like_code, occurrences
from assistant.refactoring.tree_definitions import TREES, tree_definitions
from assistant.refactoring.values import MEMBERS, Definition, Found, Place, Sense
from assistant.repo.files import TextFile
from assistant.repo.grammars import LANGUAGES, language

_SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
_BY_FOLDER = frozenset({"go", "java"})
_SAME: tuple[frozenset[str], ...] = (_SCRIPTS, frozenset({"c", "cpp"}))
"""Languages whose files use each other."""
_MEMBER = frozenset(("property_identifier", "field_identifier", "private_property_identifier"))
_FROM = re.compile(
    r"(?:\bfrom\s*|\brequire\s*\(\s*|\bimport\s*\(?\s*)(?P<quote>[\"'])(?P<path>[^\"']+)(?P=quote)"
)
_SUFFIX = re.compile(r"\.(?:[cm]?[jt]sx?)$")


def tree_references(
    sources: Sources, resolver: Resolver, definition: Definition, each: Callable[[], None]
) -> Found:
    """Where the definition is named; `each` is called for every file, and may raise Cancelled."""
    word = definition.name.rpartition(".")[2]
    meaning = _meaning(sources, definition, word)
    places: list[Place] = []
    for file in sources.with_word(word, related_suffixes(definition.path)):
        each()
        places += _places(file, meaning, sees=sees(sources, file, definition))
    return Found(definition, tuple(places))


@dataclass(frozen=True, slots=True)
class _Meaning:
    word: str
    definition: Definition
    unique: bool
    """No other definition in these languages has the name."""
    names_of_package: frozenset[str]
    """Names by which other packages refer to that of the definition."""


def _meaning(sources: Sources, definition: Definition, word: str) -> _Meaning:
    others = [
        one
        for file in sources.with_word(word, related_suffixes(definition.path))
        for one in tree_definitions(file, word)
        if (one.path, one.name) != (definition.path, definition.name)
        and (one.kind in MEMBERS) == (definition.kind in MEMBERS)
    ]
    folder = definition.path.rpartition("/")[0].rpartition("/")[2]
    return _Meaning(word, definition, not others, frozenset({folder} - {""}))


def related_suffixes(path: str) -> tuple[str, ...]:
    """The suffixes of the files that may use what a file defines."""
    own = LANGUAGES[path.rpartition(".")[2]]
    group: Collection[str] = next((each for each in _SAME if own in each), frozenset({own}))
    return tuple(suffix for suffix in TREES if LANGUAGES[suffix[1:]] in group)


def sees(sources: Sources, file: TextFile, definition: Definition) -> bool:
    """Whether a bare name in the file may be the definition's."""
    if file.path == definition.path:
        return True
    name = LANGUAGES[definition.path.rpartition(".")[2]]
    if name in _BY_FOLDER and _folder(file.path) == _folder(definition.path):
        return True
    if name in _SCRIPTS:
        return definition.path in _imported(sources, file, set())
    return name != "go"


def _imported(sources: Sources, file: TextFile, seen: set[str]) -> set[str]:
    """Paths of the files that a script imports, with those that they hand on."""
    seen.add(file.path)
    known = set(sources.paths)
    found: set[str] = set()
    for match in _FROM.finditer(file.text):
        path = _resolved(known, _folder(file.path), match["path"])
        if path:
            found.add(path)
            inner = sources.file(path)
            if (
                inner is not None
                and path not in seen
                and re.search(r"\bexport\b.*\bfrom\b", inner.text)
            ):
                found |= _imported(sources, inner, seen)
    return found


def _resolved(known: Collection[str], folder: str, target: str) -> str:
    if not target.startswith("."):
        return ""
    base = posixpath.normpath(posixpath.join(folder, target))
    stem = _SUFFIX.sub("", base)
    endings = ("", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
    tries = [base, *(f"{stem}{each}" for each in endings)]
    tries += [f"{base}/index{each}" for each in endings]
    return next((path for path in tries if path in known), "")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _places(file: TextFile, meaning: _Meaning, *, sees: bool) -> Iterator[Place]:
    text = file.text
    data = file.data
    root = Parser(language(LANGUAGES[file.path.rpartition(".")[2]])).parse(data).root_node
    offset, at = 0, 0
    for start, line, _ in occurrences(text, meaning.word):
        offset += len(text[at:start].encode("utf-8", "surrogateescape"))
        at = start
        node = root.descendant_for_byte_range(offset, offset + len(meaning.word.encode()))
        sense = _sense(node, file, start, meaning, sees=sees)
        if sense is not None:
            yield Place(file.path, start, line, sense, _prefix(node, meaning.word))


def _sense(
    node: Node | None, file: TextFile, start: int, meaning: _Meaning, *, sees: bool
) -> Sense | None:
    """What an occurrence means; None where it is another name."""
    if node is None or not _is_name(node, meaning.word):
        return Sense.MENTION if looks_like_code(file.text, start, meaning.word) else None
    member = node.type in _MEMBER
    receiver = _receiver(node)
    if meaning.definition.kind in MEMBERS:
        own = file.path == meaning.definition.path and _defines(node, meaning)
        if own:
            return Sense.REFERENCE
        if not (member or receiver):
            return None
        return Sense.BY_NAME if meaning.unique else Sense.UNCERTAIN
    if receiver:
        return _through(receiver, file, meaning, sees=sees)
    if member and not _is_shorthand(node):
        return None
    if not sees or _is_shadowed(node, meaning):
        return None
    return Sense.REFERENCE


def _prefix(node: Node | None, word: str) -> str:
    """A shorthand property keeps its key, unless it is what a module exports."""
    if node is None or node.type != "shorthand_property_identifier":
        return ""
    value = node.parent.parent if node.parent is not None else None
    exported = value is not None and (value.text or b"").startswith(b"module.exports")
    return "" if exported else f"{word}: "


def _is_name(node: Node, word: str) -> bool:
    named = node.type.endswith("identifier") or node.type in (
        "constant",
        "shorthand_property_identifier_pattern",
    )
    return named and node.text == word.encode()


def _receiver(node: Node) -> str:
    """What stands before the dot of a member; empty where the name is bare."""
    parent = node.parent
    if parent is None or parent.type not in (
        "member_expression", "selector_expression", "field_expression", "field_access",
        "method_invocation", "call", "qualified_type", "nested_type_identifier",
        "scoped_identifier", "nested_identifier",
    ):  # fmt: skip
        return ""
    first = parent.children[0]
    if first == node or first.type == "argument_list":
        return ""
    return (first.text or b"").decode("utf-8", "replace")


def _through(receiver: str, file: TextFile, meaning: _Meaning, *, sees: bool) -> Sense | None:
    """A name after the dot of a module or package."""
    name = LANGUAGES[file.path.rpartition(".")[2]]
    if name == "go":
        other = _folder(file.path) != _folder(meaning.definition.path)
        return Sense.REFERENCE if other and receiver in meaning.names_of_package else None
    if name in _SCRIPTS and sees:
        bound = re.escape(receiver)
        pattern = rf"\*\s+as\s+{bound}\b|\b{bound}\s*=\s*(?:await\s+)?(?:require|import)\b"
        return Sense.REFERENCE if re.search(pattern, file.text) else None
    return Sense.UNCERTAIN if sees and meaning.unique and name not in _SCRIPTS else None


def _defines(node: Node, meaning: _Meaning) -> bool:
    """Whether the name is that of the member's definition, or `this` is before it in its type."""
    owner = meaning.definition.owner.rpartition(".")[2]
    receiver = _receiver(node)
    if receiver and receiver not in ("this", "self"):
        return False
    at: Node | None = node
    while at is not None:
        name = at.child_by_field_name("name") or at.child_by_field_name("type")
        if name is not None and (name.text or b"").decode("utf-8", "replace") == owner:
            return True
        holder = at.child_by_field_name("receiver") if at.type == "method_declaration" else None
        if holder is not None and owner in re.findall(r"\w+", (holder.text or b"").decode()):
            return at.child_by_field_name("name") == node
        at = at.parent
    return False


def _is_shorthand(node: Node) -> bool:
    return node.type.startswith("shorthand")


def _is_shadowed(node: Node, meaning: _Meaning) -> bool:
    """Whether a function around the name declares a parameter or variable of it."""
    at = node.parent
    while at is not None and at.parent is not None:
        if "function" in at.type or at.type in ("method_definition", "method_declaration"):
            parameters = at.child_by_field_name("parameters") or at.child_by_field_name("parameter")
            if parameters is not None and _declares(parameters, meaning.word):
                return True
            body = at.child_by_field_name("body")
            if body is not None and _declares_variable(body, meaning.word):
                return True
        at = at.parent
    return False


def _declares(node: Node, word: str) -> bool:
    name = node.type in ("identifier", "shorthand_property_identifier_pattern")
    if name and node.text == word.encode():
        return True
    skipped = ("type_annotation", "default_value")
    children = [each for each in node.named_children if each.type not in skipped]
    return any(_declares(child, word) for child in children if "type" not in child.type)


def _declares_variable(node: Node, word: str) -> bool:
    left = node.child_by_field_name("name") if node.type == "variable_declarator" else None
    if node.type in ("short_var_declaration", "range_clause"):
        left = node.child_by_field_name("left")
    if node.type == "var_spec":
        left = node.child_by_field_name("name")
    if left is not None and _declares(left, word):
        return True
    return any(_declares_variable(child, word) for child in node.named_children)
