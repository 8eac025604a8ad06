"""Puts back what a candidate leaves out at its beginning: the head of a function, of which it is
only the body, or the comment at the top of a file."""

import ast
from collections.abc import Iterator, Sequence

from assistant.checks.results import Status
from assistant.checks.syntax import check_syntax
from assistant.errors import ProposalError
from assistant.proposal.pieces import Piece, first_row, indent_of, moved, pieces_of
from assistant.proposal.splice import replace_unit
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.python_trees import parsed
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, unit_text

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMMENTS = ("//", "#", "--", ";", "%")
_FUNCTIONS = (UnitKind.FUNCTION, UnitKind.METHOD)


def with_head(own: Piece, code: str) -> str:
    """The code after the decorators, signature and docstring of a Python function.

    Returned as it is if it defines the function, or is no body: a body returns or yields, or has no
    definitions and uses the parameters.
    """
    if not isinstance(own.node, _Function):
        return code
    for body in readings(code):
        pieces = pieces_of(body)
        if not _is_body(own.node, pieces):
            continue
        lines = own.text.split("\n")
        documented = _is_docstring(own.node.body[0]) and not _is_docstring(pieces[0].node)
        inside = own.node.body[1:] if documented else own.node.body
        stop = first_row(inside[0]) if inside else own.node.end_lineno or 0
        head = lines[: stop - own.row]
        if not head or (inside and inside[0].lineno == own.node.lineno):
            return code
        while head[-1].lstrip().startswith("#") or not head[-1].strip():
            del head[-1]
        indent = indent_of(lines[first_row(own.node.body[0]) - own.row])
        return "\n".join([*head, moved(body.strip("\n"), indent)])
    return code


def with_braces(file: TextFile, unit: Unit, code: str) -> str:
    """The same for a language with braces: the code between the unit's first and last lines."""
    head, old = unit.signature, unit_text(file.text, unit)
    last = old.split("\n")[-1]
    if unit.kind not in _FUNCTIONS or not head.rstrip().endswith("{") or last.strip()[:1] != "}":
        return code
    if "\n" not in old.removeprefix(head) or _defines(file, unit, code):
        return code
    body = "\n".join([head.rstrip("\n"), code.strip("\n"), last])
    new = replace_unit(file, unit, body)
    parses = check_syntax(file.path, new, file.data).status is not Status.FAILED
    kept = any(each.name == unit.name for each in units_of(text_file(file.path, new)))
    return body if parses and kept else code


def with_opening(old: str, code: str) -> str:
    """The code of a whole file after the comments, blank lines and docstring at the top of the old
    one, if it begins with what comes after them there.
    """
    lines = old.split("\n")
    begin = next((line.rstrip() for line in code.split("\n") if line.strip()), "")
    at = next((at for at, line in enumerate(lines) if line.rstrip() == begin), 0)
    opening = lines[:at]
    if not any(map(str.strip, opening)) or not _is_opening(opening):
        return code
    return "\n".join([*opening, code.lstrip("\n")])


def _is_opening(lines: Sequence[str]) -> bool:
    """Whether lines at the top of a file are comments, or a docstring of Python."""
    tree = parsed("\n".join(lines))
    if tree is not None:
        return all(map(_is_docstring, tree.body))
    inside = False
    for line in map(str.strip, lines):
        inside = inside or line.startswith("/*")
        _, end, code = line.partition("*/")
        if code if inside else line and not line.startswith(_COMMENTS):
            return False
        inside = inside and not end
    return not inside


def readings(code: str, lost: str = "") -> Iterator[str]:
    """The code, with its first line indented by `lost`, not at all, or like one of the others, as
    far as they parse."""
    others = {indent_of(line) for line in code.split("\n")[1:] if line.strip()}
    for indent in dict.fromkeys([lost, "", *sorted(others, key=len)]):
        try:
            pieces_of(indent + code)
        except ProposalError:
            continue
        yield indent + code


def _is_body(own: _Function, pieces: Sequence[Piece]) -> bool:
    names = {piece.name for piece in pieces} - {""}
    if not pieces or own.name in names:
        return False
    inside = [node for piece in pieces for node in _own_nodes(piece.node)]
    if any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) for node in inside):
        return True
    given = own.args
    wanted = {each.arg for each in [*given.posonlyargs, *given.args, *given.kwonlyargs]}
    used = {node.id for node in inside if isinstance(node, ast.Name)}
    return not names and bool(used & wanted) and own.name not in used


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what is in it, except inside nested definitions."""
    yield node
    if not isinstance(node, _SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _own_nodes(child)


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _defines(file: TextFile, unit: Unit, code: str) -> bool:
    """Whether the code, in place of the unit, defines anything."""
    new = text_file(file.path, replace_unit(file, unit, code))
    stop = unit.start + code.strip("\n").count("\n")
    return any(
        unit.start <= each.start <= stop and each.kind in (*_FUNCTIONS, UnitKind.CLASS)
        for each in units_of(new)
    )
