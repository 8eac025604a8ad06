"""Reads the body of a type in a file with a tree-sitter grammar: its members, one by one.

A unit tells where a type is. To insert a field, a variant or a method, more must be known: where
the body opens and closes, what separates its members, and which of them are methods.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from tree_sitter import Node, Parser

from assistant.repo.files import encode_text, split_lines
from assistant.repo.grammars import LANGUAGES, language, node_types
from assistant.repo.tree_names import name_of

_BODIES = node_types(
    "class_body interface_body enum_body object_type declaration_list field_declaration_list "
    "enum_variant_list enumerator_list body_statement struct_body trait_body interface_type "
    "enum_member_declaration_list protocol_body enum_class_body annotation_type_body"
)
_ASIDE = node_types(
    "type_parameters type_arguments class_heritage extends_clause extends_type_clause decorator"
)
"""Parts of a head in which there may be other bodies."""
_NESTED = node_types("enum_body_declarations")
"""Bodies inside of a body, whose members belong to the outer one."""
_VARIANTS = node_types("enum_variant enumerator enum_constant enum_assignment enum_entry")
_LEADING = node_types("attribute_item decorator")
_METHODS = ("method", "function", "constructor", "_accessor", "destructor", "template_declaration")
_HIDING = re.compile(r"^\s*(?:private|protected|internal)\b\s*:?\s*$")
_SHOWING = re.compile(r"^\s*public\b\s*:?\s*$")


class Role(Enum):
    """What a member of a type is."""

    METHOD = auto()
    FIELD = auto()
    VARIANT = auto()


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a type. Lines are 1-based and inclusive."""

    name: str
    role: Role
    start: int
    """The first line, including comments and annotations above."""
    end: int
    column: int
    """Bytes of the last line up to the member's end."""
    hidden: bool = False
    """Below a line that makes what follows private."""
    text: str = ""
    """Without comments and annotations above."""


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a type. Lines are 1-based."""

    opening: int
    """The line that ends with the opening brace; for Ruby, the line above the first member."""
    closing: int
    """The line of the closing brace, or of `end`."""
    separator: str
    """A comma between the members that need one; else empty."""
    members: tuple[Member, ...]
    broken: bool = False
    """The text around it does not parse."""
    columns: tuple[int, int] = (0, 0)
    """Bytes of the opening line up to and with the brace, and of the closing line before its own;
    zero without braces."""

    def named(self, role: Role) -> tuple[Member, ...]:
        return tuple(each for each in self.members if each.role is role)


def body_in(path: str, data: bytes, start: int, end: int) -> Body | None:
    """The body of the outermost type within the lines, 1-based and inclusive; None without one."""
    suffix = path.rpartition(".")[2].lower()
    if suffix not in LANGUAGES:
        return None
    tree = Parser(language(LANGUAGES[suffix])).parse(data)
    found = _first_body(tree.root_node, start - 1, end - 1)
    if found is None:
        return None
    lines = [line.decode("utf-8", "surrogateescape") for line in split_lines(data)]
    braces = (found.text or b"").startswith(b"{") or found.type == "interface_type"
    members = tuple(_members(found, lines))
    closing = found.end_point.row + 1
    opening = found.start_point.row + 1
    columns = (found.start_point.column + 1, found.end_point.column - 1)
    if not braces:  # the node spans the members only
        opening, closing = _around(members, found, end)
        columns = (0, 0)
    listed = found.type in ("enum_variant_list", "enumerator_list", "enum_body")
    commas = listed or (suffix == "rs" and found.type == "field_declaration_list")
    broken = tree.root_node.has_error
    return Body(opening, closing, "," if commas else "", members, broken, columns)


def _around(members: tuple[Member, ...], found: Node, end: int) -> tuple[int, int]:
    first = members[0].start if members else found.start_point.row + 1
    return first - 1, end


def _first_body(root: Node, start: int, end: int) -> Node | None:
    pending = [root]
    while pending:
        at = pending.pop(0)
        if at.end_point.row < start or at.start_point.row > end:
            continue
        owner = at.parent or at  # a Ruby body may have the very lines of a class inside of it
        within = start <= owner.start_point.row and owner.end_point.row <= end
        if within and at.type in _BODIES:
            return at
        inside = (each for each in at.named_children if each.type not in _ASIDE)
        pending = [*inside, *pending]
    return None


def _members(body: Node, lines: list[str]) -> Iterator[Member]:
    lead: int | None = None
    hidden = body.parent is not None and body.parent.type == "class_specifier"
    for child in _children(body):
        row = child.start_point.row
        line = lines[row]
        if "comment" in child.type or child.type in _LEADING:
            above = lines[row][: _characters(line, child.start_point.column)].strip()
            if not above and lead is None:
                lead = row
            continue
        if _HIDING.match(line) or _SHOWING.match(line):
            hidden, lead = bool(_HIDING.match(line)), None
            continue
        if child.type in ("access_specifier", ";"):
            continue
        start = row if lead is None or _blank_between(lines, lead, row) else lead
        lead = None
        end = child.end_point
        text = (child.text or b"").decode("utf-8", "surrogateescape")
        role = _role(child)
        yield Member(_name(child), role, start + 1, end.row + 1, end.column, hidden, text)


def _children(body: Node) -> Iterator[Node]:
    for child in body.named_children:
        if child.type in _NESTED:
            yield from child.named_children
        else:
            yield child


def _blank_between(lines: list[str], first: int, last: int) -> bool:
    return any(not line.strip() for line in lines[first:last])


def _characters(line: str, column: int) -> int:
    return len(encode_text(line)[:column].decode("utf-8", "ignore"))


def _role(node: Node) -> Role:
    parent = node.parent.type if node.parent is not None else ""
    if node.type in _VARIANTS or parent in ("enumerator_list", "enum_variant_list"):
        return Role.VARIANT
    if parent == "enum_body" and node.type == "property_identifier":
        return Role.VARIANT
    if any(word in node.type for word in _METHODS):
        return Role.METHOD
    value = node.child_by_field_name("value")
    if value is not None and "function" in value.type:
        return Role.METHOD
    inner = node.child_by_field_name("declarator")
    while inner is not None:
        if inner.type == "function_declarator":
            return Role.METHOD
        inner = inner.child_by_field_name("declarator")
    return Role.FIELD


def _name(node: Node) -> str:
    """The member's name; without one, its text on one line."""
    at: Node | None = node
    while at is not None:
        found = name_of(at) if "declarator" not in at.type else ""
        if found:
            return found.removeprefix("self.")
        inner = at.child_by_field_name("declarator")
        if inner is None and at.type in ("reference_declarator", "template_declaration"):
            inner = at.named_children[-1] if at.named_children else None
        if inner is None:
            break
        at = inner
    named = at.child_by_field_name("name") if at is not None else None
    if named is None and at is not None and at.type.endswith(("identifier", "operator_name")):
        named = at
    text = (named or node).text or b""
    return " ".join(text.decode("utf-8", "surrogateescape").split())
