"""Finds units with a tree-sitter grammar, in the languages of `grammars`.

Broken code is parsed as far as possible: a syntax error affects its own lines, not the whole file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tree_sitter import Node, Parser

from assistant.repo.files import encode_text
from assistant.repo.grammars import GRAMMARS, Grammar, language, node_types
from assistant.repo.spans import Piece, cover, with_head
from assistant.repo.tree_names import block_name, name_of, owner_of
from assistant.repo.units import UnitKind

_REFERENCES = node_types(
    "identifier type_identifier field_identifier property_identifier namespace_identifier "
    "shorthand_property_identifier shorthand_field_identifier package_identifier constant "
    "command_name"
)
_PATHS = node_types(
    "string interpreted_string_literal raw_string_literal system_lib_string string_literal "
    "scoped_identifier scoped_use_list word"
)
_FUNCTION_VALUES = node_types(
    "arrow_function function_expression function generator_function class func_literal lambda"
)
_CALLS = {"call_expression": "function", "call": "method", "command": "name"}
"""Call nodes, and the field with the callee."""
_BOM = "\ufeff"
_MAX_COLUMN = 2_000
"""Bytes into a line; positions beyond it are approximate."""
_MAX_DEPTH = 64
"""Nesting depth of containers; deeper code is a single unit."""


def tree_pieces(name: str, lines: Sequence[str]) -> tuple[Piece, ...]:
    """Pieces that cover the lines of a file in the language `name` of GRAMMARS."""
    source = [encode_text(line.rstrip("\r\n")) for line in lines]
    if source:
        source[0] = source[0].removeprefix(_BOM.encode())
    root = Parser(language(name)).parse(b"\n".join(source)).root_node
    return _File(GRAMMARS[name], lines, source).pieces([root], 0, len(lines), 0)


class _File:
    """One parsed file."""

    def __init__(self, grammar: Grammar, lines: Sequence[str], source: Sequence[bytes]) -> None:
        self._grammar = grammar
        self._lines = lines
        self._source = source

    def pieces(
        self, containers: Sequence[Node], start: int, stop: int, depth: int
    ) -> tuple[Piece, ...]:
        """Pieces for the children of the nodes, covering [start, stop)."""
        found = [
            self._piece(child, depth)
            for container in containers
            for child in _children(container)
            if child.end_byte > child.start_byte and child.start_point.row >= start
        ]
        return cover(found, self._lines, start, stop)

    def _piece(self, node: Node, depth: int) -> Piece:
        start, stop = _rows(node)
        if "comment" in node.type or node.type in self._grammar.annotations:
            return Piece(start, stop, UnitKind.BLOCK, comment=True)
        if self._is_import(node):
            references = frozenset(_references(node)) | frozenset(_paths(node))
            return Piece(start, stop, UnitKind.IMPORTS, references=references)
        references = frozenset(_references(node))
        inner = self._definition(node)
        if inner is not None:
            piece = self._definition_piece(node, inner, depth)
            return replace(piece, references=references)
        block = Piece(start, stop, UnitKind.BLOCK, block_name(node), references=references)
        if node.type in self._grammar.containers and depth < _MAX_DEPTH:
            parts = self.pieces([_body(node) or node], start + 1, stop - 1, depth + 1)
            if _within(parts, start, stop) and any(not part.plain for part in parts):
                return replace(block, name="", children=parts)
        return block

    def _is_import(self, node: Node) -> bool:
        if node.type in self._grammar.imports:
            return True
        if node.type == "export_statement":
            return node.child_by_field_name("source") is not None
        called = node
        if node.type in ("lexical_declaration", "variable_declaration"):
            declared = [child for child in node.named_children if "declarator" in child.type]
            value = declared[0].child_by_field_name("value") if len(declared) == 1 else None
            called = value or node
        word = called.child_by_field_name(_CALLS.get(called.type, ""))
        if word is None or called.child_by_field_name("receiver") is not None:
            return False
        return _text(word) in self._grammar.import_words

    def _definition(self, node: Node) -> Node | None:
        """The definition inside the node, or the node itself; None for other statements."""
        at = node
        while at.type in self._grammar.wrappers:
            inner = [child for child in at.named_children if self._may_define(child)]
            if len(inner) != 1:
                return None
            at = inner[0]
        if at.type in self._grammar.definitions:
            plain_reference = at.type.endswith("_specifier") and _body(at) is None
            return None if plain_reference else at
        return at if _function_value(at) is not None else None

    def _may_define(self, node: Node) -> bool:
        grammar = self._grammar
        known = node.type in grammar.definitions or node.type in grammar.wrappers
        return known or _function_value(node) is not None

    def _definition_piece(self, node: Node, inner: Node, depth: int) -> Piece:
        start, stop = _rows(node)
        value = _function_value(inner)
        kind = self._grammar.definitions.get(inner.type, UnitKind.FUNCTION)
        if value is not None and value.type == "class":
            kind = UnitKind.CLASS
        body = _body(value if value is not None else inner)
        name = name_of(inner) or name_of(node) or ("default" if node is not inner else "")
        owner = owner_of(inner)
        if kind is UnitKind.METHOD and owner:
            name = f"{owner}.{name}"
        elif kind is UnitKind.FUNCTION and depth and _in_class(inner):
            kind = UnitKind.METHOD
        elif kind is UnitKind.METHOD and not depth and not owner:
            kind = UnitKind.FUNCTION
        piece = Piece(start, stop, kind, name, self._signature_end(inner, body, start))
        if kind is not UnitKind.CLASS or body is None or depth >= _MAX_DEPTH:
            return piece
        return self._with_members(replace(piece, prefix=owner), body, depth)

    def _with_members(self, piece: Piece, body: Node, depth: int) -> Piece:
        row = piece.signature[0]
        last = body.end_point.row if _text(body).startswith("{") else piece.stop - 1
        members = self.pieces([body], row + 1, last, depth + 1)
        return with_head(piece, members) if _within(members, row, last + 1) else piece

    def _signature_end(self, node: Node, body: Node | None, start: int) -> tuple[int, int]:
        """The position after the opening brace, before a body without braces, or after the
        parameters if there is no body."""
        if body is None:
            fields = [node.child_by_field_name(each) for each in ("parameters", "superclass")]
            ends = [field.end_point.row for field in fields if field is not None]
            row = max([node.start_point.row, *ends])
            return row, len(self._lines[row])
        row, column = body.start_point.row, body.start_point.column
        if not _text(body).startswith("{"):
            if not self._source[row][:column].strip() and row > start:
                row -= 1
                return row, len(self._lines[row])
            return row, self._characters(row, column)
        rest = self._source[row][column + 1 : column + _MAX_COLUMN].strip()
        if not rest or rest.startswith((b"//", b"/*")):
            return row, len(self._lines[row])
        return row, self._characters(row, column + 1)

    def _characters(self, row: int, column: int) -> int:
        """Convert a byte column of the source to a character column of the line."""
        shift = len(_BOM) if row == 0 and self._lines[0].startswith(_BOM) else 0
        if column > _MAX_COLUMN:
            return shift + column  # on such a long line, an approximate column is good enough
        return shift + len(self._source[row][:column].decode("utf-8", "surrogateescape"))


def _children(node: Node) -> Iterator[Node]:
    """Named children, including those of error nodes, whose span may be mostly valid code."""
    for child in node.named_children:
        if child.type == "ERROR" and child.named_child_count:
            yield from child.named_children
        else:
            yield child


def _rows(node: Node) -> tuple[int, int]:
    end = node.end_point.row + (1 if node.end_point.column else 0)
    return node.start_point.row, max(end, node.start_point.row + 1)


def _within(parts: Sequence[Piece], start: int, stop: int) -> bool:
    """True if the parts lie strictly between the first and the last line."""
    return all(start < part.start and part.stop < stop for part in parts)


def _body(node: Node) -> Node | None:
    found = node.child_by_field_name("body")
    if found is not None or node.type not in ("type_spec", "type_definition"):
        return found
    inner = node.child_by_field_name("type")
    return inner.child_by_field_name("body") if inner is not None else None


def _function_value(node: Node) -> Node | None:
    """The function or class that a declaration or assignment binds to a name."""
    at: Node | None = node
    if node.type in ("lexical_declaration", "variable_declaration"):
        declared = [child for child in node.named_children if "declarator" in child.type]
        at = declared[0] if len(declared) == 1 else None
    if at is None:
        return None
    field = {"assignment_expression": "right", "assignment": "right"}.get(at.type, "value")
    if field == "value" and at.type not in (
        "variable_declarator",
        "public_field_definition",
        "field_definition",
    ):
        return None
    value = at.child_by_field_name(field)
    return value if value is not None and value.type in _FUNCTION_VALUES else None


def _in_class(node: Node) -> bool:
    at = node.parent
    while at is not None:
        if at.type in ("mod_item", "namespace_definition", "internal_module", "module"):
            return False
        if at.type.startswith(("class", "struct", "impl", "trait", "interface", "enum", "record")):
            return True
        at = at.parent
    return False


def _references(node: Node) -> Iterator[str]:
    cursor = node.walk()
    while True:
        current = cursor.node
        if current is not None and current.type in _REFERENCES:
            yield _text(current)
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def _paths(node: Node) -> Iterator[str]:
    """The module paths and file names in an import, without quotes."""
    pending = [node]
    while pending:
        at = pending.pop()
        if at.type in _PATHS:
            yield _text(at).strip("\"'<>`")
        else:
            pending += at.named_children


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "surrogateescape")
