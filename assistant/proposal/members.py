"""Inserts members into a type: methods, properties, fields and variants.

A candidate may be the bare members, or the whole type with them in it; only what the type does not
have yet is inserted, and every other line of the file stays.
"""

import ast
import re

from assistant.errors import ProposalError
from assistant.intent.values import NEUTRAL, Intent
from assistant.proposal.heads import readings
from assistant.proposal.imports import add_imports
from assistant.proposal.lines import usual_end
from assistant.proposal.meant import is_meant, words
from assistant.proposal.omissions import refuse_placeholders
from assistant.proposal.pieces import Piece, first_row, indent_of, moved, pieces_of
from assistant.proposal.splice import insert_after, replace_unit
from assistant.proposal.tree_members import insert_tree_members
from assistant.repo.files import TextFile, encode_text, split_lines
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, unit_text

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_MARKS = {"staticmethod", "classmethod", "property", "setter", "deleter"}


def insert_members(
    file: TextFile,
    owner: Unit,
    code: str,
    after: str = "",
    *,
    private: bool = False,
    intent: Intent = NEUTRAL,
) -> bytes:
    """The file with the members of `code` that `owner` lacks, after their like or a named member.

    Members that it has are replaced where `intent` asks for it, and definitions beside the type
    that the members use go before it. Raises ProposalError when nothing is added or changed.
    """
    refuse_placeholders(file.text, code, owner.label)
    if not code.strip():
        raise ProposalError("The candidate is empty.", hint="Try again, or say more exactly what.")
    if not file.path.endswith((".py", ".pyi")):
        new = insert_tree_members(file, owner, code, after, private=private, intent=intent)
    else:
        new = _insert(file, owner, code.strip("\n"), after, intent)
    if new == file.data:
        raise ProposalError(
            f"The candidate adds nothing to {owner.name}.",
            hint="Say what to add, by name, or change an existing member.",
        )
    return new


def _insert(file: TextFile, owner: Unit, code: str, after: str, intent: Intent) -> bytes:
    file, owner = _opened(file, owner)
    indent = _member_indent(file, owner)
    pieces = _pieces(file, owner, code, indent)
    there = _members(pieces_of(unit_text(file.text, owner)), owner.name)
    known = {_name(piece.node) for piece in there}
    helpers = _helpers(pieces, owner.name)
    found = [piece for piece in _members(pieces, owner.name) if piece not in helpers]
    fresh = [piece for piece in found if _name(piece.node) not in known]
    added = {_name(piece.node) for piece in fresh}
    for piece in found:
        unit = _named(file, f"{owner.name}.{_name(piece.node)}")
        if unit is not None and is_meant(file, unit, piece.text, added, intent):
            file = text_file(file.path, replace_unit(file, unit, piece.text))
    for fields in (True, False):
        block = [moved(piece.text, indent) for piece in fresh if _is_field(piece) is fields]
        if block:
            line = _line(file, owner.name, after, fields=fields)
            text = ("\n" if fields else "\n\n").join(block)
            file = text_file(file.path, insert_after(file, line, text))
    outermost = next((each for each in units_of(file) if each.end >= owner.start), owner)
    new = [piece for piece in helpers if _is_missing(file, _name(piece.node))]
    if new:
        text = "\n\n\n".join(moved(piece.text, "") for piece in new)
        file = text_file(file.path, insert_after(file, outermost.start - 1, text))
    imports = tuple(ast.unparse(piece.node) for piece in pieces if piece.is_import)
    return add_imports(file, imports) if imports and (fresh or new) else file.data


def _opened(file: TextFile, owner: Unit) -> tuple[TextFile, Unit]:
    """The file with the body of a class below its first line, and the class in it."""
    node = pieces_of(unit_text(file.text, owner))[0].node
    first = node.body[0] if isinstance(node, ast.ClassDef) else node
    lines = split_lines(file.data)
    row = owner.start + first.lineno - 2
    head, body = lines[row][: first.col_offset], lines[row][first.col_offset :]
    if not head.strip():
        return file, owner
    indent = encode_text(_member_indent(file, owner))
    new = [*lines[:row], head.rstrip() + usual_end(lines), indent + body, *lines[row + 1 :]]
    file = text_file(file.path, b"".join(new))
    return file, _named(file, owner.name) or owner


def _named(file: TextFile, name: str) -> Unit | None:
    return next((unit for unit in units_of(file) if unit.name == name), None)


def _is_missing(file: TextFile, name: str) -> bool:
    """Whether no statement outside of functions and classes defines the name."""
    return re.search(rf"^(?:(?:async )?def |class )?{re.escape(name)}\b", file.text, re.M) is None


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
    """The named statements, of the class in them if there is one, with methods beside it."""
    for name in owner.split("."):
        found = (piece for piece in pieces if isinstance(piece.node, ast.ClassDef))
        around = next((piece for piece in found if piece.name == name), None)
        beside = [piece for piece in pieces if _is_method(piece.node)]
        pieces = [*_body(around), *beside] if around else pieces
    return [piece for piece in pieces if _name(piece.node)]


def _helpers(pieces: list[Piece], owner: str) -> list[Piece]:
    """The statements that belong to the module: other code uses what they define by its bare name,
    which does not reach a member."""
    own = {*owner.split("."), ""}
    last = owner.rpartition(".")[2]
    outside = [
        piece
        for piece in pieces
        if _name(piece.node) not in own and not _is_method(piece.node)
        if not (_is_field(piece) and last in words(piece.text))  # a use of the type
    ]
    return [
        piece
        for piece in outside
        if any(_name(piece.node) in _used(each.node) for each in pieces if each is not piece)
    ]


def _used(node: ast.stmt) -> set[str]:
    """The bare names in the bodies of functions."""
    functions = (each for each in ast.walk(node) if isinstance(each, _FUNCTIONS))
    inside = (name for each in functions for part in each.body for name in ast.walk(part))
    return {each.id for each in inside if isinstance(each, ast.Name)}


def _is_method(node: ast.stmt) -> bool:
    """Whether a function takes the instance or the class, or is marked as a method."""
    if not isinstance(node, _FUNCTIONS):
        return False
    given = [*node.args.posonlyargs, *node.args.args]
    marks = {ast.unparse(each).rpartition(".")[2] for each in node.decorator_list}
    return bool(marks & _MARKS) or (bool(given) and given[0].arg in ("self", "cls"))


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
