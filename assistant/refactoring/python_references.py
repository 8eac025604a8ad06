"""Finds every place in Python files that means one definition.

Each occurrence of the name is resolved on its own. What nothing resolves is an attribute of
something unknown: it counts where no other definition in the repository has the name.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from parso.tree import BaseNode, Leaf, NodeOrLeaf

from assistant.refactoring.python_definitions import PYTHON, definitions_in, family
from assistant.refactoring.python_resolver import Resolver
from assistant.refactoring.sources import Sources, looks_like_code, occurrences
from assistant.refactoring.values import MEMBERS, Definition, Found, Kind, Place, Sense
from assistant.repo.files import TextFile
from assistant.repo.modules import module_name
from assistant.repo.python_trees import parsed

_BUILTIN = frozenset(
    name
    for kind in (str, bytes, bytearray, list, dict, set, int, float, tuple)
    for name in dir(kind)
) | frozenset(("close", "read", "write", "flush", "seek", "tell", "open", "name", "path"))
"""Attributes that a value of unknown type may well have without the repository."""
_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.) ")


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What counts as the definition that is looked for."""

    word: str
    definition: Definition
    positions: frozenset[tuple[str, int]]
    """Path and line of every definition that goes by the same name: overrides, stubs."""
    unique: bool
    """No other definition in the repository has this name as a member."""
    qualified: tuple[str, ...]
    """Dotted names by which strings refer to it."""
    owners: frozenset[str]
    """Last names of what contains it: classes of the family, functions with the parameter."""


def python_references(
    sources: Sources, resolver: Resolver, definition: Definition, each: Callable[[], None]
) -> Found:
    """Where the definition is named; `each` is called for every file, and may raise Cancelled."""
    word = word_of(definition)
    meaning = _meaning(sources, definition, word)
    places: list[Place] = []
    skipped: list[str] = []
    for file in sources.with_word(word, PYTHON):
        each()
        if parsed(file.data) is None:
            skipped.append(file.path)
            continue
        places += _InFile(file, resolver, meaning).places()
    return Found(definition, tuple(places), tuple(skipped))


def word_of(definition: Definition) -> str:
    """The last part of a definition's name, as it stands in code."""
    if definition.kind is not Kind.MODULE:
        return definition.name.rpartition(".")[2]
    folder, _, name = definition.path.rpartition("/")
    stem = name.rpartition(".")[0]
    return folder.rpartition("/")[2] if stem == "__init__" else stem


def _meaning(sources: Sources, definition: Definition, word: str) -> _Meaning:
    found = [one for file in sources.with_word(word, PYTHON) for one in definitions_in(file, word)]
    if definition.kind is Kind.MODULE:
        same = [definition]
        owners: frozenset[str] = frozenset()
    else:
        same, owners = _same(sources, definition, found)
    members = [one for one in found if one.kind in MEMBERS and one not in same]
    module = module_name(definition.path, set(sources.paths))
    qualified = (f"{module}.{definition.name}",) if definition.name else (module,)
    positions = frozenset((one.path, one.line) for one in same)
    if definition.kind is Kind.MODULE:
        positions = frozenset({(definition.path, 0)})
    return _Meaning(word, definition, positions, not members, qualified, owners)


def _same(
    sources: Sources, definition: Definition, found: list[Definition]
) -> tuple[list[Definition], frozenset[str]]:
    """Definitions that are renamed together, and the names of what contains them."""
    owner = definition.owner.rpartition(".")[2]
    if definition.kind in MEMBERS:
        owners = family(sources, owner, definition.name.rpartition(".")[2])
        same = [
            one for one in found if one.kind in MEMBERS and one.owner.rpartition(".")[2] in owners
        ]
        return same, owners
    twins = {definition.path, _stub(definition.path)}
    same = [one for one in found if one.path in twins and one.name == definition.name]
    if definition.kind is Kind.PARAMETER and "." in definition.owner:
        # A method's parameter: overrides are called with the same keywords.
        related = family(sources, definition.owner.split(".")[-2], owner)
        same += [
            one
            for one in found
            if one.kind is Kind.PARAMETER
            and one.name.split(".")[-2:] == definition.name.split(".")[-2:]
            and one.owner.count(".")
            and one.owner.split(".")[-2] in related
            and one not in same
        ]
    return same, frozenset({owner} if owner else ())


def _stub(path: str) -> str:
    return f"{path}i" if path.endswith(".py") else path.removesuffix("i")


