"""Writes the head of an inherent `impl` block for a type of Rust."""

from tree_sitter import Node, Parser

from assistant.repo.files import TextFile
from assistant.repo.grammars import language
from assistant.repo.units import Unit


def impl_head(file: TextFile, owner: Unit) -> str:
    """The line or lines up to the opening brace, with the type's generics and their bounds."""
    name = owner.name.rpartition(".")[2]
    node = _definition(Parser(language("rust")).parse(file.data).root_node, owner, name)
    generics = node.child_by_field_name("type_parameters") if node else None
    given = (
        [each for each in generics.named_children if "comment" not in each.type] if generics else []
    )
    heads = ", ".join(_without_default(each) for each in given)
    names = ", ".join(_text(each.child_by_field_name("name") or each) for each in given)
    bounds = [_text(each) for each in node.children if each.type == "where_clause"] if node else []
    head = f"impl<{heads}> {name}<{names}>" if given else f"impl {name}"
    between = "\n" if any("\n" in each for each in bounds) else " "
    return between.join([head, *bounds, "{"])


def _definition(root: Node, owner: Unit, name: str) -> Node | None:
    pending = [root]
    while pending:
        node = pending.pop()
        named = node.child_by_field_name("name")
        inside = owner.start - 1 <= node.start_point.row < owner.end
        if inside and node.type.endswith("_item") and named and _text(named) == name:
            return node
        pending += node.children
    return None


def _without_default(parameter: Node) -> str:
    equals = next((each for each in parameter.children if each.type == "="), None)
    text = parameter.text or b""
    stop = equals.start_byte - parameter.start_byte if equals else len(text)
    return text[:stop].decode("utf-8", "surrogateescape").rstrip()


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "surrogateescape")
