"""Names for tree-sitter nodes: what a definition is called, and which type owns it."""

import re

from tree_sitter import Node

_SPACES = re.compile(r"\s+")
_GENERIC = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
_MAX_LENGTH = 60


def name_of(node: Node) -> str:
    """The name that a definition declares; empty if there is none."""
    match node.type:
        case "impl_item":
            trait = node.child_by_field_name("trait")
            of = f"{_type_name(trait)} for " if trait is not None else ""
            return f"impl {of}{_type_name(node.child_by_field_name('type'))}"
        case "macro_definition":
            return _field(node, "name") + "!"
        case "singleton_method":
            return "self." + _field(node, "name")
        case "lexical_declaration" | "variable_declaration":
            return block_name(node)
        case "assignment_expression" | "assignment":
            return _short(_field(node, "left"))
        case "type_definition" | "function_definition":
            return _declarator_name(node)
        case "singleton_class":
            return "self"
        case _:
            return _short(_field(node, "name") or _field(node, "property")).strip("\"'")


def owner_of(node: Node) -> str:
    """The type that an impl block or a method with a receiver belongs to; may be empty."""
    if node.type == "impl_item":
        return _type_name(node.child_by_field_name("type"))
    receiver = node.child_by_field_name("receiver")
    if node.type == "method_declaration" and receiver is not None:
        for parameter in receiver.named_children:
            return _type_name(parameter.child_by_field_name("type"))
    return ""


def block_name(node: Node) -> str:
    """The first name that a statement declares or assigns; may be empty."""
    at: Node | None = node
    for _ in range(6):
        if at is None:
            return ""
        found = at.child_by_field_name("left" if "assignment" in at.type else "name")
        found = found or at.child_by_field_name("name")
        if found is not None and found.type not in ("command_name", "object_pattern"):
            return _short(_text(found)) if _declares(at) else ""
        at = next((child for child in at.named_children if _declares(child)), None)
    return ""


def _declares(node: Node) -> bool:
    endings = ("declarator", "spec", "declaration", "_item", "_def", "assignment", "signature")
    return node.type.endswith((*endings, "field_definition", "assignment_expression"))


def _declarator_name(node: Node) -> str:
    """The innermost name of a C declarator, without pointers, parameters and qualifiers."""
    at = node.child_by_field_name("declarator") or node.child_by_field_name("name")
    while at is not None:
        inner = at.child_by_field_name("declarator")
        if inner is None and at.type == "reference_declarator":
            inner = next(iter(at.named_children), None)
        if inner is None:
            break
        at = inner
    return _short(_GENERIC.sub("", _text(at)).replace("::", ".")) if at is not None else ""


def _type_name(node: Node | None) -> str:
    """A type's name without path, pointer and generic arguments."""
    if node is None:
        return ""
    text = _text(node)
    while (shorter := _GENERIC.sub("", text)) != text:
        text = shorter
    return _short(text.lstrip("*& ").rpartition("::")[2].rpartition(".")[2])


def _field(node: Node, field: str) -> str:
    found = node.child_by_field_name(field)
    return _text(found) if found is not None else ""


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "surrogateescape")


def _short(text: str) -> str:
    return _SPACES.sub(" ", text).strip()[:_MAX_LENGTH]
