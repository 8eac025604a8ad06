"""Owns telling code that has yet to be written from code that is there. Pure."""

import ast
import textwrap

from assistant.repo.python_trees import parsed


def is_unwritten(code: str) -> bool:
    """Whether at least half of the functions in a piece of Python have no body yet."""
    tree = parsed(textwrap.dedent(code))
    if tree is None:
        return False
    functions, empty = _functions(tree)
    return empty > 0 and functions <= 2 * empty


def holds_unwritten(node: ast.AST) -> bool:
    """Whether a definition is, or has in it, a function without a body."""
    return _functions(node)[1] > 0


def _functions(tree: ast.AST) -> tuple[int, int]:
    """How many functions there are, and how many of them have no body."""
    found = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return len(found), sum(all(map(_says_nothing, each.body)) for each in found)


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
