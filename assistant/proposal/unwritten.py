"""Recognises stubs: Python functions without a body yet."""

import ast
import textwrap
from collections.abc import Iterator

from assistant.intent.values import NEUTRAL, Intent
from assistant.repo.python_trees import parsed

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_unwritten(code: str) -> bool:
    """Whether at least half of the functions in some Python code have no body yet."""
    tree = parsed(textwrap.dedent(code))
    if tree is None:
        return False
    functions, empty = _counts(tree)
    return empty > 0 and functions <= 2 * empty


def holds_unwritten(node: ast.AST) -> bool:
    """Whether a definition is or contains a function without a body."""
    return _counts(node)[1] > 0


def left_unwritten(old: str | bytes, new: str | bytes, intent: Intent = NEUTRAL) -> tuple[str, ...]:
    """Names of the functions and methods without a body in both versions, in the order of `new`.

    Empty when a version does not parse. When the task names some of them, or their classes, the
    others may stay unwritten. Protocol members, abstract methods and overloads do not count.
    """
    before, after = parsed(old), parsed(new)
    if before is None or after is None:
        return ()
    empty = {name for name, node in _named(before) if _is_empty(node)}
    had = {name for name in empty if any(map(intent.mentions, name.split(".")))} or empty
    return tuple(
        dict.fromkeys(name for name, node in _named(after) if name in had and _is_empty(node))
    )


def _counts(tree: ast.AST) -> tuple[int, int]:
    """How many functions there are, and how many of them have no body."""
    found = [node for node in ast.walk(tree) if isinstance(node, _Function)]
    return len(found), sum(map(_is_empty, found))


def _is_empty(function: _Function) -> bool:
    return all(map(_says_nothing, function.body))


def _named(tree: ast.Module | ast.ClassDef, owner: str = "") -> Iterator[tuple[str, _Function]]:
    """Functions and methods with their dotted names, except pure declarations."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if not _DECLARING & set(map(_last_name, node.decorator_list)):
                    yield owner + name, node
            case ast.ClassDef(name=name, bases=bases):
                if "Protocol" not in map(_last_name, bases):
                    yield from _named(node, f"{owner}{name}.")


_DECLARING = {"abstractmethod", "overload"}


def _last_name(node: ast.expr) -> str:
    """The last part of `name`, `module.name` or `name[parameters]`; empty for anything else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return _last_name(value)
        case _:
            return ""


def _says_nothing(statement: ast.stmt) -> bool:
    """pass, ..., a docstring, or raise NotImplementedError."""
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id="NotImplementedError")):
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError"))):
            return True
        case _:
            return False