class _InFile:
    """The occurrences of a name in one file."""

    def __init__(self, file: TextFile, resolver: Resolver, meaning: _Meaning) -> None:
        self._file, self._resolver, self._meaning = file, resolver, meaning
        self._shift = int(file.text.startswith("\ufeff"))
        self._defined: set[bool] = set()

    def places(self) -> list[Place]:
        """The places that mean the definition, may mean it, or mention it."""
        text = self._file.text.removeprefix("\ufeff")
        found: list[Place] = []
        inside: list[tuple[int, int, Leaf | None]] = []
        for start, line, column in occurrences(text, self._meaning.word):
            leaf = self._resolver.leaf(self._file, line, column)
            if leaf is None or leaf.type != "name":
                inside.append((start, line, leaf))
                continue
            sense = self._sense(leaf, line, column)
            if sense is not None:
                found.append(self._place(start, line, sense))
        bound = any(place.sense is Sense.REFERENCE for place in found)
        for start, line, leaf in inside:
            sense = self._sense_in_text(text, start, leaf, bound=bound)
            if sense is Sense.REFERENCE or looks_like_code(text, start, self._meaning.word):
                found.append(self._place(start, line, sense))
        return sorted(found, key=lambda place: place.start)

    def _place(self, start: int, line: int, sense: Sense) -> Place:
        return Place(self._file.path, start + self._shift, line, sense)

    def _sense(self, leaf: Leaf, line: int, column: int) -> Sense | None:
        """What a name in code means; None where it is another one."""
        meaning = self._meaning
        here = (self._file.path, line)
        if here in meaning.positions and self._defines(leaf):
            return Sense.REFERENCE
        defined = self._resolver.defined_at(self._file, line, column)
        if meaning.positions.intersection(defined):
            return Sense.REFERENCE
        if self._is_keyword(leaf):
            return self._sense_of_keyword(leaf, defined)
        if defined and defined != ((self._file.path, line),):
            return None
        previous = leaf.get_previous_leaf()
        if previous is None or previous.value != "." or defined:
            return None
        if meaning.definition.kind not in MEMBERS:
            return Sense.UNCERTAIN if meaning.definition.kind is not Kind.LOCAL else None
        sure = meaning.unique and meaning.word not in _BUILTIN
        return Sense.BY_NAME if sure else Sense.UNCERTAIN

    def _sense_of_keyword(self, leaf: Leaf, defined: tuple[tuple[str, int], ...]) -> Sense | None:
        """A keyword of a call: of a parameter, or of a field of a class that is called."""
        definition = self._meaning.definition
        if definition.kind not in (Kind.PARAMETER, Kind.ATTRIBUTE):
            return None
        called = _callee(leaf)
        if definition.kind is Kind.ATTRIBUTE and any(path for path, _ in defined):
            return None  # a parameter of that name sets the attribute
        owners = definition.owner.split(".")
        constructs = owners[-1] == "__init__" and called in owners
        if called in self._meaning.owners or constructs:
            return Sense.REFERENCE
        return None if any(path for path, _ in defined) else Sense.UNCERTAIN

    def _defines(self, leaf: Leaf) -> bool:
        """Whether the leaf is the name that its line defines."""
        previous = leaf.get_previous_leaf()
        attribute = previous is not None and previous.value == "."
        own = bool(attribute and previous) and previous.get_previous_leaf().value in ("self", "cls")
        return own or bool(not attribute and getattr(leaf, "is_definition", lambda: False)())

    def _is_keyword(self, leaf: Leaf) -> bool:
        following = leaf.get_next_leaf()
        return (
            leaf.parent is not None
            and leaf.parent.type == "argument"
            and leaf.parent.children[0] is leaf
            and following is not None
            and following.value == "="
        )

    def _sense_in_text(self, text: str, start: int, leaf: Leaf | None, *, bound: bool) -> Sense:
        """What a name in a string or comment means: code in strings is code."""
        if leaf is None or leaf.type != "string":
            return Sense.MENTION
        bare = leaf.value.lstrip("rRbBuUfF").strip("\"'")
        if any(bare == name or bare.startswith(f"{name}.") for name in self._meaning.qualified):
            return Sense.REFERENCE
        top = self._meaning.definition.kind in (Kind.FUNCTION, Kind.CLASS, Kind.VARIABLE)
        if top and bound and self._meaning.definition.name == self._meaning.word:
            line = text[text.rfind("\n", 0, start) + 1 : start]
            if _PROMPT.match(line) or _is_export(leaf, bare) or _is_annotation(leaf):
                return Sense.REFERENCE
        return Sense.MENTION


def _callee(leaf: Leaf) -> str:
    """The last name of what is called with a keyword."""
    trailer: NodeOrLeaf | None = leaf.parent
    while trailer is not None and trailer.type != "trailer":
        trailer = trailer.parent
    before = trailer.get_previous_leaf() if trailer is not None else None
    return before.value if before is not None else ""


def _is_export(leaf: Leaf, bare: str) -> bool:
    """Whether a string is an entry of `__all__`."""
    if not bare.isidentifier():
        return False
    for node in _above(leaf):
        if node.type == "expr_stmt":
            return bool(node.get_first_leaf().value == "__all__")
        if node.type == "atom_expr" and node.get_first_leaf().value == "__all__":
            return True
    return False


def _is_annotation(leaf: Leaf) -> bool:
    inner: NodeOrLeaf = leaf
    for node in _above(leaf):
        if node.type in ("annassign", "tfpdef"):
            return True
        if node.type == "funcdef":
            return getattr(node, "annotation", None) is inner
        if node.type in ("arglist", "suite", "file_input"):
            return False
        inner = node
    return False


def _above(leaf: Leaf) -> Iterator[BaseNode]:
    node = leaf.parent
    while node is not None:
        yield node
        node = node.parent
