"""Adds the attributes that a change assigns to the `__slots__` of their Python class."""

import ast
from collections.abc import Iterator

from assistant.proposal.lines import line_end
from assistant.repo.files import split_lines
from assistant.repo.python_trees import parsed

_Literal = ast.Tuple | ast.List


def extend_slots(new: bytes, old: bytes | None) -> bytes:
    """The new file, where each class with literal slots lists what its methods assign.

    Without a slot the assignment raises AttributeError. Only what the old file did not assign is
    added: a class that has managed without is left as it is.
    """
    before, after = (parsed(data) if data is not None else None for data in (old, new))
    if before is None or after is None:
        return new
    known = {each.name: _assigned(each) for each in _classes(before)}
    rows = split_lines(new)
    for each in reversed(list(_classes(after))):
        slots = _slots(each)
        if slots is None or each.name not in known:
            continue
        listed = {item.value for item in slots.elts if isinstance(item, ast.Constant)}
        there = listed.union(known[each.name], _defined(each))
        for name in reversed([name for name in _assigned(each) if name not in there]):
            _append(rows, slots, name)
    return b"".join(rows)


def _classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _slots(definition: ast.ClassDef) -> _Literal | None:
    """The literal tuple or list of strings that is the class's slots, if there is one."""
    for statement in definition.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="__slots__")], value=value):
                if isinstance(value, _Literal) and value.elts and all(map(_is_text, value.elts)):
                    return value
    return None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _assigned(definition: ast.ClassDef) -> dict[str, None]:
    """The attributes of `self` that the methods of a class assign, in order."""
    return {
        target.attr: None
        for method in definition.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.args.args
        for target in ast.walk(method)
        if isinstance(target, ast.Attribute)
        and isinstance(target.ctx, ast.Store)
        and isinstance(target.value, ast.Name)
        and target.value.id == method.args.args[0].arg == "self"
    }


def _defined(definition: ast.ClassDef) -> set[str]:
    """The names of methods and properties, whose assignment needs no slot."""
    return {
        node.name
        for node in definition.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _append(rows: list[bytes], slots: _Literal, name: str) -> None:
    """Puts a name after the last one, on a line of its own where that one has its own."""
    last = slots.elts[-1]
    row, column = (last.end_lineno or last.lineno) - 1, last.end_col_offset or 0
    line = rows[row]
    quote = line[last.col_offset : last.col_offset + 1]
    added = quote + name.encode() + quote
    others = [each.lineno for each in slots.elts[:-1]] or [slots.lineno]
    if last.lineno in others:
        rows[row] = line[:column] + b", " + added + line[column:]
        return
    indent = line[: last.col_offset]
    rows[row] = line[:column] + b"," + line_end(line) + indent + added + line[column:]
