"""Parses Python code that may be broken. Never raises and never runs the code."""

import ast
import warnings


def parsed(code: str | bytes) -> ast.Module | None:
    """The syntax tree; None if the code does not parse."""
    if isinstance(code, str):
        code = code.removeprefix("\ufeff")
    tree = _tree(code, "exec")
    return tree if isinstance(tree, ast.Module) else None


def parsed_expression(code: str) -> ast.expr | None:
    """The syntax tree of a single expression; None if it does not parse."""
    tree = _tree(code, "eval")
    return tree.body if isinstance(tree, ast.Expression) else None


def _tree(code: str | bytes, mode: str) -> ast.AST | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(code, "<code>", mode, ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
