"""Owns reading Python code that may be broken. Never raises, runs nothing."""

import ast
import warnings


def parsed(code: str | bytes) -> ast.Module | None:
    """The syntax tree; None for code that does not parse, or that no parser gets through."""
    if isinstance(code, str):
        code = code.removeprefix("\ufeff")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
