"""Adds a name to the `__all__` of a Python file."""

import ast
import bisect

from assistant.proposal.lines import line_end
from assistant.repo.files import split_lines
from assistant.repo.python_trees import parsed

_Literal = ast.Tuple | ast.List


def add_export(source: bytes, name: str, after: str = "") -> bytes:
    """Lists a name in the literal `__all__` of a file; unchanged where there is none, or it is in.

    In order where the list is ordered, else after `after`, else at the end.
    """
    tree = parsed(source)
    listed = _listed(tree) if tree is not None else None
    if listed is None:
        return source
    names = [each.value for each in listed.elts if isinstance(each, ast.Constant)]
    if name in names:
        return source
    rows = split_lines(source)
    at = _position([str(each) for each in names], name, after)
    if at == 0:
        _put_first(rows, listed, name)
    else:
        _put_after(rows, listed, listed.elts[at - 1], name)
    return b"".join(rows)


def _listed(tree: ast.Module) -> _Literal | None:
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=value)
                | ast.AnnAssign(target=ast.Name(id="__all__"), value=value)
            ):
                if isinstance(value, _Literal) and value.elts and all(map(_is_text, value.elts)):
                    return value
    return None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _position(names: list[str], name: str, after: str) -> int:
    """The index at which the name goes."""
    for key in (str, str.casefold):
        keys = [key(each) for each in names]
        if len(keys) > 2 and keys == sorted(keys):
            return bisect.bisect(keys, key(name))
    return names.index(after) + 1 if after in names else len(names)


def _put_after(rows: list[bytes], listed: _Literal, item: ast.expr, name: str) -> None:
    """Puts a name after another, on a line of its own where that one has its own."""
    row, column = (item.end_lineno or item.lineno) - 1, item.end_col_offset or 0
    line = rows[row]
    added = _quoted(line[item.col_offset : item.col_offset + 1], name)
    others = [each.lineno for each in listed.elts if each is not item] or [listed.lineno]
    if item.lineno in others or line[: item.col_offset].strip():
        rows[row] = line[:column] + b", " + added + line[column:]
        return
    indent, end, rest = line[: item.col_offset], line_end(line), line[column:]
    if rest.startswith(b","):
        rows[row] = line + indent + added + b"," + end
    else:
        rows[row] = line[:column] + b"," + end + indent + added + rest


def _put_first(rows: list[bytes], listed: _Literal, name: str) -> None:
    first = listed.elts[0]
    row, column = first.lineno - 1, first.col_offset
    line = rows[row]
    added = _quoted(line[column : column + 1], name)
    if line[:column].strip():
        rows[row] = line[:column] + added + b", " + line[column:]
    else:
        rows[row] = line[:column] + added + b"," + line_end(line) + line


def _quoted(quote: bytes, name: str) -> bytes:
    mark = quote if quote in (b"'", b'"') else b'"'
    return mark + name.encode() + mark
