"""Inserts members into a type: methods, properties, fields and variants.

The answer may be the bare members, or the whole type with them in it; only what the type does not
have yet is inserted, and every other line of the file stays.
"""

import ast

from assistant.errors import ProposalError
from assistant.proposal.heads import readings
from assistant.proposal.imports import add_imports
from assistant.proposal.omissions import refuse_placeholders
from assistant.proposal.pieces import Piece, first_row, indent_of, moved, pieces_of
from assistant.proposal.splice import insert_after
from assistant.proposal.tree_members import insert_tree_members
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, unit_text


def insert_members(
    file: TextFile, owner: Unit, code: str, after: str = "", *, private: bool = False
) -> bytes:
    """The file with the members of `code` that `owner` lacks, after their like or a named member.

    Raises ProposalError when `code` has nothing new for the type.
    """
    refuse_placeholders(file.text, code, owner.label)
    if not code.strip():
        raise ProposalError("The candidate is empty.", hint="Try again, or say more exactly what.")
    if not file.path.endswith((".py", ".pyi")):
        return insert_tree_members(file, owner, code, after, private=private)
    indent = _member_indent(file, owner)
    pieces = _pieces(file, owner, code.strip("\n"), indent)
    there = _members(pieces_of(unit_text(file.text, owner)), owner.name)
    known = {_name(piece.node) for piece in there}
    found = _members(pieces, owner.name)
    fresh = [piece for piece in found if _name(piece.node) not in known]
    if not fresh:
        raise ProposalError(
            f"The candidate adds nothing to {owner.name}.",
            hint="Say what to add, by name, or change an existing member.",
        )
    for fields in (True, False):
        block = [moved(piece.text, indent) for piece in fresh if _is_field(piece) is fields]
        if block:
            line = _line(file, owner.name, after, fields=fields)
            text = ("\n" if fields else "\n\n").join(block)
            file = text_file(file.path, insert_after(file, line, text))
    imports = tuple(ast.unparse(piece.node) for piece in pieces if piece.is_import)
    return add_imports(file, imports) if imports else file.data


def _pieces(file: TextFile, owner: Unit, code: str, indent: str) -> list[Piece]:
    """The statements of the code, in the reading with the most members.

    If its first line lost its indentation, the next one is a level deeper than it should be.
    """
    level = indent.removeprefix(indent_of(unit_text(file.text, owner)))
    below = (indent_of(line) for line in code.split("\n")[1:] if line.strip())
    lost = min(below, key=len, default="").removesuffix(level)
    found = [pieces_of(each) for each in readings(code, lost)]
    return (
        max(found, key=lambda each: len(_members(each, owner.name))) if found else pieces_of(code)
    )


def _members(pieces: list[Piece], owner: str) -> list[Piece]:
    """The named statements, of the class in them if there is one."""
    for name in owner.split("."):
        found = (piece for piece in pieces if isinstance(piece.node, ast.ClassDef))
        around = next((piece for piece in found if piece.name == name), None)
        pieces = _body(around) if around else pieces
    return [piece for piece in pieces if _name(piece.node)]


def _body(around: Piece) -> list[Piece]:
    """The statements of a class, with the comments above them."""
    node = around.node
    assert isinstance(node, ast.ClassDef)  # noqa: S101 - narrows the type for the checker
    if node.body[0].lineno == node.lineno:
        return [Piece(each, ast.unparse(each), 0) for each in node.body]
    lines = around.text.split("\n")
    start = first_row(node.body[0]) - around.row
    while lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return pieces_of("\n".join(lines[start:]))


def _is_field(piece: Piece) -> bool:
    return isinstance(piece.node, ast.Assign | ast.AnnAssign)


def _name(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            endings = [e.attr for e in node.decorator_list if isinstance(e, ast.Attribute)]
            return ".".join([node.name, *(e for e in endings if e in ("setter", "deleter"))])
        case ast.ClassDef():
            return node.name
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return ast.unparse(target)
    return ""


def _line(file: TextFile, owner: str, after: str, *, fields: bool) -> int:
    """The line after which members go: of the named one, of the fields, or of the whole class."""
    units = {unit.name: unit for unit in units_of(file)}
    named = units.get(f"{owner}.{after}")
    head = units.get(f"{owner} head")
    if named is not None:
        return named.end
    if fields and head is not None:
        return head.end
    return units[owner].end


def _member_indent(file: TextFile, owner: Unit) -> str:
    """The indentation of a member."""
    lines = file.text.splitlines()
    inside = [unit for unit in units_of(file) if unit.kind is UnitKind.METHOD]
    inside = [unit for unit in inside if unit.name.rpartition(".")[0] == owner.name]
    if inside:
        return indent_of(unit_text(file.text, inside[0]))
    own = indent_of(unit_text(file.text, owner))
    below = [indent_of(line) for line in lines[owner.start : owner.end] if line.strip()]
    deeper = [indent for indent in below if len(indent) > len(own)]
    return min(deeper, key=len, default=own + ("\t" if "\n\t" in file.text else "    "))
